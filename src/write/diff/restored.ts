/** What a restore lost, in words and as JSON: registers, and the pages that change by them. */
import { compareViews, isSameAnswer, type RegisterLoss, type Restored } from '../../diff/index.ts';
import type { OpenedSide } from '../../diff/side.ts';
import { msrName } from '../../msr/index.ts';
import type { Want } from '../../types.ts';
import type { Comparison, Query } from '../../vm/index.ts';
import { counted, countText, hexText, idsText, listed, pagesText } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { rowObject } from '../format/json.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { exactJson, type JsonObject } from '../json/vocabulary.ts';
import { matrixColumns } from './rows.ts';

/** What came of a restore, with the two sides of the first vCPU of each kind of loss. */
export interface RestoredJob {
  readonly report: Restored;
  /** One pair for each of `report.losses`. */
  readonly sides: readonly (readonly [OpenedSide, OpenedSide])[];
}

interface LossRow extends RegisterLoss {
  readonly ids: readonly number[];
}

const COLUMNS: readonly Column<LossRow>[] = [
  { name: 'vcpus', title: 'vCPU', text: ({ ids }) => idsText(ids), value: () => undefined },
  { name: 'register', title: 'register', text: ({ msr }) => msrName(msr), value: ({ msr }) => msrName(msr) },
  { name: 'msr', title: 'MSR', text: ({ msr }) => hexText(msr), value: ({ msr }) => hexText(msr) },
  {
    name: 'before',
    title: 'before',
    text: ({ before }) => hexText(before),
    value: ({ before }) => hexText(before),
  },
  {
    name: 'after',
    title: 'after',
    text: ({ after }) => (after === undefined ? '-' : hexText(after)),
    value: ({ after }) => (after === undefined ? undefined : hexText(after)),
  },
  { name: 'what', title: 'what happened', text: ({ text }) => text, value: ({ kind }) => kind },
  { name: 'text', title: '', text: () => '', value: ({ text }) => text },
];
/** Those that a table shows: what happened is there in words alone. */
const SHOWN = COLUMNS.slice(0, -1);
/** Those of JSON: the vCPUs stand above the list. */
const TOLD = COLUMNS.slice(1);

/** `vCPU 1-3`. */
function vcpuIdsText(ids: readonly number[]): string {
  return `vCPU ${idsText(ids)}`;
}

function cacheDisableText(was: boolean): string {
  return was
    ? 'CR0.CD was set and came back clear: the caches are on'
    : 'CR0.CD was clear and came back set: the caches are off, as at power-on';
}

/** Whether anything did not come back. */
export function hasLost({ report }: RestoredJob): boolean {
  const { losses, missing, patterns, cacheDisable } = report;
  return [losses, missing, patterns, cacheDisable].some((list) => list.length > 0);
}

function comparisonOf(
  [a, b]: readonly [OpenedSide, OpenedSide],
  want: Want,
  query: Query,
): Comparison | undefined {
  return a.source && b.source ? compareViews(a.source, b.source, want, query, a.engine) : undefined;
}

function pagesLine(
  want: Want,
  labels: readonly [string, string],
  comparison: Comparison | undefined,
): string {
  if (!comparison) return 'one of the states has a register write that is refused';
  if (comparison.pages === 0n) return 'no page changes';
  const [a, b] = matrixColumns(want, labels);
  const cells = comparison.matrix.filter((cell) => !isSameAnswer(cell.a, cell.b));
  const kinds = cells.map((cell) => `${a!.text(cell)} -> ${b!.text(cell)} ${pagesText(cell.pages)}`);
  return `${countText(comparison.pages)} of ${countText(comparison.compared)} pages change: ${listed(kinds)}`;
}

function summaryOf({ vcpus, losses, missing, cacheDisable }: Restored): string {
  const ids = losses.flatMap((one) => one.ids).sort((x, y) => x - y);
  const all = counted(vcpus.length, 'vCPU');
  if (ids.length === 0 && missing.length === 0 && cacheDisable.length === 0)
    return `restored: the MTRRs and the PAT of ${all} came back as they were saved`;
  if (ids.length === 0 && cacheDisable.length > 0)
    return `restored: the MTRRs and the PAT of ${all} came back as they were saved, CR0.CD did not`;
  if (ids.length === 0) return 'restored: what came back is as it was saved';
  const count = losses.reduce((sum, one) => sum + one.ids.length * one.registers.length, 0);
  return `restored: ${counted(count, 'register')} did not come back as ${count === 1 ? 'it was' : 'they were'} saved, on ${vcpuIdsText(ids)} of ${all}`;
}

/**
 * The report for people.
 *
 * @param want - what the pages are asked for
 */
export function* restoredLines(
  { report, sides }: RestoredJob,
  want: Want,
  query: Query,
  style: TableOptions,
): Generator<string> {
  const { losses, missing, neverSaved, patterns, cacheDisable } = report;
  yield '';
  yield summaryOf(report);
  for (const pattern of patterns) yield `looks like: ${pattern}`;
  if (missing.length > 0) yield `${vcpuIdsText(missing)}: not in the second state`;
  for (const { ids, before } of cacheDisable) yield `${vcpuIdsText(ids)}: ${cacheDisableText(before)}`;
  if (neverSaved.length > 0) {
    yield `not in the first state, so that a restore cannot bring it back: ${listed(neverSaved.map(msrName))}`;
  }
  if (losses.length === 0) return;
  yield '';
  const rows = losses.flatMap(({ ids, registers }) => registers.map((register) => ({ ...register, ids })));
  yield* tableLines(SHOWN, rows, style);
  yield '';
  for (const [index, { ids }] of losses.entries()) {
    const pair = sides[index]!;
    const line = pagesLine(want, [pair[0].label, pair[1].label], comparisonOf(pair, want, query));
    yield `${vcpuIdsText(ids)}: ${line}`;
  }
}

/** The report as JSON carries it. */
export function restoredJson({ report, sides }: RestoredJob, want: Want, query: Query): JsonObject {
  const cells = matrixColumns(want, ['a', 'b']);
  return {
    vcpus: report.vcpus,
    missing: report.missing,
    cr0cd: report.cacheDisable.map(({ ids, before }) => ({ vcpus: ids, before, after: !before })),
    neverSaved: report.neverSaved.map(msrName),
    patterns: report.patterns,
    losses: report.losses.map(({ ids, registers }, index) => {
      const comparison = comparisonOf(sides[index]!, want, query);
      return {
        vcpus: ids,
        registers: registers.map((register) => rowObject(TOLD, { ...register, ids })),
        ...(comparison && {
          pages: exactJson(comparison.pages),
          compared: exactJson(comparison.compared),
          matrix: comparison.matrix.map((cell) => rowObject(cells, cell)),
        }),
      };
    }),
  };
}
