/** AMD hosts in the protocol: `vendor` and `hostMsrs`, and what their answers say to be assumed. */
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { answerLine } from '../../src/oracle/index.ts';
import { requestLine } from '../../src/oracle/write-request.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpu } from '../../src/vm/index.ts';

const engine = createEvaluatorSync({ engine: 'reference' });
const AMD = { id: 1, policy: 'kvm-6.8', maxphyaddr: 46, vendor: 'amd', range: [0, '0x200'] };

function answer(request: object) {
  return JSON.parse(answerLine(engine, JSON.stringify(request))) as Record<string, unknown>;
}

describe('an AMD host in a request', () => {
  it('gets NPT leaves, levels and accesses, and says what is assumed', () => {
    expect(answer({ ...AMD, want: 'leaf' })).toEqual({
      id: 1,
      spans: [['0x0', '0x200', 3, '0xe7']],
      assumed: [expect.stringContaining("architecture's bits alone")],
    });
    expect(answer({ ...AMD, want: 'levels' })).toEqual({ id: 1, spans: [['0x0', '0x200', 3]] });
    const hostMsrs = { '0x2ff': '0x801' };
    const access = answer({ ...AMD, want: 'effective', pat: 7, hostMsrs });
    expect(access.spans).toEqual([['0x0', '0x200', 1]]);
    expect(access.assumed).toHaveLength(1);
    expect(answer({ ...AMD, want: 'effective', pat: 7 }).assumed).toHaveLength(2);
  });

  it.each([
    [{ want: 'ept' }, { code: 'bad-request', path: 'want' }],
    [
      { vendor: 'via', want: 'leaf' },
      { code: 'bad-request', path: 'vendor' },
    ],
    [
      { policy: 'sdm', want: 'leaf' },
      { code: 'bad-request', path: 'vendor' },
    ],
    [{ policy: 'nobody', want: 'ept' }, { code: 'unknown-policy' }],
    [
      { want: 'leaf', hostMsrs: { '0x200': '0x2' } },
      { code: 'wrmsr-gp', msr: '0x200', value: '0x2' },
    ],
    [
      { want: 'leaf', hostMsrs: { x: 1 } },
      { code: 'bad-request', path: 'hostMsrs.x' },
    ],
    [
      { want: 'leaf', hostMsrs: { '0x277': '0x0' } },
      { code: 'bad-request', path: 'hostMsrs.0x277' },
    ],
  ])('%j is refused', (change, error) => {
    expect(answer({ ...AMD, ...change }).error).toMatchObject(error);
  });

  it('leaves answers of an Intel host as they were, whatever its own MTRRs are', () => {
    const { vendor: _, ...request } = { ...AMD, want: 'ept', hostMsrs: { '0x2ff': '0x801' } };
    expect(answer(request)).toEqual({ id: 1, spans: [['0x0', '0x200', 6, 1]] });
    expect(answer({ ...request, vendor: 'intel' })).toEqual(answer(request));
  });

  it("is merged into Xen's entries, at the host frame behind", () => {
    const { vendor: _, ...intel } = AMD;
    const xen = {
      ...intel,
      policy: 'peer-xen-ept',
      maxphyaddr: 36,
      noncoherentDma: true,
      msrs: { '0x2ff': '0x806' },
    };
    const hostMsrs = { '0x2ff': '0x806', '0x200': '0xc0000001', '0x201': '0xfffc0000800' };
    const memory = [{ gfn: 0, count: 256, pfn: '0xc0000' }];
    expect(answer({ ...xen, hostMsrs, memory })).toEqual({
      id: 1,
      spans: [
        ['0x0', '0x100', 1, 0],
        ['0x100', '0x200', 6, 0],
      ],
    });
    expect(answer({ ...xen, memory }).assumed).toEqual([expect.stringContaining('not stated (hostMsrs)')]);
    expect(answer({ ...xen, want: 'mtrr' }).assumed).toBeUndefined();
    expect(answer({ ...xen, hostMsrs: { '0x2ff': '0x806', '0x200': '0x2' } }).error).toMatchObject({
      code: 'wrmsr-gp',
      msr: '0x200',
      value: '0x2',
    });
  });

  it('is written into a request, and an Intel host is not', () => {
    const question = { want: 'levels', policy: policy('kvm-6.8') } as const;
    const amd = vcpu({ maxphyaddr: 46, vendor: 'amd', hostMsrs: { 0x2ff: 0x801n } });
    const line = requestLine(1, { ...question, vcpu: amd });
    expect(JSON.parse(line)).toMatchObject({ vendor: 'amd', hostMsrs: { '0x2ff': '0x801' } });
    expect(answerLine(engine, line)).toContain('"spans"');
    const intel = requestLine(1, { ...question, vcpu: vcpu({ maxphyaddr: 46 }) });
    expect(intel).not.toMatch(/vendor|hostMsrs/);
  });
});
