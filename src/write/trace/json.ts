/** What came of a trace as JSON, `eptsweep/trace@2`, and a decoded entry, `eptsweep/entry@2`. */
import type { Policy } from '../../policy/index.ts';
import {
  causesOf,
  chosenPolicy,
  type DecodedEntry,
  type OddLines,
  type PolicyMatch,
  type Said,
  type Stretch,
  type TraceReport,
  type Wrong,
} from '../../trace/index.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { ndjsonLines } from '../format/ndjson.ts';
import { type Basis, basisOf, headJson, programJson, schemaName } from '../json/basis.ts';
import { eptJson, exactJson, policyJson, rangeJson } from '../json/vocabulary.ts';
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
    gfn,
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
    policies: policies.map(policyJson),
    ...(ruledOut.length > 0 && { ruledOut: ruledOut.map(policyJson) }),
    wrongEntries: wrong,
  };
}

function distinctionsValue({ distinctions }: TraceReport): JsonValue {
  return distinctions.map(({ a, b, want, range, answers, pages }) => ({
    policies: [a, b].map(([first]) => (first ? policyJson(first) : null)),
    want,
    range: rangeJson(range),
    answers: answers.map(({ type, ipat, level }) =>
      want === 'ept' ? eptJson({ type: type!, ipat: ipat! }) : { level: level ?? 0 },
    ),
    pages: exactJson(pages),
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
    splits: source.splits,
    otherEvents: source.otherEvents,
    lostEvents: source.lostEvents,
    foreignEntries: source.foreignEntries,
    truncated: oddValue(source.truncated),
    overlong: oddValue(source.overlong),
  };
}

/** What a trace was held against; nothing where it lies outside of the model. */
export function traceBasis({ vm, vcpus, assumptions, outside, fits }: TraceReport): Basis {
  const policy = outside ? vm.policy : chosenPolicy(fits[0]!);
  return basisOf(vm, policy, { assumptions, ...(vcpus.named !== undefined && { vcpus: vcpus.ids }) });
}

function headOf(what: string, report: TraceReport): Record<string, JsonValue> {
  const { source, vcpus, outside } = report;
  const head = headJson(what, traceBasis(report));
  return {
    ...head,
    policy: outside ? null : head.policy!,
    file: source.file,
    format: source.format,
    states: vcpus.states,
    statesJudged: vcpus.judged,
    vcpu: vcpus.named ?? null,
    outside: outside ?? null,
  };
}

/** A line that says what of, and one a stretch. */
export function traceNdjsonLines(report: TraceReport, rows: readonly Stretch[]): Iterable<string> {
  return ndjsonLines(headOf('trace-lines', report), STRETCH_COLUMNS, rows);
}

/**
 * Lines of one JSON object.
 *
 * @param limit - stretches that are listed
 */
export function* traceJsonLines(report: TraceReport, limit: number): Generator<string, void, undefined> {
  const { outside, fits, best, isNamed, refused } = report;
  const [fit] = fits;
  const findings = fit!.candidate.findings;
  const stretches = outside ? [] : findings.stretches();
  const wrong = outside ? 0 : findings.entries;
  const head = {
    ...headOf('trace', report),
    ...countsValue(report),
    ...(!isNamed &&
      !outside && {
        fits: fits.map(matchValue),
        best: best.flatMap(({ policies }) => policies.map(policyJson)),
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
    schema: schemaName('entry'),
    provenance: programJson(policy?.assumptions),
    ...(place.line !== undefined && { line: place.line }),
    ...(place.gfn !== undefined && { gfn: place.gfn }),
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
    pfn: exactJson(one.pfn),
    ...(one.generation !== undefined && { generation: one.generation }),
    ...(policy && { policy: policyJson(policy) }),
  };
}
