/**
 * Writes docs/findings.md and its picture from what the package ships: presets, real machines' layouts and
 * scenarios. Every number in them comes from here.
 *
 *   npm run findings
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PRESETS } from '../../src/config/index.ts';
import { createEvaluatorSync, type Evaluator } from '../../src/index.ts';
import { idsText } from '../../src/words.ts';
import { fail, ROOT, writeWhole } from '../shared.mjs';
import { type Layout, layouts, needlessSplits, upgrade, wrongTypes } from './layouts.ts';
import { count, none, size, table } from './page.ts';
import { peersSection } from './peers.ts';
import { barsSvg } from './picture.ts';

const PROGRAM = join(ROOT, 'dist/src/bin/eptsweep.cjs');
const VCPUS = 8;

/** Runs the program and reads the JSON that it prints; 0 and 1 are both answers. */
function ask<Answer>(args: readonly string[], input = ''): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args, '--json'], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0 && status !== 1) throw new Error(`eptsweep ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as Answer;
}

function wrongTypesSection(
  evaluator: Evaluator,
  all: readonly Layout[],
): { readonly text: string; readonly picture: string } {
  const real = all.filter((layout) => layout.isReal);
  const found = real.map((layout) => ({ layout, ...wrongTypes(evaluator, layout) }));
  const wrong = found.filter(({ pages }) => pages > 0n);
  const firmware = all.filter((layout) => !layout.isReal);
  const clean = firmware.filter((layout) => wrongTypes(evaluator, layout).pages === 0n);
  const rows = found.map(({ layout, pages, pairs, spans }) => [
    layout.name,
    none(count(pages), pages === 0n),
    none(size(pages), pages === 0n),
    none(pairs.map((pair) => `${pair.manual} -> ${pair.kvm} (${size(pair.pages)})`).join(', '), pages === 0n),
    none(
      spans.length === 1 ? `0x${(spans[0]!.start * 4096).toString(16)}` : `${spans.length} ranges`,
      pages === 0n,
    ),
  ]);
  const cacheable = found.flatMap(({ pairs }) => pairs).filter((p) => p.manual === 'UC' && p.kvm === 'WB');
  const others = found.flatMap(({ pairs }) => pairs).filter((p) => p.manual !== 'UC' || p.kvm !== 'WB');
  const picture = barsSvg(
    'Pages to which KVM before 6.11 gives another type than the manual',
    wrong.map(({ layout, pages }) => ({ label: layout.name, value: Number(pages), text: size(pages) })),
  );
  return {
    picture,
    text: `## KVM before 6.11 gets ${wrong.length} of ${real.length} real layouts wrong

Claim: with non-coherent DMA, KVM 4.7 to 6.10 computes for ${wrong.length} of the ${real.length} shipped layouts of real
machines a type that the architecture does not. ${cacheable.length} of the ${cacheable.length + others.length} kinds of
error are WB where the manual says UC: memory-mapped devices become cacheable. Layouts whose default is WB and whose
ranges are UC are all right, and so are all ${clean.length} of ${firmware.length} firmware layouts of VMs.

Why: ranges are folded in descending order of their base registers, and the fold stops at the first pair that it
cannot merge, with WB. A UC hole inside a WB range that starts lower is then never seen.

${table(['layout', 'wrong pages', 'size', 'manual -> KVM', 'where'], rows)}

![Pages with a wrong type, by layout](findings-wrong-types.svg)

\`\`\`sh
eptsweep diff precision-t3600 --policy sdm --against policy:kvm-5.16
\`\`\``,
  };
}

function splitsSection(evaluator: Evaluator, all: readonly Layout[]): string {
  const found = all.map((layout) => ({ layout, splits: needlessSplits(evaluator, layout) }));
  const split = found.filter(({ splits }) => splits.regions2M + splits.regions1G > 0);
  const rows = split.map(({ layout, splits }) => [
    layout.name,
    none(count(splits.regions2M), splits.regions2M === 0),
    none(count(splits.regions1G), splits.regions1G === 0),
  ]);
  return `## The level check refuses uniform pages on ${split.length} of ${all.length} layouts

Claim: KVM's consistency check (4.7 to 6.10) compares the types of all ranges that touch a region, not the types that
its pages get. So it refuses large pages where every page has one and the same entry type: on ${split.length} of the
${all.length} shipped layouts. It never errs the other way.

${table(['layout', 'uniform 2M regions mapped by 4K', 'uniform 1G regions mapped smaller'], rows)}

\`\`\`sh
eptsweep map precision-t3600 --policy kvm-5.16 --want levels
\`\`\``;
}

const UPGRADES: readonly (readonly [string, string])[] = [
  ['kvm-6.6', 'kvm-6.7'],
  ['kvm-6.10', 'kvm-6.11'],
  ['kvm-6.15', 'kvm-6.16'],
];

function upgradesSection(evaluator: Evaluator, all: readonly Layout[]): string {
  const rows = UPGRADES.flatMap(([from, to]) =>
    [true, false].map((dma) => {
      const changes = all.map((layout) => ({ layout, pages: upgrade(evaluator, layout, [from, to], dma) }));
      const changed = changes.filter(({ pages }) => pages > 0n);
      const most = changed.toSorted((a, b) => Number(b.pages - a.pages))[0];
      return [
        `${from} to ${to}`,
        dma ? 'on' : 'off',
        `${changed.length} of ${all.length}`,
        most ? `${size(most.pages)} (${most.layout.name})` : '-',
      ];
    }),
  );
  return `## What kernel upgrades change

Claim: for a vCPU whose caches are on, only 6.11 changes entries, and only in VMs with non-coherent DMA: from then on
the guest's MTRRs do not count, and whatever was UC or WP by MTRR becomes WB, left to the guest's PAT.

${table(['upgrade', 'non-coherent DMA', 'layouts with changed entries', 'most changed'], rows)}

\`\`\`sh
eptsweep diff ovmf-gpu --across kernels=6.6,6.7,6.10,6.11,6.15,6.16
\`\`\``;
}

/** What is read of `eptsweep share --json`. */
interface Wrong {
  readonly pages: number;
  readonly byDanger: Readonly<Record<string, number>>;
}
interface ShareJson {
  readonly disagree: number;
  readonly designs: readonly {
    readonly design: string;
    readonly anyOrder: Wrong;
    readonly wrong: Wrong;
    readonly roles: number;
    readonly bits: number;
    readonly freeBits: { readonly free: number };
    readonly moreTablePages: number;
    readonly refused: readonly { readonly vcpus: readonly number[] }[];
  }[];
}

/** What is read of `eptsweep replay --json`. */
interface ReplayJson {
  readonly policy: { readonly name: string };
  readonly summary: {
    readonly events: number;
    readonly windowTotals: {
      readonly count: number;
      readonly events: number;
      readonly peakPages: number;
      readonly foreignAccesses: number;
    };
    readonly zaps: readonly { readonly count: number }[];
    readonly last: {
      readonly stale: { readonly pages: number };
      readonly foreign: { readonly pages: number };
    };
  };
}

/** Size of the wrong entries of one danger for each of the waiting vCPUs, which are all in one state. */
function perVcpu({ byDanger }: Wrong, danger: string): string {
  const pages = byDanger[danger]! / (VCPUS - 1);
  return none(size(pages), pages === 0);
}

/** A preset whose first vCPU runs as firmware has set it up, while the others are still in another state. */
function bootWindow(name: string, others: object): ShareJson {
  const preset = PRESETS.find((one) => one.name === name);
  const vcpus = [{ name: 'bsp' }, { count: VCPUS - 1, name: 'ap', ...others }];
  const config = { ...preset, description: undefined, source: undefined, noncoherentDma: true, vcpus };
  const text = JSON.stringify(config, (_key, value) =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
  );
  return ask(['share', '-', '--policy', 'kvm-5.16'], text);
}

function sharingSection(): string {
  const states: readonly (readonly [string, object])[] = [
    ['at reset (E=0, CD=1)', { cr0cd: true, mtrr: { enabled: false } }],
    ['MTRRs off, caches on (E=0, CD=0)', { mtrr: { enabled: false } }],
  ];
  const rows = ['seabios-q35', 'ovmf-q35', 'ovmf-gpu', 'crosvm', 'precision-t3600'].flatMap((name) =>
    states.map(([title, others]) => {
      const shared = bootWindow(name, others);
      const of = (design: string) => shared.designs.find((one) => one.design === design)!;
      const role = of('role');
      return [
        name,
        title,
        size(shared.disagree),
        size(of('first-fault').anyOrder.pages),
        size(of('vcpu0').wrong.pages),
        perVcpu(of('vcpu0').wrong, 'cacheable-for-uc'),
        perVcpu(of('vcpu0').wrong, 'uc-for-cacheable'),
        `${role.roles} roles, ${role.bits} of ${role.freeBits.free} free bits, ${count(role.moreTablePages)} more table pages`,
        of('uniform')
          .refused.map(({ vcpus }) => `vCPUs ${idsText(vcpus)}`)
          .join(', '),
      ];
    }),
  );
  return `## What each way of sharing gets wrong while APs come up

Claim: in the window of a boot in which the first vCPU is set up and ${VCPUS - 1} others are not, the vCPUs' states
demand different entries for most of the space. "vCPU 0 decides" is wrong on exactly the pages on which "whoever faults
first" can be wrong, but says which vCPU's view it is; state in the role costs one bit here, not ten, since all waiting
vCPUs are in one state.

${table(
  [
    'layout',
    'the other vCPUs',
    'disagree on',
    'first-fault can be wrong on',
    'vcpu0 wrong on',
    'cacheable for UC',
    'UC for cacheable',
    'role',
    'uniform refuses',
  ],
  rows,
)}

Sizes are of the whole guest-physical space, mapped or not; kernel 5.16, non-coherent DMA on.`;
}

function bootsSection(): string {
  const listed = spawnSync(process.execPath, [PROGRAM, 'replay', '--list'], { encoding: 'utf8' }).stdout;
  const names = listed
    .split('\n\n')[0]!
    .split('\n')
    .flatMap((line) => /^[a-z][\w.-]*/.exec(line)?.[0] ?? []);
  const rows = names.map((name) => {
    const { summary, policy } = ask<ReplayJson>(['replay', name, '--every', '1000000']);
    const { windowTotals, last, zaps } = summary;
    return [
      name,
      policy.name,
      `${windowTotals.count}: ${windowTotals.events} of ${summary.events} events`,
      none(size(windowTotals.peakPages), windowTotals.peakPages === 0),
      none(String(windowTotals.foreignAccesses), windowTotals.foreignAccesses === 0),
      none(count(zaps.reduce((sum, zap) => sum + zap.count, 0)), zaps.length === 0),
      none(size(last.stale.pages), last.stale.pages === 0),
      none(size(last.foreign.pages), last.foreign.pages === 0),
    ];
  });
  return `## How long vCPUs differ, and what is left over

Claim: every boot has windows in which vCPUs differ, counted here in events of the shipped scenarios; a well-behaved
boot ends with no stale and no foreign entry, because the last write of DEF_TYPE zaps everything. What stays wrong
comes from moving a live range and from leaving a vCPU behind; plugged-in vCPUs use others' entries until they are set up.

${table(
  [
    'scenario',
    'kernel',
    'windows',
    'at most',
    'foreign accesses',
    'zaps',
    'stale at the end',
    'foreign at the end',
  ],
  rows,
)}

\`\`\`sh
eptsweep replay live-range-moved
\`\`\``;
}

try {
  const evaluator = createEvaluatorSync();
  const all = layouts();
  const wrong = wrongTypesSection(evaluator, all);
  const sections = [
    '# Findings',
    `What the shipped layouts and scenarios say about the questions of the KVM maintainers' discussion of 2021, and about
other systems that decide by MTRRs. Written by \`npm run findings\`; every number is reproduced by it.`,
    wrong.text,
    splitsSection(evaluator, all),
    upgradesSection(evaluator, all),
    sharingSection(),
    bootsSection(),
    peersSection(evaluator, all),
  ];
  writeWhole(join(ROOT, 'docs/findings-wrong-types.svg'), wrong.picture);
  writeWhole(join(ROOT, 'docs/findings.md'), `${sections.join('\n\n')}\n`);
} catch (error) {
  fail(error);
}
