/** Scenarios: the ready ones run, and what is wrong with one is said at its line. */

import { afterAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario/scenario.ts';
import { SCENARIOS } from '../../src/config/scenarios/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { ConfigError, policy } from '../../src/index.ts';
import { type ReplayStep, type ReplaySummary, replay } from '../../src/replay/index.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

function run(text: string, more: Parameters<typeof parseScenario>[1] = {}) {
  const scenario = parseScenario(text, { file: 'test.yaml', ...more });
  const { vm, onFault, slotZap } = scenario;
  const generator = replay(vm, scenario.events(), { evaluator: engine, every: 1, onFault, slotZap });
  const steps: ReplayStep[] = [];
  for (;;) {
    const next = generator.next();
    if (next.done) return { scenario, steps, summary: next.value as ReplaySummary };
    steps.push(next.value);
  }
}

function problemsOf(text: string, file = 'test.yaml'): readonly string[] {
  try {
    parseScenario(text, { file });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

/** Columns are the YAML reader's, and tested there. */
function withoutColumn(line: string): string {
  return line.replace(/^(test\.yaml:\d+):\d+/, '$1');
}

const HEAD = `vm:
  maxphyaddr: 36
  noncoherentDma: true
  slots: [{base: 0, size: 4M}]
  mtrr: {default: WB}
  vcpus: 3
policy: kvm-6.6
events:
`;

describe('ready scenarios', () => {
  it.each(SCENARIOS)('$name runs, and says what it stands on', ({ text, name }) => {
    const { scenario, summary } = run(text);
    expect(scenario.name).toBe(name);
    expect(scenario.source).toMatch(/\w/);
    expect(scenario.assumptions.length).toBeGreaterThan(0);
    expect(scenario.count).toBe(summary.events);
    expect(summary.faults).toBe(0);
    expect(summary.installed).toBeGreaterThan(0);
  });

  it('the GPU is hot-plugged: stale under 6.6, not under 6.8', () => {
    const text = SCENARIOS.find(({ name }) => name === 'gpu-hotplug-6.6')!.text;
    const staleAt = (release: string) =>
      run(text, { policy: policy(release) }).steps.map(({ report }) => report!.stale.pages);
    expect(Math.max(...staleAt('kvm-6.6'))).toBeGreaterThan(0x1f0000);
    expect(Math.max(...staleAt('kvm-6.8'))).toBe(0);
    expect(Math.max(...staleAt('kvm-6.12'))).toBe(0);
  });
});

describe('events in words', () => {
  it('lists, words and programs become one event for each vCPU, one after the other', () => {
    const { steps } = run(`${HEAD}  - fault: {vcpu: 0-1, gpa: 0x1234, access: read}
  - cr0cd: {vcpu: aps, on: true}
  - hotplug: {vcpu: 7, writes: {MTRRdefType: 0x806}}
  - touch: {vcpu: all, range: 0x0-0xfff}
  - program: {vcpu: bsp, mtrr: {default: WB, variable: [{base: 1M, size: 64K, type: UC}]}}
`);
    expect(steps.map(({ event }) => `${event.kind} ${'vcpu' in event ? event.vcpu : ''}`)).toEqual([
      'touch 0',
      'touch 1',
      'cr0cd 1',
      'cr0cd 2',
      'hotplug 7',
      'wrmsr 7',
      'touch 0',
      'touch 1',
      'touch 2',
      'touch 7',
      'cr0cd 0',
      'wrmsr 0',
      'wrmsr 0',
      'wrmsr 0',
      'wrmsr 0',
      'cr0cd 0',
    ]);
    const writes = steps.flatMap(({ event }) => (event.kind === 'wrmsr' && event.vcpu === 0 ? [event] : []));
    expect(writes.map(({ msr, value }) => [msr, value])).toEqual([
      [0x2ff, 6n],
      [0x200, 0x100000n],
      [0x201, 0xfffff0800n],
      [0x2ff, 0x806n],
    ]);
  });

  it('an each lets one vCPU go through its events before the next one does, and keeps their notes', () => {
    const { steps } = run(`${HEAD}  - each:
      vcpu: aps
      events:
        - {cr0cd: {vcpu: each, on: true}, note: first}
        - {wrmsr: {vcpu: bsp, msr: 0x2ff, value: 0x806}}
        - {cr0cd: {vcpu: each, on: false}}
    note: others
`);
    expect(steps.map(({ event }) => [event.kind, 'vcpu' in event && event.vcpu, event.note])).toEqual([
      ['cr0cd', 1, 'first'],
      ['wrmsr', 0, 'others'],
      ['cr0cd', 1, 'others'],
      ['cr0cd', 2, 'first'],
      ['wrmsr', 0, 'others'],
      ['cr0cd', 2, 'others'],
    ]);
    const bad = problemsOf(`${HEAD}  - cr0cd: {vcpu: each, on: true}
  - each: {vcpu: all, events: [{repeat: {times: 2, events: []}}]}
  - each: {vcpu: all, events: [{each: {vcpu: all, events: []}}]}
`);
    expect(bad.map(withoutColumn)).toEqual([
      'test.yaml:9: events[0].cr0cd.vcpu: expected "each" only for events of an each: {vcpu, events}',
      'test.yaml:10: events[1].each.events[0]: expected no repeat within an each: put the each into the repeat',
      'test.yaml:11: events[2].each.events[0].each.events: expected no each within an each',
    ]);
  });

  it('a reset with zeroes writes every MTRR, DEF_TYPE first and last', () => {
    const { steps } = run(`${HEAD}  - reset: {vcpu: 1, writes: zeroes}\n`);
    const writes = steps.flatMap(({ event }) => (event.kind === 'wrmsr' ? [event.msr] : []));
    expect(writes.length).toBe(29);
    expect([writes[0], writes.at(-1)]).toEqual([0x2ff, 0x2ff]);
    expect(new Set(writes).size).toBe(28);
  });

  it('are repeated', () => {
    const { summary } = run(`${HEAD}  - repeat:
      times: 1000
      events:
        - touch: {vcpu: all, range: 0x0-0x1fffff}
        - wrmsr: {vcpu: 0, msr: 0x2ff, value: 0x806}
`);
    expect(summary.events).toBe(4000);
    expect(summary.zaps).toEqual([{ reason: 'mtrr', count: 1000, empty: 0, entries: 1000, pages: 512000 }]);
  });

  it('come as JSON and as JSON lines too', () => {
    const head = { vm: 'seabios-q35', policy: 'kvm-6.6', vcpus: 2, noncoherentDma: true };
    const event = { touch: { vcpu: 'all', range: '0x0-0x9ffff' } };
    const json = run(JSON.stringify({ ...head, events: [event] }), { file: 'a.json' });
    const lines = run(`${JSON.stringify(head)}\n${JSON.stringify(event)}\n`, { file: 'a.ndjson' });
    expect(json.summary).toEqual(lines.summary);
    expect(json.summary.events).toBe(2);
  });

  it('a register beyond 2^53 that is given as a number stays exact', () => {
    const text =
      '{"vm": "seabios-q35", "policy": "kvm-6.6", "events": [{"wrmsr": {"vcpu": 0, "msr": 592, "value": 434041037028460038}}]}';
    const { steps } = run(text, { file: 'a.json' });
    expect(steps[0]!.event).toMatchObject({ value: 434041037028460038n });
    expect(steps[0]!.verdict).toBe('done');
  });
});

describe('what is wrong', () => {
  it.each<[string, string]>([
    [
      '- wrmrs: {vcpu: 0, msr: 0x2ff, value: 0}',
      'test.yaml:9: events[0].wrmrs: unknown key (did you mean "wrmsr"?)',
    ],
    ['- cr0cd: {vcpu: 9, on: true}', 'test.yaml:9: events[0].cr0cd.vcpu: no vCPU 9: there are 0, 1, 2'],
    [
      '- cr0cd: {vcpu: bps, on: true}',
      'test.yaml:9: events[0].cr0cd.vcpu: expected a vCPU number, a list such as 0-3,7, all, bsp or aps, got "bps"',
    ],
    [
      '- slotAdd: {base: 2M, size: 4M}',
      'test.yaml:9: events[0].slotAdd.range: overlaps the slot 0x0-0x3fffff',
    ],
    [
      '- slotMove: {slot: 1M, to: 8M}',
      'test.yaml:9: events[0].slotMove.slot: no slot starts at 0x100000: there are 0x0',
    ],
    ['- noncoherentDma: begin', 'test.yaml:9: events[0].noncoherentDma: expected start or stop, got "begin"'],
    [
      '- wrmsr: {vcpu: 0, msr: MTRRdefTyp, value: 0}',
      'test.yaml:9: events[0].wrmsr.msr: expected the number or name of an MSR, got "MTRRdefTyp" (did you mean "MTRRdefType"?)',
    ],
    [
      '- touch: {vcpu: 0, range: 0x0-0x1000000fff}',
      "test.yaml:9: events[0].touch.range: lies beyond the guest's space, which ends at 0xfffffffff",
    ],
    [
      '- touch: {vcpu: 0, range: 5}',
      'test.yaml:9: events[0].touch.range: expected a range such as 0xa0000-0xbffff, 3G-4G or 0xc0000000+1G, got 5',
    ],
    ['- {}', 'test.yaml:9: events[0]: expected one event, got none (events: '],
    ['- 5', 'test.yaml:9: events[0]: expected a map, got 5 (keys: '],
    [
      '- program: {vcpu: 0, mtrr: {default: WX}}',
      'test.yaml:9: mtrr.default: expected UC, WC, WT, WP, WB, got "WX"',
    ],
  ])('%s', (event, line) => {
    const [first = ''] = problemsOf(`${HEAD}  ${event}\n`).map(withoutColumn);
    expect(first.startsWith(line), first).toBe(true);
  });

  it('time going backwards, at its line', () => {
    const [first = ''] = problemsOf(`${HEAD}  - {at: 3, report: true}\n  - {at: 2, report: true}\n`).map(
      withoutColumn,
    );
    expect(first).toBe('test.yaml:10: events[1].at: time goes backwards: 2 after 3');
  });

  it('all of it at once, in the order of the file', () => {
    const lines = problemsOf(`${HEAD}  - cr0cd: {vcpu: 0, on: maybe}\n  - dirtyLog: {slot: 0}\n`);
    expect(lines.map((line) => line.split(':')[1])).toEqual(['9', '10']);
  });

  it('a VM that does not exist, no VM, and a VM with a mistake', () => {
    expect(problemsOf('vm: seabios-q53\nevents: []\n')[0]).toContain('did you mean "seabios-q35"?');
    expect(problemsOf('events: []\n')[0]).toContain('it is missing');
    expect(problemsOf('vm: {maxphyadr: 46}\nevents: []\n')[0]).toMatch(/^test.yaml:1:6: .*unknown key/);
  });

  it('a policy that does not exist, with its own hint and no other kernel', () => {
    const refused = (name: string) => problemsOf(`vm: ovmf-q35\npolicy: ${name}\nevents: []\n`)[0];
    expect(refused('kvm-4.6')).toMatch(/^test.yaml:2:9: policy: unknown policy "kvm-4.6": [^()]*$/);
    expect(refused('v6.8')).toMatch(
      /^test.yaml:2:9: policy: unknown policy [^()]* \(did you mean "kvm-6.8"\?\)$/,
    );
    expect(refused('kvm-6.8-91-generic')).toMatch(/policy [^()]* \(of a distribution's kernel, [^()]*\)$/);
    expect(refused('kvm-6.8+levelChek=none')).toMatch(
      /^test.yaml:2:9: policy: flags.levelChek: unknown flag: [^()]* \(did you mean "levelCheck"\?\)$/,
    );
  });

  it('JSON lines are named by their own lines', () => {
    const text = '{"vm": "seabios-q35"}\n\n{"fault": {"vcpu": 99, "gpa": 0}}\n';
    expect(problemsOf(text, 'a.ndjson')[0]).toMatch(/^a.ndjson:3:1: events\[0\].fault.vcpu: no vCPU 99/);
    expect(problemsOf('{"vm": \n', 'a.ndjson')[0]).toMatch(/^a.ndjson:1:1: JSON: /);
  });
});

describe('JSON lines', () => {
  const lines = [
    '{"vm":{"maxphyaddr":36,"slots":[{"base":0,"size":"4M"}]},"policy":"kvm-6.6"}',
    '',
    '{"touch":{"vcpu":0,"range":"0x0-0xfff"}}',
    '"report"',
  ];

  it('are taken one by one, as often as they are asked for', () => {
    let reads = 0;
    const scenario = parseScenario(
      () => {
        reads += 1;
        return lines;
      },
      { file: 'a.ndjson' },
    );
    expect(scenario.count).toBe(2);
    const before = reads;
    expect([...scenario.events()].map(({ kind }) => kind)).toEqual(['touch', 'report']);
    expect([...scenario.events()].length).toBe(2);
    expect(reads).toBe(before + 2);
  });

  it('are known by their first two lines, whatever the name', () => {
    expect(parseScenario(lines.filter((line) => line !== '').join('\n')).count).toBe(2);
  });

  it.each([
    ['{"cr0cd":{"vcpu":9,"on":true}}', /:5:1: events\[2\]\.cr0cd\.vcpu: no vCPU 9/],
    ['{"cr0":{"vcpu":0}}', /:5:1: events\[2\]\.cr0\.value: expected a value, or bits/],
    ['{"reprot":{}}', /:5:1: .*did you mean "report"/],
    ['{', /:5:1: JSON: /],
  ])('%s is refused at its line', (line, message) => {
    expect(() => parseScenario([...lines, line].join('\n'), { file: 'a.ndjson' })).toThrow(message);
  });
});

describe('how vCPUs stand at first', () => {
  const of = (more: string) =>
    parseScenario(`vm: {maxphyaddr: 36, mtrr: {default: WB}, vcpus: 3}\n${more}\nevents: [report]\n`);
  const masks = (more: string) =>
    of(more).vm.vcpus[0]!.state.msrs.filter(({ msr }) => msr % 2 === 1 && msr <= 0x20f);

  it('QEMU has written every MTRR, those that the VM gives last', () => {
    expect(masks('')).toEqual([]);
    expect(masks('vmm: qemu').map(({ msr }) => msr)).toEqual([
      0x201, 0x203, 0x205, 0x207, 0x209, 0x20b, 0x20d, 0x20f,
    ]);
    expect(of('vmm: qemu').vm.vcpus[0]!.state.msrs.at(-1)).toEqual({ msr: 0x2ff, value: 0x806n });
    expect(masks('vmm: qemu\nstart: reset').length).toBe(8);
  });

  it('paging is off after a reset, and vCPUs can wait for SIPI', () => {
    expect(of('').start).toEqual({ waiting: [], paging: true, smm: true });
    expect(of('start: reset\nwaiting: aps').start).toEqual({ waiting: [1, 2], paging: false, smm: true });
    expect(of('start: reset\npaging: true\nsmm: false').start).toMatchObject({ paging: true, smm: false });
    expect(() => of('waiting: 0-7')).toThrow(/waiting: no vCPU 3/);
    expect(() => of('vmm: qmeu')).toThrow(/did you mean "qemu"/);
  });
});
