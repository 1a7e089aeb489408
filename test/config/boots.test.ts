/** Boots from the sources: what they zap, by number of vCPUs, what they cite, and what they take. */

import { afterAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario/scenario.ts';
import { SCENARIOS, scenarioNamed } from '../../src/config/scenarios/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { InputTypeError } from '../../src/errors.ts';
import { designNamed, type ReplaySummary, replay } from '../../src/replay/index.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

function scenarioOf(asked: string, vcpus?: number) {
  const { text, name } = scenarioNamed(asked)!;
  return parseScenario(text, { file: name, ...(vcpus && { vcpus }) });
}

function summaryOf(asked: string, vcpus?: number, design = 'first-fault'): ReplaySummary {
  const { vm, start, ...scenario } = scenarioOf(asked, vcpus);
  const steps = replay(vm, scenario.events(), { evaluator: engine, start, design: designNamed(design) });
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}

/** Zaps because of MTRRs and CR0.CD. */
function zapsOf(asked: string, vcpus?: number, design?: string): number {
  return summaryOf(asked, vcpus, design)
    .zaps.filter(({ reason }) => reason === 'mtrr' || reason === 'cr0cd')
    .reduce((sum, { count }) => sum + count, 0);
}

describe('zaps of a boot, as published with "KVM: x86/mmu: refine memtype related mmu zap"', () => {
  it.each([
    ['ovmf-boot', 'first-fault', 8, 84],
    ['ovmf-boot', 'first-fault', 16, 164],
    ['ovmf-boot', 'zap-on-cd', 8, 74],
    ['ovmf-boot', 'zap-on-cd', 16, 146],
    ['ovmf-boot', 'vcpu0', 8, 14],
    ['seabios-boot', 'first-fault', 8, 50],
    ['seabios-boot', 'first-fault', 16, 98],
    ['seabios-boot', 'zap-on-cd', 8, 42],
    ['seabios-boot', 'zap-on-cd', 16, 82],
  ] as const)('%s, %s, %i vCPUs: %i', (name, design, vcpus, zaps) => {
    expect(zapsOf(name, vcpus, design)).toBe(zaps);
    expect(zapsOf(`${name},vcpus=${vcpus}`, undefined, design)).toBe(zaps);
  });

  it.each([1, 2, 3, 32, 100])('with %i vCPUs what the sources add up to', (n) => {
    // QEMU puts DEF_TYPE twice; a change is two writes of it; Linux makes one on the boot CPU and one on each.
    expect(zapsOf('seabios-boot', n)).toBe(2 * n + 2 * n + 2 + 2 * n);
    expect(zapsOf('ovmf-boot', n)).toBe(2 * n + 2 * (4 + 3 * (n - 1)) + 2 + 2 * n);
    // Zaps on CR0.CD: QEMU's writes fall away, as CD is 1; each vCPU leaves that state once by itself.
    expect(zapsOf('seabios-boot', n, 'zap-on-cd')).toBe(n + 2 * n + 2 + 2 * n);
    expect(zapsOf('ovmf-boot', n, 'zap-on-cd')).toBe(7 * n + 2 + 2 * n);
    // The first vCPU's alone.
    expect(zapsOf('ovmf-boot', n, 'vcpu0')).toBe(2 + 8 + 4);
    expect(zapsOf('seabios-boot', n, 'vcpu0')).toBe(2 + 2 + 4);
  });

  it('does not depend on the release of Linux, nor on how APs are started', () => {
    for (const asked of ['ovmf-boot,linux=4.19', 'ovmf-boot,linux=6.12', 'parallel-boot']) {
      expect(zapsOf(asked)).toBe(84);
    }
  });

  it.each([
    [0, 0, 34],
    [1, 1, 50],
    [3, 3, 82],
    [4, 2, 70],
    [4, 3, 84],
    [4, 4, 98],
    [5, 3, 86],
    [7, 5, 118],
  ])('OVMF programs the BSP %i times and each AP %i times: %i', (bsp, ap, zaps) => {
    expect(zapsOf(`ovmf-boot,bsp=${bsp},ap=${ap}`)).toBe(zaps);
  });

  it.each(['ovmf-boot', 'ovmf-boot,bsp=1,ap=1', 'ovmf-boot,bsp=6,ap=2', 'seabios-boot', 'parallel-boot'])(
    '%s leaves all vCPUs with one state, and nothing stale',
    (asked) => {
      const { last, faults } = summaryOf(asked);
      expect(faults).toBe(0);
      expect(last.disagree).toBe(0);
      expect(last.stale.pages).toBe(0);
    },
  );
});

describe('citations', () => {
  const written = SCENARIOS.filter(({ write }) => write);

  it('are there for all boots', () => expect(written.length).toBeGreaterThan(10));

  it.each(written)('$name: each event names function and file', ({ name }) => {
    for (const event of scenarioOf(name).events()) {
      if (event.kind !== 'report')
        expect(event.note).toMatch(/^[A-Z]?[\w>()* -]+.*[\w/-]+\.(c|S|h|asm|nasm|exe)\b/);
    }
  });

  it('follow the release of Linux', () => {
    const notes = (linux: string) =>
      [...scenarioOf(`seabios-boot,linux=${linux}`).events()].map(({ note }) => note ?? '').join('\n');
    expect(notes('6.2')).toMatch(/cache_bp_init\(\)[\s\S]*cache_aps_init\(\)/);
    expect(notes('6.1')).toMatch(/mtrr_bp_pat_init\(\)[\s\S]*mtrr_aps_init\(\)/);
    expect(notes('6.1')).not.toMatch(/cache_disable/);
  });
});

describe('parameters', () => {
  it.each([
    ['ovmf-boot,vcpus=0', 'scenario: vcpus=0: expected 1..4096'],
    ['ovmf-boot,vcpus=100000', 'scenario: vcpus=100000: expected 1..4096'],
    ['seabios-boot,linux=4.5', "scenario: linux=4.5: expected the guest's release, 4.6 or later"],
    ['seabios-boot,linux=new', "scenario: linux=new: expected the guest's release, 4.6 or later"],
    ['parallel-boot,linux=6.4', 'scenario: linux=6.4: expected 6.5 or later, which starts APs side by side'],
    ['ovmf-boot,bsp=-1', "scenario: bsp=-1: expected how often OVMF programs the BSP's MTRRs, 0..100"],
    ['ovmf-boot,vcpu=2', 'scenario: no parameter "vcpu" (did you mean "vcpus"?)'],
    ['seabios-boot,bsp=2', 'scenario: no parameter "bsp" (it takes vcpus, linux)'],
    ['live-range-moved,vcpus=2', 'scenario: no parameter "vcpus" (it takes none)'],
  ])('%s is refused', (asked, message) => {
    expect(() => scenarioNamed(asked)).toThrow(message);
  });

  it('that are no text or no number of vCPUs are refused, and a name that is none gives nothing', () => {
    expect(() => scenarioNamed(7 as never)).toThrow(InputTypeError);
    expect(() => scenarioNamed('ovmf-boot', 0)).toThrow(/vcpus/);
    expect(scenarioNamed('no-boot,vcpus=2')).toBeUndefined();
  });
});
