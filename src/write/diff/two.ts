/** A diff of two sides: differing spans, pages by pair of answers, raw registers beside the effect. */

import {
  CauseFinder,
  compareViews,
  isSameAnswer,
  type RawDifference,
  rawDifferences,
} from '../../diff/index.ts';
import type { OpenedSide } from '../../diff/side.ts';
import type { Disagreement } from '../../fuzz/index.ts';
import type { GfnRange, PatType, Want } from '../../types.ts';
import type { Comparison, Difference, Query } from '../../vm/index.ts';
import { countText, hexText, pagesText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { csvLines } from '../format/csv.ts';
import type { Format } from '../format/formats.ts';
import { jsonLines, rowObject } from '../format/json.ts';
import { markdownLines } from '../format/markdown.ts';
import { ndjsonLines } from '../format/ndjson.ts';
import type { By } from '../format/range-columns.ts';
import { type TableOptions, type TextStyle, tableLines } from '../format/table.ts';
import { disagreementText } from '../fuzz/words.ts';
import type { Basis } from '../json/basis.ts';
import { exactJson } from '../json/vocabulary.ts';
import type { DiffOutput } from './output.ts';
import { hasLost, type RestoredJob, restoredJson, restoredLines } from './restored.ts';
import { causesText, type DiffRow, diffColumns, matrixColumns } from './rows.ts';
import { askedJson, sideJson, sidesText, sidesTexts } from './sides.ts';

/** What is compared, resolved. */
export interface TwoSidedJob {
  readonly title: string;
  /** Of the config's own side. */
  readonly basis: Basis;
  /** Ids of the vCPUs that these rows are of, where several states are answered. */
  readonly ids?: readonly number[] | undefined;
  readonly want: Want;
  readonly query: Query & { readonly range: GfnRange; readonly pat: PatType };
  readonly by: By;
  readonly limit: number;
  readonly sides: readonly [OpenedSide, OpenedSide];
  /** Whether the sides are two setups of one engine, so that there is a cause to be found. */
  readonly hasCauses: boolean;
  /** Whether raw registers are compared too. */
  readonly hasRaw: boolean;
  /** Frames that only one side has. */
  readonly beyond: number;
  /** Of two engines: all else that they answer differently, about the first frames of the range. */
  readonly disagreements: readonly Disagreement[];
  /** Of two saved states of a VM: what did not come back, of all vCPUs. */
  readonly restored?: RestoredJob | undefined;
}

/** Both sides held against each other; undefined where one of them refuses a write. */
interface Result {
  readonly job: TwoSidedJob;
  readonly comparison: Comparison | undefined;
  readonly raw: readonly RawDifference[] | undefined;
}

function resultOf(job: TwoSidedJob): Result {
  const [a, b] = job.sides;
  const areViews = a.source === a.view && b.source === b.view;
  const engine = a.engine === b.engine && areViews ? a.engine : undefined;
  const comparison =
    a.source && b.source ? compareViews(a.source, b.source, job.want, job.query, engine) : undefined;
  return { job, comparison, raw: job.hasRaw ? rawDifferences(a.vcpu, b.vcpu) : undefined };
}

/** Whether the two sides differ in anything that counts. */
function differs({ job, comparison }: Result): boolean {
  const hasLosses = job.restored !== undefined && hasLost(job.restored);
  return hasLosses || !comparison || comparison.pages > 0n || job.beyond > 0 || job.disagreements.length > 0;
}

/** Differing spans with their causes, up to a limit. */
class DiffRows implements Iterable<DiffRow> {
  isTruncated = false;
  readonly #job: TwoSidedJob;
  readonly #differences: () => Iterable<Difference>;

  constructor(job: TwoSidedJob, differences: () => Iterable<Difference>) {
    this.#job = job;
    this.#differences = differences;
  }

  *[Symbol.iterator](): Generator<DiffRow, void, undefined> {
    const { sides, want, query, limit, hasCauses } = this.#job;
    const [a, b] = sides;
    const finder = hasCauses ? new CauseFinder(a.engine, a, b, want, query.pat) : undefined;
    let before: string | undefined;
    let listed = 0;
    try {
      for (const span of this.#differences()) {
        if (listed++ === limit) {
          this.isTruncated = true;
          return;
        }
        const causes = finder ? [finder.causeAt(span.start)] : [];
        const text = causesText(causes);
        const { start, end } = span;
        yield { start, end, answers: [span.a, span.b], causes, isSameCause: text === before };
        before = text;
      }
    } finally {
      finder?.dispose();
    }
  }
}

function rawText(raw: readonly RawDifference[], isEffectSame: boolean): string {
  const names = raw.map(({ name, msr }) => `${name} ${hexText(msr)}`).join(', ');
  const count = raw.length === 1 ? '1 register differs' : `${raw.length} registers differ`;
  const effect = isEffectSame ? 'identical' : 'differs';
  return `raw: ${raw.length > 0 ? `${count} (${names})` : 'no register differs'}; effect: ${effect}`;
}

function refusalText({ label, fault }: OpenedSide): string {
  return fault ? `${label}: ${fault.message}` : `${label}: accepts every write`;
}

function summary({ comparison }: Result): string {
  const { pages, compared } = comparison!;
  if (pages === 0n) return `no page differs of ${countText(compared)} (${pagesText(compared)})`;
  return `${countText(pages)} of ${countText(compared)} pages differ (${pagesText(pages)} of ${pagesText(compared)})`;
}

function* tableText(result: Result, style: TableOptions): Generator<string> {
  const { want, query, restored } = result.job;
  yield* spansText(result, style);
  if (restored) yield* restoredLines(restored, want, query, style);
}

function* spansText(result: Result, style: TableOptions): Generator<string> {
  const { job, comparison, raw } = result;
  const [a, b] = job.sides;
  yield job.title;
  if (raw) yield rawText(raw, comparison?.pages === 0n);
  if (!comparison) {
    yield refusalText(a);
    yield refusalText(b);
    return;
  }
  yield summary(result);
  for (const disagreement of job.disagreements) yield disagreementText(disagreement);
  if (job.beyond > 0) yield `${countText(job.beyond)} more pages are in the larger space only`;
  if (comparison.pages === 0n) return;
  yield '';
  const labels = [a.label, b.label] as const;
  const { want, by, hasCauses } = job;
  const columns = diffColumns({ want, by, names: ['a', 'b'], labels, hasCauses, forPeople: true });
  const rows = new DiffRows(job, () => comparison.spans());
  yield* tableLines(columns, rows, style);
  if (rows.isTruncated) yield `... and more spans; --limit lists more, the counts are of all`;
  yield '';
  const cells = comparison.matrix.filter((cell) => want === 'leaf' || !isSameAnswer(cell.a, cell.b));
  yield* tableLines(matrixColumns(want, labels), cells, style);
}

function headOf(what: string, result: Result): Record<string, JsonValue | undefined> {
  const { job, comparison, raw } = result;
  const { want, query, sides, beyond, disagreements, restored } = job;
  const cells = matrixColumns(want, ['a', 'b']);
  return {
    ...askedJson(what, job),
    sides: sides.map(sideJson),
    differs: differs(result),
    ...(comparison && { pages: exactJson(comparison.pages), compared: exactJson(comparison.compared) }),
    ...(beyond > 0 && { pagesOfOneSideOnly: beyond }),
    ...(disagreements.length > 0 && { otherwise: disagreements.map(disagreementText) }),
    ...(raw && {
      raw: raw.map(({ name, msr, a, b }) => ({ name, msr: hexText(msr), a: hexText(a), b: hexText(b) })),
    }),
    ...(restored && { restored: restoredJson(restored, want, query) }),
    ...(comparison && { matrix: comparison.matrix.map((cell) => rowObject(cells, cell)) }),
  };
}

function sidesMetadata({ basis, sides }: TwoSidedJob): Record<string, string> {
  const side = (key: string, { label, policy, engine, fault }: OpenedSide) => ({
    [key]: label,
    [`${key}.policy`]: policy.name,
    [`${key}.engine`]: engine.engine,
    ...(fault && { [`${key}.refuses`]: hexText(fault.msr) }),
  });
  return { ...sidesTexts(basis, sides), ...side('a', sides[0]), ...side('b', sides[1]) };
}

/** Compares two sides. */
export function twoSidedOutput(job: TwoSidedJob, format: Format, style: TextStyle = {}): DiffOutput {
  const result = resultOf(job);
  const found = differs(result);
  const { want, by, hasCauses, basis } = job;
  const names = ['a', 'b'];
  const columns = diffColumns({ want, by, names, labels: names, hasCauses, forPeople: false });
  const rows = new DiffRows(job, () => result.comparison?.spans() ?? []);
  const common = { differs: found, isTruncated: () => rows.isTruncated };
  const lines = (text: Iterable<string>): DiffOutput => ({ kind: 'lines', lines: text, ...common });
  switch (format) {
    case 'table':
      return lines(tableText(result, style));
    case 'markdown':
      return lines(markdownLines(tableText(result, { markdown: true })));
    case 'json': {
      const tail = () => (rows.isTruncated ? { truncated: true } : {});
      return lines(jsonLines({ head: headOf('diff', result), list: 'spans', columns, rows, tail }));
    }
    case 'ndjson':
      return lines(
        ndjsonLines(headOf('diff-lines', result), columns, rows, {
          ...(job.ids && { trailing: { vcpus: job.ids } }),
          isTruncated: common.isTruncated,
        }),
      );
    case 'csv':
      return lines(csvLines(columns, rows, sidesTexts(basis, job.sides)));
    case 'svg': {
      const sides = job.sides.map((side) => ({ label: side.label, side }));
      const metadata = sidesText(basis, job.sides);
      return { kind: 'svg', ...common, picture: { ...job, summary: summary(result), sides, metadata } };
    }
    case 'parquet': {
      const metadata = () => ({ ...sidesMetadata(job), ...(rows.isTruncated && { truncated: 'true' }) });
      return { kind: 'parquet', ...common, parquet: { want, by, names, hasCauses, rows, metadata } };
    }
  }
}
