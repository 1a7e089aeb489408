/** What came of a trace as JSON, `eptsweep/trace@1`, and a decoded entry, `eptsweep/entry@1`. */
import type { Policy } from '../../policy/index.ts';
import {
  causesOf,
  chosenPolicy,
  type DecodedEntry,
  type OddLines,
  type PolicyMatch,
  type Said,
  type TraceReport,
  type Wrong,
} from '../../trace/index.ts';
import { typeName } from '../../types.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { entryTypeName, STRETCH_COLUMNS } from './words.ts';

function saidValue({ type, ipat, level }: Said): JsonValue {
  return {
    type: type === undefined ? null : entryTypeName(type),
    ipat: type === undefined ? null : ipat === 1,
    level: level === 0 ? null : level,
  };
}

function oddValue({ count, first }: OddLines): JsonValue {
  return { count, ...(first && { firstLine: first.line, firstText: first.text }) };
}

function wrongValue(wrong: Wrong, why: readonly string[]): JsonValue {
  const { line, gfn, level, entry, causes, found, expected } = wrong;
  return {
    line,
    gfn: hexText(gfn),
    level,
    entry: hexText(entry),
    causes: [...causesOf(causes)],
    found: saidValue(found),
    expected: saidValue(expected),
    why: [...why],
  };
}

function matchValue({ policies, ruledOut, wrong }: PolicyMatch): JsonValue {
  return {
    policies: policies.map(({ name }) => name),
    ...(ruledOut.length > 0 && { ruledOut: ruledOut.map(({ name }) => name) }),
    wrongEntries: wrong,
  };
}

function distinctionsValue({ distinctions }: TraceReport): JsonValue {
  return distinctions.map(({ a, b, want, range, answers, pages }) => ({
    policies: [a[0]?.name ?? null, b[0]?.name ?? null],
    want,
    range: { firstGfn: hexText(range.start), pages: range.end - range.start },
    answers: answers.map(({ type, ipat, level }) =>
      want === 'ept' ? { type: typeName(type!), ipat: ipat === 1 } : { level: level ?? 0 },
    ),
    pages: Number(pages),
  }));
}

function countsValue({ source, tally, apicPages }: TraceReport): { readonly [key: string]: JsonValue } {
  return {
    lines: source.lines,
    entries: tally.entries,
    smm: tally.smm,
    kinds: {
      leaf: tally.kind('leaf'),
      nonLeaf: tally.kind('non-leaf'),
      notPresent: tally.kind('not-present'),
      removed: tally.kind('removed'),
      mmio: tally.kind('mmio'),
    },
    leaves: tally.leaves().map(({ level, type, ipat, entries }) => ({
      level,
      type: entryTypeName(type),
      ipat: ipat === 1,
      entries,
    })),
    writeProtected: tally.writeProtected,
    notExecutable: tally.notExecutable,
    executeOnly: tally.executeOnly,
    accessTracked: tally.accessTracked,
    suppressVe: tally.suppressVe,
    apicPages,
    otherEvents: source.otherEvents,
    lostEvents: source.lostEvents,
    foreignEntries: source.foreignEntries,
    truncated: oddValue(source.truncated),
    overlong: oddValue(source.overlong),
  };
}

/**
 * Lines of one JSON object.
 *
 * @param limit - stretches that are listed
 */
export function* traceJsonLines(report: TraceReport, limit: number): Generator<string, void, undefined> {
  const { source, outside, fits, best, isNamed, refused, vcpus } = report;
  const [fit] = fits;
  const findings = fit!.candidate.findings;
  const stretches = outside ? [] : findings.stretches();
  const wrong = outside ? 0 : findings.entries;
  const head = {
    schema: 'eptsweep/trace@1',
    config: report.name,
    file: source.file,
    format: source.format,
    maxphyaddr: report.maxphyaddr,
    vcpus: { count: vcpus.count, states: vcpus.states, judged: vcpus.judged, named: vcpus.named ?? null },
    ...countsValue(report),
    outside: outside ?? null,
    policy: outside ? null : chosenPolicy(fit!).name,
    ...(!isNamed &&
      !outside && {
        fits: fits.map(matchValue),
        best: best.flatMap(({ policies }) => policies.map(({ name }) => name)),
        apart: distinctionsValue(report),
        ...(refused.length > 0 && { refused: [...refused] }),
      }),
    undefinedTypes: fit!.candidate.undefinedTypes,
    wrongEntries: wrong,
    causes: outside
      ? []
      : findings
          .causes()
          .map(({ id, entries, stretches: count, pages }) => ({ id, entries, stretches: count, pages })),
    first: findings.first && !outside ? wrongValue(findings.first, report.why) : null,
    stretchCount: stretches.length,
  };
  const tail = () => ({
    ...(stretches.length > limit && { truncatedList: true }),
    ...(findings.dropped > 0 && { droppedEntries: findings.dropped }),
  });
  yield* jsonLines({
    head,
    list: 'stretches',
    columns: STRETCH_COLUMNS,
    rows: stretches.slice(0, limit),
    tail,
  });
}

/**
 * A decoded entry; keys of the place are left out where it has none.
 *
 * @param policy - whose layout was asked for
 */
export function entryJson(
  one: DecodedEntry,
  place: { line?: number; gfn?: number; space?: number },
  policy?: Policy,
): JsonValue {
  return {
    schema: 'eptsweep/entry@1',
    ...(place.line !== undefined && { line: place.line }),
    ...(place.gfn !== undefined && { gfn: hexText(place.gfn) }),
    ...(place.space !== undefined && { addressSpace: place.space }),
    level: one.level,
    entry: hexText(one.entry),
    kind: one.kind,
    read: one.read,
    write: one.write,
    execute: one.execute,
    type: one.type === undefined ? null : entryTypeName(one.type),
    ipat: one.type === undefined ? null : one.ipat,
    large: one.large,
    accessed: one.accessed,
    dirty: one.dirty,
    userExecute: one.userExecute,
    mmuPresent: one.mmuPresent,
    hostWritable: one.hostWritable,
    mmuWritable: one.mmuWritable,
    adType: one.adType,
    accessTracked: one.accessTracked,
    suppressVe: one.suppressVe,
    pfn: hexText(one.pfn),
    ...(one.generation !== undefined && { generation: one.generation }),
    ...(policy && {
      policy: policy.name,
      ...(policy.assumptions.length > 0 && { assumed: policy.assumptions }),
    }),
  };
}
