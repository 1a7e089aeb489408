/** `compare`: on which points, and on how many pages, a policy answers otherwise than the one that it is held against. */
import { answerText } from '../../diff/index.ts';
import type { Answer, Want } from '../../types.ts';
import { type AskedVcpu, againstOf, type Case } from '../cases.ts';
import type { OwnColumns } from '../rows.ts';
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

/** Pages that differ, by pair of answers: `UC>WB` is UC by the policy against, WB by the point's. */
export type Pairs = ReadonlyMap<string, bigint>;

/** A matrix of pairs of answers. */
export type Matrix = readonly { readonly a: Answer; readonly b: Answer; readonly pages: bigint }[];

/** The pairs of a matrix that differ. */
export function differingPairs(want: Want, matrix: Matrix): Pairs {
  const pairs = new Map<string, bigint>();
  for (const { a, b, pages } of matrix) {
    const [against, own] = [answerText(want, a), answerText(want, b)];
    if (against !== own) pairs.set(`${against}>${own}`, (pairs.get(`${against}>${own}`) ?? 0n) + pages);
  }
  return pairs;
}

/** `UC>WB 512, WB>UC 3`, most pages first. */
export function pairsText(pairs: Pairs): string {
  const sorted = [...pairs].sort(([x, a], [y, b]) => (a === b ? (x < y ? -1 : 1) : a > b ? -1 : 1));
  return sorted.map(([name, pages]) => `${name} ${pages}`).join(', ');
}

/** One vCPU of a point, compared. */
export interface Compared {
  readonly registers: number;
  /** Pages that differ, and all that were compared. */
  readonly pages: bigint;
  readonly compared: bigint;
  readonly pairs: Pairs;
}

/** Compares one vCPU; undefined where it is refused, which is then counted. */
export function compareVcpu(
  context: AskContext,
  one: Case,
  { vcpu }: AskedVcpu,
): Promise<Compared | undefined> {
  const { spec, world } = context;
  return withView(context, one, vcpu, one.policy, (own) => {
    const other = own.sibling(vcpu, againstOf(spec));
    try {
      verify(context, one, own);
      const { pages, compared, matrix } = world.evaluator.compare(other, own, spec.want);
      return { registers: enabledRanges(vcpu), pages, compared, pairs: differingPairs(spec.want, matrix) };
    } finally {
      other.dispose();
    }
  });
}

function count(tally: Tally, one: Case, { registers, pages, pairs }: Compared): void {
  const names = ['', `ranges/${registers}/`];
  for (const name of names) tally.add(sumOf(one, `${name}compared`));
  tally.add('states');
  if (pages === 0n) return;
  for (const name of names) {
    tally.add(sumOf(one, `${name}differing`));
    tally.add(sumOf(one, `${name}pages`), pages);
  }
  for (const [name, pagesOfPair] of pairs) tally.add(sumOf(one, `pairs/${name}`), pagesOfPair);
  tally.least(sumOf(one, 'differing'), one.point);
  tally.finding({ point: String(one.point), registers, pages: String(pages), text: pairsText(pairs) });
}

/** Adds the row of a comparison, where it is to be kept. */
export function keepRow({ spec, rows }: AskContext, one: Case, vcpu: number, compared: Compared): void {
  const differs = compared.pages > 0n;
  if (spec.keep === 'none' || (spec.keep === 'findings' && !differs)) return;
  const { registers, pages, pairs } = compared;
  const cells = { vcpu, registers, differing: pages, compared: compared.compared, pairs: pairsText(pairs) };
  rows.add(differs ? 'findings' : 'points', one, COLUMNS, cells);
}

/** Compares. */
export function askCompare(context: AskContext): PointAsker {
  const { tally } = context;
  return async (one) => {
    for (const asked of one.vcpus) {
      const compared = await compareVcpu(context, one, asked);
      if (!compared) continue;
      count(tally, one, compared);
      keepRow(context, one, asked.id, compared);
      await tally.answer(`${one.point} ${asked.id} ${compared.pages} ${pairsText(compared.pairs)}`);
    }
  };
}
