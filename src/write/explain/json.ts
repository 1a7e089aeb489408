/** Explanations as JSON: `eptsweep/explain@2`. */
import type {
  Access,
  Change,
  ChangeEffect,
  EntryStory,
  Explanation,
  FrameAnswer,
  HostFacts,
  KnownRegisters,
  KvmStory,
  LevelObstacle,
  LevelTry,
  LinuxStory,
  ManualStory,
  RegisterMatch,
} from '../../explain/index.ts';
import { policy as policyNamed } from '../../policy/index.ts';
import { type GfnRange, type PatType, typeName } from '../../types.ts';
import type { Evidence } from '../../vm/index.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { hostFactsJson } from '../host-facts.ts';
import { type Basis, evidenceJson, headJson } from '../json/basis.ts';
import {
  addressJson,
  eptJson,
  type JsonObject,
  msrJson,
  policyJson,
  rangeJson,
  entryJson as rawEntryJson,
} from '../json/vocabulary.ts';
import { hostLinuxJson } from './linux-host.ts';
import { changeText } from './words.ts';

/** How the registers are known; undefined where a config or preset states them. */
type Known = KnownRegisters | undefined;

function optionalEvidence(evidence: Evidence | undefined): JsonObject | undefined {
  return evidence && evidenceJson(evidence);
}

/** Without the members that are undefined. */
function compact(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** An answer; JSON's counterpart of {@link FrameAnswer}. */
function answerJson({ type, ipat, level, effective }: FrameAnswer): JsonObject {
  return { ...eptJson({ type, ipat }), level, effective: typeName(effective) };
}

function registerJson(match: RegisterMatch, known: Known): JsonObject {
  const { kind, name, msrs, type, range, index, base, mask, hasHoles, byte } = match;
  return compact({
    kind,
    name,
    msrs: msrs.map((msr) => hexText(msr)),
    type: typeName(type),
    range: rangeJson(range),
    index,
    base: base === undefined ? undefined : hexText(base),
    mask: mask === undefined ? undefined : hexText(mask),
    hasHoles,
    byte,
    evidence: optionalEvidence(known?.of(match)),
  });
}

function manualJson(
  { rule, precedence, matches, misses, types, type }: ManualStory,
  known: Known,
): JsonObject {
  return compact({
    type: typeName(type),
    rule,
    precedence,
    types: types.map(typeName),
    matches: matches.map((match) => registerJson(match, known)),
    misses,
    evidence: rule === 'disabled' ? optionalEvidence(known?.enables) : undefined,
  });
}

function kvmJson({ rule, steps, unseen, matches, misses, types, type }: KvmStory, known: Known): JsonObject {
  return {
    type: typeName(type),
    rule,
    types: types.map(typeName),
    matches: matches.map((match) => registerJson(match, known)),
    steps: steps.map((step) => ({
      register: step.register.name,
      sees: typeName(step.register.type),
      rule: step.rule,
      type: typeName(step.type),
    })),
    unseen: unseen.map((match) => registerJson(match, known)),
    misses,
  };
}

function obstacleJson(obstacle: LevelObstacle, known: Known): JsonObject {
  const registersJson = (list: readonly RegisterMatch[]) => list.map((match) => registerJson(match, known));
  switch (obstacle.kind) {
    case 'slot-edge': {
      const { gfn, count } = obstacle.slot;
      return { kind: obstacle.kind, slot: rangeJson({ start: gfn, end: gfn + count }) };
    }
    case 'mmio-mixed':
    case 'mmio-4k':
      return { kind: obstacle.kind, ranges: obstacle.ranges.map((range) => rangeJson(range)) };
    case 'types-differ': {
      const { kind, type, other, at } = obstacle;
      return { kind, type: typeName(type), other: typeName(other), at: addressJson(at) };
    }
    case 'types-mixed': {
      const { kind, types, registers, isFalseAlarm } = obstacle;
      return { kind, types: types.map(typeName), registers: registersJson(registers), isFalseAlarm };
    }
    case 'gap': {
      const { kind, type, defaultType, registers, isFalseAlarm } = obstacle;
      const names = { type: typeName(type), defaultType: typeName(defaultType) };
      return { kind, ...names, registers: registersJson(registers), isFalseAlarm };
    }
    default:
      return { ...obstacle };
  }
}

function tryJson({ level, region, obstacles }: LevelTry, known: Known): JsonObject {
  return {
    level,
    region: rangeJson(region),
    obstacles: obstacles.map((obstacle) => obstacleJson(obstacle, known)),
  };
}

function entryJson({ entry, gfn, pfn, fields }: EntryStory): JsonObject {
  return {
    entry: rawEntryJson(entry),
    gfn,
    pfn,
    fields: fields.map(({ bits, name, value }) => ({ bits, name, value: hexText(value) })),
  };
}

function accessJson({ pat, type, wasUndefined }: Access): JsonObject {
  return { pat: typeName(pat), type: typeName(type), formerlyUndefined: wasUndefined };
}

function changeJson(change: Change): JsonObject {
  if (change.kind === 'host-mmio') return { ...change, range: rangeJson(change.range) };
  if (change.kind === 'vcpu') return { kind: change.kind, vcpus: change.ids };
  if (change.kind === 'policy') return { kind: change.kind, policy: policyJson(policyNamed(change.name)) };
  if ('msr' in change) return { ...change, msr: hexText(change.msr) };
  return { ...change };
}

function effectJson({ change, differs, answer, fault }: ChangeEffect): JsonObject {
  return compact({
    change: changeJson(change),
    text: changeText(change),
    differs,
    answer: answer ? answerJson(answer) : null,
    refused: fault && msrJson(fault),
  });
}

function linuxJson({ rule, granted, pciHole }: LinuxStory): JsonObject {
  const hole = pciHole && { pciHole: rangeJson(pciHole) };
  return { rule, writeBackRequestGets: typeName(granted), ...hole };
}

/**
 * An explanation as a JSON value; the members are those of {@link Explanation}.
 *
 * @param span - the frames that share it
 * @param vcpus - ids of the vCPUs that share it
 * @param known - how the registers of a dump are known
 */
export function explanationJson(
  explanation: Explanation,
  span: GfnRange,
  vcpus: readonly number[],
  known?: KnownRegisters,
): JsonObject {
  const { gfn, answer, manual, kvm, usesMtrr, ept, level, entry, access, linux, hostLinux } = explanation;
  const { slot } = level;
  return compact({
    gpa: addressJson(gfn),
    gfn,
    range: rangeJson(span),
    vcpus,
    answer: answerJson(answer),
    slot: slot
      ? {
          range: rangeJson({ start: slot.gfn, end: slot.gfn + slot.count }),
          pfn: slot.pfn,
          readonly: slot.readonly,
          maxLevel: slot.maxLevel,
        }
      : null,
    mtrr: compact({
      manual: manualJson(manual, known),
      kvm: kvm && kvmJson(kvm, known),
      decidesEpt: usesMtrr,
    }),
    guestLinux: linux && linuxJson(linux),
    hostLinux: hostLinux && hostLinuxJson(hostLinux),
    ept: {
      ...eptJson(ept),
      steps: ept.steps.map(({ commits, ...step }) =>
        compact({ ...step, commits: commits.map(({ id }) => id) }),
      ),
    },
    level: {
      level: level.level,
      asksMtrr: level.asksMtrr,
      tries: level.tries.map((one) => tryJson(one, known)),
    },
    entry: entry ? entryJson(entry) : null,
    access: {
      rule: access.rule,
      ...(access.hostType !== undefined && { hostMtrr: typeName(access.hostType) }),
      byType: access.byType.map(accessJson),
      patMsr: hexText(access.pat),
      ...(known?.pat && { patEvidence: evidenceJson(known.pat) }),
      byIndex: access.byIndex.map(accessJson),
    },
    wouldChange: explanation.changes?.map(effectJson),
    wouldChangeGuestMtrr: explanation.guestChanges?.map(({ change, type }) => ({
      change: changeJson(change),
      text: changeText(change),
      type: typeName(type),
    })),
  });
}

/** What is said of all explanations of a document. */
export interface ExplainedAll {
  /** What a dump says of its machine beside the MTRRs. */
  readonly host?: HostFacts | undefined;
  readonly basis: Basis;
  readonly engine: string;
  /** PAT type of the accesses that are told; undefined for a peer, of which none are. */
  readonly pat: PatType | undefined;
  readonly explanations: readonly JsonValue[];
  /** There are more stretches than were asked for. */
  readonly moreSpans: boolean;
  /** States of vCPUs that were not looked at. */
  readonly statesLeft: number;
}

/** The document. */
export function explainJson(all: ExplainedAll): JsonObject {
  const { basis, engine, pat, host, explanations, moreSpans, statesLeft } = all;
  return {
    ...headJson('explain', basis),
    engine,
    ...(pat !== undefined && { pat: typeName(pat) }),
    ...(host && { host: hostFactsJson(host) }),
    explanations,
    ...(moreSpans && { truncated: true }),
    ...(statesLeft > 0 && { vcpuStatesLeftOut: statesLeft }),
  };
}
