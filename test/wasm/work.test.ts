/**
 * What questions cost, counted and not timed: functions entered, rounds of loops, loads and stores of the Wasm
 * (`counted.ts`). A shortcut that is none any more answers as before, and is found here alone. `work.txt` holds what each
 * question costs: less passes, more needs a reason, and is accepted with EPTSWEEP_ACCEPT=1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { policy, wantsOf } from '../../src/policy/index.ts';
import type { GfnRange, Want } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { LAYOUT_KINDS, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine } from '../../src/wasm/index.ts';
import { countedWasm } from './counted.ts';
import { GIB, MACHINES, MIB, WIDTH } from './work-machines.ts';

/** A line a machine: its name, then questions and what they cost. */
const FILE = new URL('work.txt', import.meta.url);
const isAccepting = process.env.EPTSWEEP_ACCEPT === '1';
const written = new Map(
  readFileSync(FILE, 'utf8')
    .split('\n')
    .map((line) => line.split(' | '))
    .map(([about, ...costs]) => [about, new Map(costs.map((cost) => splitCost(cost)))]),
);
const found: string[] = [];

function splitCost(text: string): [question: string, cost: number] {
  const space = text.lastIndexOf(' ');
  return [text.slice(0, space), Number(text.slice(space))];
}

const { module, steps } = countedWasm();
const engines = { auto: createAutoEngine(module), direct: createDirectEngine(module) };
afterAll(() => {
  for (const engine of Object.values(engines)) engine.dispose();
  if (isAccepting) writeFileSync(FILE, `${found.join('\n')}\n`);
});

/** Holds costs against those that are written down. */
function expectAtMost(about: string, costs: readonly (readonly [question: string, cost: number])[]): void {
  found.push([about, ...costs.map((cost) => cost.join(' '))].join(' | '));
  if (isAccepting) return;
  const allowed = written.get(about)!;
  const dearer = costs.filter(([question, cost]) => !(cost <= allowed.get(question)!));
  expect(dearer.map(([question, cost]) => `${question}: ${cost}, not ${allowed.get(question)}`)).toEqual([]);
  // Something is counted, or nothing could be too much.
  for (const [question, cost] of costs) expect(cost, question).toBeGreaterThan(0);
}

/** KVM's guests have 8 ranges; neither rule reads a host's. */
const ASKED = ['sdm', 'kvm-5.16'].flatMap((rule) =>
  Object.keys(MACHINES)
    .filter((machine) => !/host/.test(machine) && (rule === 'sdm' || MACHINES[machine]!.vcnt === undefined))
    .map((machine) => [rule, machine] as const),
);
/** Other rules, hosts with MTRRs of their own. */
const ASKED_OTHERWISE = [
  ['kvm-6.16', 'masks with holes'],
  ['kvm-6.6', 'an AMD host'],
  ['peer-xen-ept', 'a host with ranges'],
  ['peer-xen-ept', '500 devices'],
  ['peer-xen', 'masks with holes'],
  ['peer-linux-6.4', '40 ranges'],
  ['peer-linux-6.5', 'TOM2'],
  ['peer-hyperdbg', '40 ranges'],
  ['peer-hyperplatform', 'fixed ranges of two types'],
  ['peer-hvpp', 'a few ranges'],
  ['peer-jonomango', 'ranges of one type'],
] as const;

/** Frames all over the space. */
const SCATTERED = Float64Array.from({ length: 500 }, (_, at) => (at * 8_306_911) % (64 * GIB));
const AROUND: GfnRange = { start: GIB - 7, end: GIB + 8 * MIB };
const drained = (view: EngineView, want: Want, range: GfnRange): number =>
  [...view.spans(want, { range })].length;

/** What a policy has to answer for a question, where it is more than types. */
const WANTED: Readonly<Record<string, Want>> = {
  spans: 'effective',
  'leaves from 0': 'leaf',
  leaves: 'leaf',
  levels: 'levels',
  'entries from 0': 'leaf',
  entries: 'leaf',
  'entries of frames': 'leaf',
  digest: 'leaf',
  'the same digest': 'leaf',
  'pages by leaf': 'leaf',
  'all pages by level': 'levels',
  'a gigabyte by leaf': 'leaf',
};
const OF_BOTH: Readonly<Record<string, (view: EngineView) => void>> = {
  'spans from 0': (view) => drained(view, 'mtrr', { start: 0, end: 4000 }),
  'leaves from 0': (view) => drained(view, 'leaf', { start: 0, end: 4000 }),
  spans: (view) => drained(view, 'effective', AROUND),
  leaves: (view) => drained(view, 'leaf', AROUND),
  levels: (view) => drained(view, 'levels', { start: GIB - 7, end: 2 * GIB + 7 }),
  'types from 0': (view) => view.types(0, 4000),
  types: (view) => view.types(GIB - 7, 16384),
  'entries from 0': (view) => view.entries(0, 4000),
  entries: (view) => view.entries(GIB - 7, 16384),
  'types of frames': (view) => view.typesOf(SCATTERED),
  'entries of frames': (view) => view.entriesOf(SCATTERED),
};
const OF_AUTO: Readonly<Record<string, (view: EngineView) => void>> = {
  ...OF_BOTH,
  digest: (view) => view.digest({ start: 3, end: GIB + 123_457 }),
  'the same digest': (view) => view.digest({ start: 3, end: GIB + 123_457 }),
  'pages by type': (view) => view.totals('mtrr', { range: { start: 3, end: GIB + 123_457 } }),
  'pages by leaf': (view) => view.totals('leaf', { range: { start: 3, end: GIB + 123_457 } }),
  'all pages by level': (view) => view.totals('levels'),
  'a gigabyte by leaf': (view) => view.totals('leaf', { range: { start: GIB, end: 2 * GIB } }),
};

function open(name: keyof typeof engines, rule: string, machine: string): EngineView {
  const init = { maxphyaddr: WIDTH, noncoherentDma: true, ...MACHINES[machine] };
  const view = engines[name].open(vcpu(init), policy(rule));
  // What is made when it is first needed is there now.
  view.typeSet(0);
  return view;
}

const OF_DIRECT: Readonly<Record<string, (view: EngineView) => void>> = {
  ...OF_BOTH,
  sweep: (view) => view.visit!({ start: 3, end: 5003 }),
};

describe.each(['auto', 'direct'] as const)('of %s no question costs more than is written down', (name) => {
  it.each([...ASKED, ...ASKED_OTHERWISE])('under %s: %s', (rule, machine) => {
    let view!: EngineView;
    const opening = steps(() => {
      view = open(name, rule, machine);
    });
    const wants: readonly string[] = wantsOf(view.policy);
    const questions = Object.entries(name === 'auto' ? OF_AUTO : OF_DIRECT).filter(([question]) =>
      wants.includes(WANTED[question] ?? 'mtrr'),
    );
    const costs = questions.map(([question, ask]) => [question, steps(() => ask(view))] as const);
    view.dispose();
    expectAtMost(`${name}, ${rule}, ${machine}`, [['opening', opening], ...costs]);
  });
});

describe('of comparisons no question costs more than is written down', () => {
  const { auto } = engines;
  const wants: readonly Want[] = ['mtrr', 'ept', 'levels', 'leaf'];

  it.each([
    ['a few ranges', 'ranges of one type'],
    ['a few ranges', '500 slots'],
    ['a few ranges', 'masks with holes'],
    ['masks with holes', '16 masks with holes'],
    ['fixed ranges of one type', 'fixed ranges of two types'],
  ])('%s and %s', (...machines) => {
    const [a, b] = machines.map((machine) => open('auto', 'sdm', machine)) as [EngineView, EngineView];
    const costs = wants.flatMap((want) => {
      const compare = (range: GfnRange) => auto.compare!(a, b, want, { range, pat: 6 });
      return [
        [`pages by ${want}`, steps(() => compare({ start: 3, end: 2 * GIB + 5 }).matrix)] as const,
        [`spans of ${want}`, steps(() => [...compare(AROUND).spans()])] as const,
      ];
    });
    for (const view of [a, b]) view.dispose();
    expectAtMost(machines.join(' and '), costs);
  });
});

describe('of batches no layout costs more than is written down', () => {
  const guest = vcpu({ maxphyaddr: 46, noncoherentDma: true });
  const sides = [
    { vcpu: guest, policy: policy('sdm') },
    { vcpu: guest, policy: policy('kvm-5.16') },
  ] as const;

  it('of any kind', () => {
    const costs = LAYOUT_KINDS.map((kind) => {
      const layouts = { kind, seed: 1n, ranges: [0, 8] as const };
      const question = { layouts, sides, want: 'mtrr', smallest: 4, theorem: true, list: false } as const;
      const batch = engines.auto.batch!(question);
      const cost = steps(() => batch.run(0n, 500));
      batch.dispose();
      return [kind, cost] as const;
    });
    expectAtMost('batches', costs);
  });
});
