/** The host in configs and scenarios: AMD, and MTRRs of its own. */
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig as loaded, withChanges } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { openText } from '../../src/open/open-text.ts';
import { openView } from '../../src/open/open-view.ts';
import { policy } from '../../src/policy/index.ts';
import { replay } from '../../src/replay/index.ts';
import { share } from '../../src/share/index.ts';
import { vcpuOf } from '../../src/vm/index.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const parseConfig = (text: string) => loaded(text).vm;

const AMD = 'maxphyaddr: 46\npolicy: kvm-5.19\nnoncoherentDma: true\nhost: {vendor: amd}\n';
const HOST = 'hostMsrs: {MTRRdefType: 0x806, 0x200: 0xc0000001, 0x201: 0xfffc0000800}\n';

describe('the host of a config', () => {
  it('reaches every vCPU', () => {
    const guest = parseConfig(`${AMD}${HOST}vcpus: 2`);
    expect(guest.host).toEqual({
      vendor: 'amd',
      selfSnoop: true,
      msrs: [
        { msr: 0x2ff, value: 0x806n },
        { msr: 0x200, value: 0xc0000001n },
        { msr: 0x201, value: 0xfffc0000800n },
      ],
    });
    expect(vcpuOf(guest, 1)).toMatchObject({ vendor: 'amd', hostMsrs: guest.host.msrs });
    expect(parseConfig('maxphyaddr: 46').host).toEqual({ vendor: 'intel', selfSnoop: true, msrs: undefined });
  });

  it('changes by path', () => {
    const intel = withChanges(parseConfig(AMD + HOST), { 'host.vendor': 'intel', 'hostMsrs.0x2ff': 0x800 });
    expect(intel.host.vendor).toBe('intel');
    expect(intel.host.msrs?.[0]).toEqual({ msr: 0x2ff, value: 0x800n });
    expect(withChanges(intel, { noncoherentDma: false }).host).toEqual(intel.host);
    expect(() => withChanges(intel, { 'host.vendor': 'via' })).toThrow('host.vendor: expected intel or amd');
  });

  it('is refused at the line of a register that no host holds', async () => {
    const opened = await openText(`${AMD}hostMsrs:\n  0x200: 0xc0000002\n`, { name: 'guest.yaml' });
    expect(() => openView(evaluator, opened, 0, policy('kvm-6.8'))).toThrow(
      /:6:10: hostMsrs\.0x200: WRMSR .*0x200\) <- 0xc0000002 is refused with #GP.*type 2 is reserved/,
    );
  });
});

describe('vCPUs on an AMD host', () => {
  const states = `${AMD}vcpus: [{mtrr: {default: WB}}, {mtrr: {default: UC}}]`;

  it('agree by construction', () => {
    const sharing = share(parseConfig(states), { evaluator });
    expect(sharing.disagree).toBe(0n);
    const tried = sharing.designs.find(({ design }) => design === 'try-without-vcpu');
    expect(tried).toMatchObject({ parts: [{ reason: 'nested', needsVcpu: false, pages: 2n ** 34n }] });
    const intel = share(withChanges(parseConfig(states), { 'host.vendor': 'intel' }), { evaluator });
    expect(intel.disagree).toBe(2n ** 34n);
  });

  it('have nothing to replay', () => {
    const steps = () => [...replay(parseConfig(states), [], { evaluator })];
    expect(steps).toThrow('vendor: nested page tables of an AMD host carry no type that could go stale');
  });
});
