/** Ben Gardon's question: what recovering large pages would take as dirty logging ends, without a vCPU. */
import { preset } from '../../src/config/index.ts';
import type { Scenario } from '../../src/config/scenario/scenario.ts';
import { policy, vm } from '../../src/index.ts';
import type { Recovery, ReplayEvent } from '../../src/replay/index.ts';
import { layouts } from './layouts.ts';
import { count, none, size, table } from './page.ts';
import { scenarioOf, summariesOf } from './replays.ts';

const GIB = 2 ** 18;

/** Slots of memory that can be logged: RAM that is not read-only. */
function loggedSlots({ vm: { slots, mmio } }: Scenario): readonly number[] {
  return slots
    .filter(({ readonly, gfn }) => !readonly && !mmio.some(({ start, end }) => start <= gfn && gfn < end))
    .map(({ gfn }) => gfn);
}

/** The same events under dirty logging from the start, which ends and begins again at every report. */
function* logged(scenario: Scenario): Generator<ReplayEvent> {
  const slots = loggedSlots(scenario);
  const log = (on: boolean): readonly ReplayEvent[] => slots.map((gfn) => ({ kind: 'dirty-log', gfn, on }));
  yield* log(true);
  for (const event of scenario.events()) {
    yield event;
    if (event.kind === 'report') yield* [...log(false), ...log(true)];
  }
  yield* log(false);
}

function recoveryOf(scenario: Scenario, events: Iterable<ReplayEvent>): Recovery {
  return summariesOf(scenario, ['first-fault'], events).get('first-fault')!.recovery!;
}

function cells({ regions, withoutVcpu, mixed, retyped }: Recovery): readonly string[] {
  const pages = (n: number) => none(size(n), n === 0);
  return [
    count(regions),
    none(count(withoutVcpu), withoutVcpu === 0),
    none(count(mixed), mixed === 0),
    pages(retyped.vcpu0),
    pages(retyped.inherit),
    pages(retyped.refault),
  ];
}

/** A layout as a guest of 8 GiB of which every page is a small entry. */
function layoutScenario(name: string, maxLevel: 2 | 3): Scenario {
  const { maxphyaddr, vcpus } = preset(name);
  const { msrs, vcnt } = vcpus[0]!.state;
  return {
    ...scenarioOf('live-range-moved'),
    vm: vm({
      name,
      maxphyaddr,
      noncoherentDma: true,
      policy: policy('kvm-6.6'),
      slots: [{ gfn: 0, count: 8 * GIB, pfn: 0, maxLevel }],
      vcpus: [{ msrs, ...(vcnt !== undefined && { vcnt }) }],
    }),
    start: {},
  };
}

const TOUCHED: readonly ReplayEvent[] = [
  { kind: 'dirty-log', gfn: 0, on: true },
  { kind: 'touch', vcpu: 0, range: { start: 0, end: 8 * GIB }, access: 'write' },
  { kind: 'dirty-log', gfn: 0, on: false },
];

/** Layouts that KVM takes, with what recovering by 2M and by 1G would take. */
function layoutRows(): readonly (readonly string[])[] {
  const known = layouts().filter(({ guest }) => (guest.vcnt ?? 0) <= 8);
  return known.map(({ name }) => [
    name,
    ...([2, 3] as const).flatMap((level) => {
      const { regions, mixed, retyped } = recoveryOf(layoutScenario(name, level), TOUCHED);
      return [`${mixed} of ${count(regions)}`, none(size(retyped.inherit), retyped.inherit === 0)];
    }),
  ]);
}

const BOOTS = [
  'ovmf-boot',
  'seabios-boot',
  'parallel-boot',
  'windows-boot',
  's3-resume',
  'vcpu-hotplug',
  'set-mtrr',
  'gpu-hotplug-6.6',
  'live-range-moved',
  'one-left-behind',
];
const HEADER = [
  'regions',
  'without a vCPU',
  'small entries differ',
  'vcpu0 retypes',
  'inherit retypes',
  'refault may retype',
];

/** The section. */
export function recoverySection(): string {
  const rows = BOOTS.map((name) => {
    const scenario = scenarioOf(name);
    return [name, ...cells(recoveryOf(scenario, logged(scenario)))];
  });
  return `## Ben Gardon's question: large pages in place, without a vCPU

Claim: with non-coherent DMA, up to 6.10, no region can be recovered without asking a vCPU; without it, and from 6.11 on, all
can, and all small entries are alike. Where a vCPU is needed it matters which one only while vCPUs differ: in no boot do the small
entries of a region differ when logging ends, since every change of DEF_TYPE zaps them all. They differ where a
layout's own boundary runs through a large page: there no large entry is right, whoever is asked.

Dirty logging from the start of each scenario, ended and begun again at every report (regions by the slots' shape, sums of
all ends). "Retypes": memory whose type changes if the large entry gets what vCPU 0 demands, what the first small
entry has, or what some other running vCPU would fault in:

${table(['scenario', ...HEADER], rows)}

By layout, 8 GiB of RAM from 0, all of it small entries of one vCPU: regions in which they differ, and what inheriting the
first one's type changes. By 2M it is the first region, with the ISA hole, in which a guest's slots have a gap; by 1G whatever hole lies
below 4 GiB:

${table(['layout', '2M regions that differ', 'inherit retypes', '1G regions that differ', 'inherit retypes'], layoutRows())}

KVM from 6.13 on inherits the first small entry, when MTRRs decide nothing any more and all entries are alike.

\`\`\`sh
eptsweep replay migration-source
\`\`\``;
}
