/** Findings about the layouts alone, as sections: wrong types, needless splits, what upgrades change. */
import type { Evaluator } from '../../src/index.ts';
import { type Layout, needlessSplits, upgrade, wrongTypes } from './layouts.ts';
import { count, none, size, table } from './page.ts';
import { barsSvg } from './picture.ts';

/** Where KVM before 6.11 gives another type than the manual, with a picture. */
export function wrongTypesSection(
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

/** Where its level check refuses uniform pages. */
export function splitsSection(evaluator: Evaluator, all: readonly Layout[]): string {
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

/** What kernel upgrades change. */
export function upgradesSection(evaluator: Evaluator, all: readonly Layout[]): string {
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
