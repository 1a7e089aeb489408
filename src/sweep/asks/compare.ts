/** `compare`: on which points, and on how many pages, a policy answers otherwise than the one that it is held against. */
import { answerText } from '../../diff/index.ts';
import type { Policy } from '../../policy/index.ts';
import type { Comparison } from '../../vm/index.ts';
import { type AskedVcpu, againstOf, type Case } from '../cases.ts';
import type { OwnColumns } from '../rows.ts';
import type { SweepSpec } from '../spec.ts';
import type { Tally } from '../tally.ts';
import { type AskContext, enabledRanges, type PointAsker, sumOf, withView } from './context.ts';
import { verify } from './verify.ts';

const COLUMNS: OwnColumns = [
  ['vcpu', 'uint64'],
  ['registers', 'uint64'],
  ['differing', 'uint64'],
  ['compared', 'uint64'],
  ['pairs', 'string'],
];

/** `UC>WB`: against, then the point's. */
export function pairName({ want }: SweepSpec, against: object, own: object): string {
  return `${answerText(want, against)}>${answerText(want, own)}`;
}

/** Pages that differ, by pair of answers. */
export type Pairs = ReadonlyMap<string, bigint>;

function differingPairs(spec: SweepSpec, { matrix }: Comparison): Pairs {
  const cells = matrix.map(
    ({ a, b, pages }) =>
      [pairName(spec, a, b), pages, answerText(spec.want, a) !== answerText(spec.want, b)] as const,
  );
  return new Map(cells.flatMap(([name, pages, differs]) => (differs ? [[name, pages] as const] : [])));
}

/** `UC>WB 512, WB>UC 3`, most pages first. */
export function pairsText(pairs: Pairs): string {
  const sorted = [...pairs].sort(([x, a], [y, b]) => (a === b ? (x < y ? -1 : 1) : a > b ? -1 : 1));
  return sorted.map(([name, pages]) => `${name} ${pages}`).join(', ');
}

/** Counts a comparison of one vCPU. */
function count(tally: Tally, one: Case, registers: number, pages: bigint, pairs: Pairs): void {
  const names = ['', `ranges/${registers}/`];
  for (const name of names) tally.add(sumOf(one, `${name}compared`));
  tally.add('states');
  if (pages === 0n) return;
  for (const name of names) {
    tally.add(sumOf(one, `${name}differing`));
    tally.add(sumOf(one, `${name}pages`), pages);
  }
  for (const [name, count] of pairs) tally.add(sumOf(one, `pairs/${name}`), count);
  tally.least(sumOf(one, 'differing'), one.point);
  tally.finding({ point: String(one.point), registers, pages: String(pages), text: pairsText(pairs) });
}

/** Compares. */
export function askCompare(context: AskContext): PointAsker {
  const { spec, world, tally, rows } = context;
  const against: Policy = againstOf(spec);
  const askVcpu = async (one: Case, { id, vcpu }: AskedVcpu): Promise<void> => {
    const comparison = await withView(context, one, vcpu, one.policy, (own) => {
      const other = own.sibling(vcpu, against);
      try {
        verify(context, one, own);
        const { pages, compared, matrix } = world.evaluator.compare(other, own, spec.want);
        return { pages, compared, pairs: differingPairs(spec, { matrix } as Comparison) };
      } finally {
        other.dispose();
      }
    });
    if (!comparison) return;
    const { pages, compared, pairs } = comparison;
    const registers = enabledRanges(vcpu);
    count(tally, one, registers, pages, pairs);
    const text = pairsText(pairs);
    await tally.answer(`${one.point} ${id} ${pages} ${text}`);
    if (spec.keep === 'none' || (spec.keep === 'findings' && pages === 0n)) return;
    const table = pages === 0n ? 'points' : 'findings';
    rows.add(table, one, COLUMNS, { vcpu: id, registers, differing: pages, compared, pairs: text });
  };
  return async (one) => {
    for (const vcpu of one.vcpus) await askVcpu(one, vcpu);
  };
}
