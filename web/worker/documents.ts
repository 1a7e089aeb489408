/** Questions whose answer is a document of the program's. */
import {
  assumedSentences,
  checkReport,
  explainDocument,
  explainReport,
  explainReportLines,
  MAP_LIMITS,
  mapJob,
  mapWants,
  peerDocument,
  peerReport,
  peerReportLines,
} from '../../src/answer/index.ts';
import { type Evaluator, frameCount, share, vcpuOf, WB } from '../../src/index.ts';
import { openView, restingOn } from '../../src/open/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { DESIGNS, type Design } from '../../src/share/index.ts';
import {
  basisOf,
  checkJson,
  type JsonObject,
  mapLines,
  mapSvg,
  shareJsonLines,
} from '../../src/write/index.ts';
import type { OpenLane, OpenMachine } from './machine.ts';
import type { Documented, Questions, Why } from './protocol.ts';
import { lanesOfChanges } from './would-change.ts';

type Ask<Name extends keyof Questions> = Questions[Name]['ask'];

/** A picture as the program makes it where nothing else is asked. */
const PICTURE = { scale: 'log', width: 720 } as const;

/** A document that the writers give as lines. */
function parsed(lines: Iterable<string>): JsonObject {
  return JSON.parse([...lines].join('\n')) as JsonObject;
}

/** Why a page has its type. */
export function whyOf(evaluator: Evaluator, open: OpenLane, { lane, gfn, pat = WB }: Ask<'explain'>): Why {
  const { opened: input, policy, index } = open;
  const { opened } = restingOn(input, [policy], ['effective', 'leaf']);
  const range = { start: gfn, end: gfn + 1 };
  const question = { policy, range, vcpu: index, pat, limit: 16, changes: true };
  if (policy.peer) {
    const report = peerReport(opened, evaluator, question);
    const document = peerDocument(report, opened, evaluator, question);
    return { document, lines: peerReportLines(report, question, false), lanes: [] };
  }
  const report = explainReport(opened, evaluator, question);
  const document = explainDocument(report, opened, evaluator, question);
  const lines = [...explainReportLines(report, opened, question, false)];
  return { document, lines, lanes: lanesOfChanges(document, lane, open) };
}

/** What `check` finds. */
export function checked(evaluator: Evaluator, machine: OpenMachine, ask: Ask<'check'>): Documented {
  const policy = ask.policy === undefined ? undefined : policyFromText(ask.policy);
  const { opened } = machine;
  const report = checkReport(opened, evaluator, { file: opened.vm.name, policy });
  return { document: checkJson(report) as unknown as JsonObject, said: assumedSentences([policy]) };
}

/** On which pages vCPUs disagree, and what designs make of it. */
export function shared(evaluator: Evaluator, machine: OpenMachine, ask: Ask<'share'>): Documented {
  const { vm } = machine.opened;
  const policy = ask.policy === undefined ? vm.policy : policyFromText(ask.policy);
  const { opened, said } = restingOn(machine.opened, [policy], ['leaf']);
  const { designs, limit = Number.POSITIVE_INFINITY, range } = ask;
  const sharing = share(vm, {
    policy,
    range: range ?? { start: 0, end: frameCount(vm.maxphyaddr) },
    ...(designs && { designs: DESIGNS.filter((one: Design) => designs.includes(one)) }),
    open: (index, under) => openView(evaluator, opened, index, under),
  });
  const document = parsed(shareJsonLines(sharing, basisOf(vm, policy, opened), limit));
  return { document, said: [...said, ...assumedSentences([{ vcpu: vcpuOf(vm, 0), policy }])] };
}

/** Lines of a map in one of the program's formats. */
export async function mapText(
  evaluator: Evaluator,
  { opened: input, policy, index }: OpenLane,
  ask: Ask<'export'>,
): Promise<Iterable<string>> {
  const { pat = WB, format, limit = MAP_LIMITS[format], range } = ask;
  const wants = mapWants(input, policy, ask.wants);
  const { opened } = restingOn(input, [policy], wants);
  const whole = { start: 0, end: frameCount(opened.vm.maxphyaddr) };
  const job = await mapJob(opened, evaluator, {
    ...{ policy, index, wants, pat, limit },
    range: range ?? whole,
    by: 'gpa',
  });
  return disposing(job.view, format === 'svg' ? mapSvg(job, PICTURE) : mapLines(job, format));
}

/** Lines whose view goes with the last of them. */
function* disposing(view: { dispose(): void }, lines: Iterable<string>): Generator<string, void, undefined> {
  try {
    yield* lines;
  } finally {
    view.dispose();
  }
}
