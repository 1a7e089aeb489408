/** Findings about layouts that nobody shipped: how often each KVM reads random ones otherwise than the manual. */
import { type BatchCounts, type Evaluator, type LayoutKind, policy, vcpu } from '../../src/index.ts';
import { KVM_ROWS } from '../../src/policy/kvm.ts';
import { hexText } from '../../src/words.ts';
import { count, size, table } from './page.ts';

const LAYOUTS = 1_000_000;
const SEED = 1n;
const MAXPHYADDR = 46;
const GUEST = vcpu({ maxphyaddr: MAXPHYADDR, noncoherentDma: true });
const KINDS: readonly LayoutKind[] = ['typical', 'any'];
/** Numbers of ranges. */
const RANGES = [1, 2, 3, 4, 5, 6, 7, 8] as const;

interface Asked {
  readonly kind: LayoutKind;
  readonly row: string;
  readonly counts: BatchCounts;
  /** Registers of the smallest layout that differs. */
  readonly smallest: string;
}

function ask(evaluator: Evaluator, kind: LayoutKind, row: string): Asked {
  const sides = ['sdm', row].map((name) => ({ vcpu: GUEST, policy: policy(name) }));
  using batch = evaluator.batch({ sides, kind, seed: SEED, smallest: 1, theorem: row === 'kvm-4.7' });
  const counts = batch.run(0n, LAYOUTS);
  const [first] = counts.smallest;
  const writes = first ? batch.layout(first.index) : [];
  // What is below 1 MiB is the same on both sides.
  const told = writes.filter(({ msr }) => msr < 0x250 || msr === 0x2ff);
  return { kind, row, counts, smallest: told.map((w) => `${hexText(w.msr)}=${hexText(w.value)}`).join(' ') };
}

function shareRow({ kind, row, counts }: Asked): readonly string[] {
  const shares = RANGES.map((ranges) => {
    const { layouts, differing } = counts.byRanges[ranges]!;
    return `${((100 * Number(differing)) / Number(layouts)).toFixed(1)} %`;
  });
  return [kind, row, ...shares];
}

function smallestRow({ kind, counts, smallest }: Asked): readonly string[] {
  const { index, ranges, pages } = counts.smallest[0]!;
  return [kind, String(index), String(ranges), `${count(pages)} (${size(pages)})`, `\`${smallest}\``];
}

function showLine({ kind, counts }: Asked): string {
  const random = `{kinds: ${kind}, count: ${LAYOUTS}, seed: ${SEED}}`;
  const spec = `{ask: compare, layouts: {random: ${random}}, axes: {policy: kvm-5.16}}`;
  const { index } = counts.smallest[0]!;
  return `echo '${spec}' | eptsweep sweep show - ${index} | eptsweep diff - --want mtrr --against policy:sdm`;
}

/** The section. */
export function randomSection(evaluator: Evaluator): string {
  const asked = KINDS.flatMap((kind) => KVM_ROWS.map((row) => ask(evaluator, kind, row)));
  const folding = asked.filter(({ row }) => row === 'kvm-4.7');
  const held = folding.reduce((sum, { counts }) => sum + counts.theorem.held, 0n);
  const exceptions = folding.reduce((sum, { counts }) => sum + counts.theorem.exceptions, 0n);
  if (exceptions > 0n) throw new Error(`${exceptions} layouts are exceptions to docs/kvm-theorem.md`);
  return `## How often random layouts are read wrong, and which are the smallest

Claim: with one range KVM before 6.11 is always right; the more ranges a layout has, the more often it is wrong. From 6.11 on
every layout is wrong that makes anything but WB. Layouts of which some page gets another type than the manual gives it, of
${count(LAYOUTS)} of each kind ([layouts.md](layouts.md)), ${MAXPHYADDR} address bits, non-coherent DMA, by number of ranges
(one that is undefined by the manual counts as wrong):

${table(['kind', 'policy', ...RANGES.map(String)], asked.map(shareRow))}

The smallest of those that KVM before 6.11 reads wrong, by ranges, then pages: a UC hole in a WB range; one page that two
ranges share whose types the manual does not combine, to which KVM gives WB.

${table(['kind', 'layout', 'ranges', 'wrong pages', 'registers'], folding.map(smallestRow))}

\`\`\`sh
${folding.map(showLine).join('\n')}
\`\`\`

[kvm-theorem.md](kvm-theorem.md) says exactly when KVM before 6.11 is right, and proves it; held against these ${count(held)}
layouts: ${exceptions} exceptions, as against [10^9](kvm-theorem.md#held-against-layouts). [A campaign of 10^9](sweep.md#a-thousand-million-layouts)
layouts of kind \`typical\` has the shares of one row by number of ranges to four digits.`;
}
