/** Designs as rules: whose types, which zaps, which roots; and what each is counted to cost. */
import { afterAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario/scenario.ts';
import { scenarioNamed } from '../../src/config/scenarios/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type VmInit, vm } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { designNamed, type ReplayEvent, type ReplaySummary, replayDesigns } from '../../src/replay/index.ts';
import { DESIGNS } from '../../src/share/index.ts';
import { ran } from './run.ts';

const evaluator = createEvaluatorSync({ engine: 'auto' });
afterAll(() => evaluator.dispose());

const PAGES = 1024;

function guest(more: Partial<VmInit> = {}) {
  return vm({
    maxphyaddr: 36,
    noncoherentDma: true,
    slots: [{ gfn: 0, count: PAGES, pfn: 0, maxLevel: 2 }],
    vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x806n } }],
    ...more,
  });
}

const touch = (vcpu: number, start = 0, end = PAGES): ReplayEvent => ({
  kind: 'touch',
  vcpu,
  range: { start, end },
  access: 'write',
});
const wrmsr = (vcpu: number, msr: number, value: bigint): ReplayEvent => ({
  kind: 'wrmsr',
  vcpu,
  msr,
  value,
});
const cd = (vcpu: number, on: boolean): ReplayEvent => ({ kind: 'cr0cd', vcpu, on });

function under(design: string, events: ReplayEvent[], machine = guest(), release = 'kvm-6.6') {
  return ran(machine, events, release, evaluator, { design: designNamed(design) });
}

const zaps = ({ summary }: { summary: ReplaySummary }) =>
  Object.fromEntries(summary.zaps.map(({ reason, count }) => [reason, count]));

describe('names and flags', () => {
  it('every name of share is one, and flags make others', () => {
    expect(DESIGNS.map((name) => designNamed(name).name)).toEqual(DESIGNS);
    expect(designNamed('type=vcpu0, zap=fine')).toMatchObject({
      type: 'vcpu0',
      zap: 'fine',
      root: 'release',
    });
  });

  const NAMES = DESIGNS.join(', ');
  it.each([
    [
      'rolle',
      `design: no design "rolle": expected ${NAMES}, or flags such as type=vcpu0,zap=fine (did you mean "role"?)`,
    ],
    ['', `design: no design "": expected ${NAMES}, or flags such as type=vcpu0,zap=fine`],
    [
      'zap=fin',
      'design: "fin" is no zap rule: expected release, vcpu0, cd-toggle, fine, none (did you mean "fine"?)',
    ],
    ['type=', 'design: "" is no type rule: expected faulter, vcpu0, max-cd'],
    [
      'tpye=vcpu0',
      'design: "tpye=vcpu0" has no flag "tpye": expected type, zap, root (did you mean "type"?)',
    ],
    ['zap=fine,', 'design: "zap=fine," has no flag "": expected type, zap, root'],
    ['zap=fine,root=state,zap=none', 'design: "zap=fine,root=state,zap=none" gives zap twice'],
  ])('%s is refused', (text, message) => {
    expect(() => designNamed(text)).toThrow(expect.objectContaining({ message, path: 'design' }));
  });

  it('are the rules that they stand for', () => {
    const rules = (name: string) => {
      const { type, zap, root } = designNamed(name);
      return `${type} ${zap} ${root}`;
    };
    const today = 'faulter release release';
    expect(Object.fromEntries(DESIGNS.map((name) => [name, rules(name)]))).toEqual({
      'first-fault': today,
      vcpu0: 'vcpu0 vcpu0 release',
      'try-without-vcpu': today,
      role: 'faulter none state',
      uniform: today,
      'max-cd': 'max-cd release release',
      'zap-on-cd': 'faulter cd-toggle release',
      'fine-zap': 'faulter fine release',
    });
    expect(rules('root=state')).toBe('faulter release state');
    expect(designNamed(' type = max-cd , zap=none').name).toBe(' type = max-cd , zap=none');
  });
});

describe('type', () => {
  const split = guest({ vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x800n } }] });

  it('the first vCPU decides, whoever faults', () => {
    expect(under('first-fault', [touch(1)], split).last.report!.entries).toMatchObject([{ type: 0 }]);
    const { last } = under('vcpu0', [touch(1)], split);
    expect(last.report!.entries).toMatchObject([{ type: 6 }]);
    expect(last.touched).toEqual({ installed: 2, replaced: 0, foreign: PAGES });
  });

  it('the lowest id that is left decides', () => {
    const { last } = under('vcpu0', [{ kind: 'unplug', vcpu: 0 }, touch(1)], split);
    expect(last.report!.entries).toMatchObject([{ type: 0 }]);
  });

  it('CR0.CD=1 of one vCPU counts for all under max-cd', () => {
    const off = guest({ quirks: [] });
    const { steps } = under('max-cd', [cd(1, true), touch(0), cd(0, true), cd(1, false), cd(0, false)], off);
    expect(steps[1]!.report!.entries).toMatchObject([{ type: 0, ipat: 1 }]);
    // Entries go where the maximum changes, and nowhere else.
    expect(steps.map(({ zap }) => zap?.lost.entries)).toEqual([0, undefined, undefined, undefined, 2]);
  });
});

describe('zap', () => {
  const events = [touch(0), wrmsr(1, 0x2ff, 0x806n), touch(0), wrmsr(0, 0x2ff, 0x806n)];

  it('vcpu0: writes of the others zap nothing', () => {
    expect(zaps(under('first-fault', events))).toEqual({ mtrr: 2 });
    expect(zaps(under('vcpu0', events))).toEqual({ mtrr: 1 });
  });

  it('zap-on-cd: each change of CR0.CD zaps, quirk or not, and MTRRs under CR0.CD=1 do not', () => {
    const program = [touch(0), cd(0, true), wrmsr(0, 0x2ff, 0n), wrmsr(0, 0x2ff, 0x806n), cd(0, false)];
    expect(zaps(under('first-fault', program))).toEqual({ mtrr: 2 });
    expect(zaps(under('zap-on-cd', program))).toEqual({ cr0cd: 2 });
    expect(zaps(under('zap-on-cd', [{ kind: 'cr0cd', vcpu: 0, on: true, by: 'vmm' }]))).toEqual({});
    expect(zaps(under('zap-on-cd', program, guest(), 'kvm-6.11'))).toEqual({});
  });

  it('fine-zap: what changes its type goes, and nothing else', () => {
    expect(zaps(under('fine-zap', events))).toEqual({});
    const range = [touch(0), wrmsr(0, 0x200, 0x100000n), wrmsr(0, 0x201, 0xfffe00800n)];
    const { last } = under('fine-zap', range);
    expect(last.zap).toEqual({
      reason: 'mtrr',
      ranges: [{ start: 256, end: 512 }],
      lost: { entries: 1, pages: 512 },
    });
    expect(last.report!.stale.pages).toBe(0);
  });

  it('fine-zap of a moved range takes what it left behind too', () => {
    const moved = guest({ vcpus: [{ msrs: { 0x2ff: 0x806n, 0x200: 0n, 0x201: 0xfffe00800n } }] });
    const { last } = under('fine-zap', [touch(0), wrmsr(0, 0x200, 0x200000n)], moved);
    expect(last.zap!.lost).toEqual({ entries: 2, pages: PAGES });
    expect(under('first-fault', [touch(0), wrmsr(0, 0x200, 0x200000n)], moved).last.report!.stale.pages).toBe(
      512,
    );
  });
});

describe('role', () => {
  it('a write moves the vCPU to another root, and back', () => {
    const { steps, summary } = under('role', [
      touch(0),
      touch(1),
      wrmsr(1, 0x2ff, 0x800n),
      touch(1),
      wrmsr(1, 0x2ff, 0x806n),
      touch(1),
    ]);
    expect(steps.map(({ touched }) => touched?.installed)).toEqual([2, 0, undefined, 2, undefined, 0]);
    expect(steps.map(({ report }) => report!.roots)).toEqual([1, 1, 2, 2, 2, 2]);
    expect(steps.map(({ report }) => report!.tables)).toEqual([3, 3, 4, 6, 6, 6]);
    expect(summary).toMatchObject({ zaps: [], foreignAccesses: 0, peakRoots: 2, refaults: { entries: 2 } });
  });

  it('a register that is written with what it has moves nobody', () => {
    const { steps } = under('role', [touch(0), wrmsr(0, 0x200, 0n), touch(0)]);
    expect(steps[2]!.touched!.installed).toBe(0);
  });

  it('roots go with their last user where the release has it so', () => {
    const events = [touch(0), wrmsr(0, 0x2ff, 0x800n), wrmsr(0, 0x2ff, 0x806n), touch(0)];
    expect(under('role', events, guest(), 'kvm-5.16').last.touched!.installed).toBe(2);
    expect(under('role', events, guest(), 'kvm-6.6').last.touched!.installed).toBe(0);
  });
});

describe('side by side', () => {
  it('each comes to what it comes to alone', () => {
    const { vm: machine, events, start } = parseScenario(scenarioNamed('one-left-behind')!.text);
    const designs = DESIGNS.map(designNamed);
    const together = replayDesigns(machine, events(), designs, { evaluator, every: 1, start });
    for (const [index, design] of designs.entries()) {
      const alone = ran(machine, [...events()], machine.policy.name, evaluator, { design, start });
      expect(together[index]).toEqual(alone.summary);
    }
  });

  it('counts what uniformity refuses, and what needs no vCPU', () => {
    const write: ReplayEvent[] = [wrmsr(0, 0x200, 6n), wrmsr(0, 0x2ff, 0x800n), wrmsr(1, 0x2ff, 0x800n)];
    const options = { evaluator, policy: policyFromText('kvm-6.6') };
    const [summary] = replayDesigns(guest(), write, [designNamed('uniform')], options);
    expect(summary!.uniformity).toEqual({
      registers: { events: 3, first: 0 },
      effect: { events: 1, first: 1 },
    });
    const coherent = guest({ noncoherentDma: false });
    const [free] = replayDesigns(coherent, [touch(0)], [designNamed('try-without-vcpu')], options);
    expect(free).toMatchObject({ installed: 2, installedWithoutVcpu: 2 });
    const [bound] = replayDesigns(guest(), [touch(0)], [designNamed('try-without-vcpu')], options);
    expect(bound).toMatchObject({ installed: 2, installedWithoutVcpu: 0 });
  });
});
