/**
 * One guest's log against the model: the library follows its trace step by step, as `eptsweep replay --trace` does; what
 * the kernel said to register writes, which no trace shows, is held against the model here.
 */
import type { Evaluator } from '../../src/engine/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import {
  type Departure as EntryDeparture,
  type Followed,
  type FollowedStep,
  Inventory,
  type ReplaySlot,
  TraceFollower,
} from '../../src/replay/index.ts';
import { addressText, hexText } from '../../src/words.ts';
import { departurePlace, departureText, mappedText } from '../../src/write/replay/trace-words.ts';
import { eventText } from '../../src/write/replay/words.ts';
import type { LoggedGuest } from '../log/serial-log.ts';
import type { LabCase } from '../scenario/lab-case.ts';
import type { Agreement, Departure, GuestFinding } from './finding.ts';
import { brokenOff } from './logged-guests.ts';

/** What a comparison needs to know. */
export interface HoldOptions {
  readonly evaluator: Evaluator;
  readonly policy: Policy;
  /** Told of each step that agrees, with the slots as they are behind it. */
  readonly onStep?: (one: LabCase, step: FollowedStep, slots: readonly ReplaySlot[]) => void;
}

/** Why a guest's log says less than it should. */
function cutOf(one: LabCase, logged: LoggedGuest, { steps, trouble }: Followed): string | undefined {
  const broken = brokenOff(logged);
  if (broken !== undefined) return broken;
  const unmarked = one.events.findIndex((_, index) => !logged.steps.has(index + 1));
  if (unmarked >= 0) return `step ${unmarked + 1} is not in the trace`;
  if (trouble && trouble.kind !== 'other-kernel') return trouble.message;
  const silent = steps.find(({ step, event }) => event.kind === 'wrmsr' && !logged.verdicts.has(step));
  return silent && `step ${silent.step} has no verdict`;
}

/**
 * Lets the library follow as many events as the log is whole for: none of a guest whose trace lost lines, which may be
 * anywhere; of one that breaks off those in front of the last that is marked.
 */
function follow(one: LabCase, logged: LoggedGuest, { evaluator, policy }: HoldOptions): Followed {
  const { vm, events, eagerSplit, nxHugePages } = one;
  const last = logged.complete ? events.length : Math.max(0, ...logged.steps.keys()) - 1;
  const judged = logged.lost > 0 ? 0 : Math.max(0, last);
  const follower = new TraceFollower(vm, events.slice(0, judged), {
    evaluator,
    policy,
    eagerSplit,
    nxHugePages,
  });
  for (const [step, { mark, lines }] of logged.steps) {
    if (step > judged) break;
    if (step > 0) follower.push({ kind: 'step', step, line: mark });
    for (const line of lines) follower.push(line);
  }
  follower.push({ kind: 'end', line: logged.line });
  return follower.finish();
}

function verdictDeparture(one: LabCase, logged: LoggedGuest, step: FollowedStep): Departure | undefined {
  const found = logged.verdicts.get(step.step);
  if (step.event.kind !== 'wrmsr' || !found) return undefined;
  const [refused, expected] = [found === 'gp', step.replayed.verdict === '#GP'];
  if (refused === expected) return undefined;
  const text = (isRefused: boolean) => (isRefused ? 'refused with #GP' : 'taken');
  return {
    guest: one.name,
    step: step.step,
    event: eventText(step.event),
    question: 'verdict',
    what: `the write is ${text(refused)}`,
    expected: text(expected),
    found: text(refused),
  };
}

function sides({ expected, found, entry, expectedEntry }: EntryDeparture): [string, string] {
  return entry === undefined || expectedEntry === undefined
    ? [mappedText(expected), mappedText(found)]
    : [hexText(expectedEntry), hexText(entry)];
}

function entryDeparture(one: LabCase, { step, event, departures }: FollowedStep): Departure | undefined {
  const [first] = departures;
  if (!first) return undefined;
  const [expected, found] = sides(first);
  return {
    guest: one.name,
    step,
    event: eventText(event),
    question: first.kind,
    what: `${departurePlace(first)} ${departureText(first.kind)}`,
    expected,
    found,
    gfn: first.start,
  };
}

/** Entries as no release of the model's kind writes them, but those of another. */
function otherKernel(one: LabCase, { steps, trouble }: Followed): Departure | undefined {
  if (trouble?.kind !== 'other-kernel') return undefined;
  return {
    guest: one.name,
    step: steps.length + 1,
    event: eventText(one.events[steps.length]!),
    question: 'bits',
    what: trouble.message,
    expected: "the model's bits",
    found: "another release's",
  };
}

/** Counts what agrees, step by step, up to the first that does not. */
function count(one: LabCase, logged: LoggedGuest, followed: Followed, onStep?: HoldOptions['onStep']) {
  const [verdicts, leaves, steps]: Agreement[] = Array.from({ length: 3 }, () => ({
    compared: 0,
    agreed: 0,
  }));
  const replacements: string[] = [];
  const inventory = new Inventory(one.vm);
  let departure: Departure | undefined;
  let departing: FollowedStep | undefined;
  for (const step of followed.steps) {
    const verdict = verdictDeparture(one, logged, step);
    if (step.event.kind === 'wrmsr' && logged.verdicts.has(step.step)) {
      verdicts!.compared += 1;
      verdicts!.agreed += verdict ? 0 : 1;
    }
    for (const { gfn, level, entry, line, bits } of step.leaves) {
      if (bits === 'replaced-table') {
        replacements.push(
          `${one.name} step ${step.step}: ${hexText(entry)} at ${addressText(gfn)}, level ${level}`,
        );
        continue;
      }
      leaves!.compared += 1;
      leaves!.agreed += step.departures.some((other) => other.line === line) ? 0 : 1;
    }
    steps!.compared += 1;
    departure = verdict ?? entryDeparture(one, step);
    if (departure) {
      departing = step;
      break;
    }
    steps!.agreed += 1;
    inventory.apply(step.event);
    onStep?.(one, step, inventory.slots);
  }
  departure ??= otherKernel(one, followed);
  return { verdicts: verdicts!, leaves: leaves!, steps: steps!, replacements, departure, departing };
}

/**
 * Holds what a guest's log says against the model.
 *
 * @param one - the guest
 * @param logged - its log. Of one that is cut off the steps that are whole are compared; of one whose trace lost
 * lines, whose loss may be anywhere, none is
 */
export function holdGuest(one: LabCase, logged: LoggedGuest, options: HoldOptions): GuestFinding {
  const followed = follow(one, logged, options);
  const counted = count(one, logged, followed, options.onStep);
  const stepsAfter = counted.departure ? one.events.length - counted.departure.step : 0;
  return { name: one.name, ...counted, stepsAfter, cut: cutOf(one, logged, followed) };
}
