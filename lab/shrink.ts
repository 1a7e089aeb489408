/** Makes a departure small: smaller guests are run, many in one boot, and the smallest that still departs is kept. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluator } from '../src/engine/index.ts';
import { explain } from '../src/explain/index.ts';
import type { Policy } from '../src/policy/index.ts';
import type { FollowedStep } from '../src/replay/index.ts';
import { explainLines } from '../src/write/explain/text.ts';
import type { Departure, GuestFinding } from './hold/finding.ts';
import { holdRun } from './hold/hold-run.ts';
import { readSerialLog } from './log/serial-log.ts';
import type { LabMachine } from './machine/lab-machine.ts';
import type { SmallDeparture } from './report/report.ts';
import type { LabCase } from './scenario/lab-case.ts';
import { ownEvents, type Part, partsOf, smallerCase } from './scenario/smaller.ts';
import { scenarioText } from './scenario/text.ts';

/** What it takes. */
export interface ShrinkJob {
  readonly machine: LabMachine;
  readonly evaluator: Evaluator;
  /** The model that is departed from. */
  readonly policy: Policy;
  /** The kernel's own. */
  readonly kernel: Policy;
  readonly folder: string;
  readonly say: (text: string) => void;
}

/** Boots, each of which costs a minute or more. */
const ROUNDS = 3;
/** Guests of one boot. */
const MOST_TRIES = 60;

/** A guest that departs. */
interface Found {
  readonly one: LabCase;
  readonly departure: Departure;
  readonly departing: FollowedStep | undefined;
}

function foundIn(cases: readonly LabCase[], findings: readonly GuestFinding[]): readonly Found[] {
  return findings.flatMap(({ name, departure, departing }) => {
    const one = cases.find((each) => each.name === name);
    return one && departure ? [{ one, departure, departing }] : [];
  });
}

function withoutRun(parts: readonly Part[], start: number, length: number): readonly Part[] {
  return [...parts.slice(0, start), ...parts.slice(start + length)];
}

/** Which parts to try without: halves, quarters, and so on down to single ones. */
function attempts(parts: readonly Part[]): readonly (readonly Part[])[] {
  const tries: (readonly Part[])[] = [];
  for (
    let length = Math.ceil(parts.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  ) {
    for (let start = 0; start < parts.length; start += length) tries.push(withoutRun(parts, start, length));
  }
  return tries;
}

/** From what single parts can be left out, guesses at which can go together. */
function together(parts: readonly Part[], needless: readonly Part[]): readonly (readonly Part[])[] {
  const tries: (readonly Part[])[] = [];
  for (let share = needless.length; share >= 2; share = Math.floor(share * 0.75)) {
    for (const some of [needless.slice(0, share), needless.slice(-share)]) {
      tries.push(parts.filter((part) => !some.includes(part)));
    }
  }
  return tries;
}

function sizeOf(one: LabCase): number {
  return partsOf(one).length;
}

/** The departing guest without what comes behind its departure. */
function cutBehind({ one, departure }: Found): LabCase {
  return { ...one, events: one.events.slice(0, departure.step) };
}

/** One boot, in a folder of its own: the log of the whole run stays. */
async function departing(
  cases: readonly LabCase[],
  job: ShrinkJob,
  number: number,
): Promise<readonly Found[]> {
  const { machine, kernel, evaluator, policy, folder } = job;
  const { log } = await machine.run(cases, kernel, join(folder, `small-${number}`));
  return foundIn(cases, holdRun(cases, readSerialLog(log), { evaluator, policy }));
}

/** Runs smaller guests once; returns the smallest that departs, and which single parts could go. */
async function round(best: Found, guesses: readonly (readonly Part[])[], job: ShrinkJob, number: number) {
  const whole = cutBehind(best);
  const parts = partsOf(whole);
  const tries = [...guesses, ...attempts(parts)].slice(0, MOST_TRIES);
  const cases = tries.map((kept, index) => smallerCase(whole, kept, `small-${number}-${index}`));
  job.say(
    `making ${best.departure.guest} small: boot ${number} of at most ${ROUNDS}, ${cases.length} guests`,
  );
  const found = (await departing(cases, job, number)).filter(
    ({ departure }) => departure.question === best.departure.question,
  );
  const [smallest = best] = [...found].sort((a, b) => sizeOf(a.one) - sizeOf(b.one));
  const gone = found.flatMap(({ one }) => {
    const kept = tries[cases.indexOf(one)]!;
    const missing = parts.filter((part) => !kept.includes(part));
    return missing.length === 1 ? missing : [];
  });
  return { smallest, guesses: together(parts, gone) };
}

/** What `explain` says of the page, as the vCPU that was at it saw it. */
function explained({ departure, departing }: Found, { evaluator, policy }: ShrinkJob): readonly string[] {
  if (departure.gfn === undefined || !departing) return [];
  const { event, vcpu } = departing;
  const view = evaluator.view(vcpu, policy);
  try {
    const subject = 'vcpu' in event ? `vCPU ${event.vcpu}` : 'vCPU 0';
    return [...explainLines(explain(view, departure.gfn), { subject })];
  } finally {
    view.dispose();
  }
}

/**
 * Makes the first departure small.
 *
 * @returns undefined where the kernel does not depart again
 */
export async function shrunk(
  cases: readonly LabCase[],
  findings: readonly GuestFinding[],
  job: ShrinkJob,
): Promise<SmallDeparture | undefined> {
  const [first] = [...foundIn(cases, findings)].sort((a, b) => sizeOf(cutBehind(a)) - sizeOf(cutBehind(b)));
  if (!first) return undefined;
  let best = first;
  let guesses: readonly (readonly Part[])[] = [];
  let boots = 0;
  for (let number = 1; number <= ROUNDS; number++) {
    const before = sizeOf(cutBehind(best));
    const next = await round(best, guesses, job, number);
    boots += 1;
    [best, guesses] = [next.smallest, next.guesses];
    if (sizeOf(cutBehind(best)) >= before && guesses.length === 0) break;
  }
  const one = { ...cutBehind(best), name: `${first.departure.guest}-small` };
  const file = join(job.folder, `${one.name}.ndjson`);
  writeFileSync(file, scenarioText(one, job.policy.name));
  return {
    ...best.departure,
    guest: one.name,
    events: ownEvents(one).length,
    boots,
    file,
    explanation: explained(best, job),
  };
}
