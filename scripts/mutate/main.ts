/**
 * Plants errors in the sources, one at a time, and says which of them the tests notice.
 *
 *   npm run mutate [-- ROOM...] [--seed N] [--count N] [--file PART] [--json FILE] [--list]
 *
 * Survivors are printed as differences. Ends with 1 where a room has fewer kills than it should. Nothing of the tree
 * is touched: mutants live in a copy in the folder for temporary files.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, ROOT, writeWhole } from '../shared.mjs';
import { chosen, mutantsIn } from './choose.ts';
import { reasonFor } from './equivalent.ts';
import type { Mutant } from './operators.ts';
import type { Outcome } from './protocol.ts';
import { countsOf, differenceText, linesOf, roomLine, type Tried } from './report.ts';
import { ROOM_NAMES, type Room, roomOf } from './rooms.ts';
import { makeScratch } from './scratch.ts';
import { Trials } from './trial.ts';
import { TypeCheck } from './types.ts';

/** Percent of a room's mutants that its tests have to notice. */
const GOAL = 95;
const texts = new Map<string, string>();
/** What a file holds, or held when it was asked first: somebody may go on writing while mutants are tried. */
function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
  texts.set(file, text);
  return text;
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '40' },
      file: { type: 'string', default: '' },
      json: { type: 'string', default: 'build/mutants.json' },
      list: { type: 'boolean', default: false },
    },
  });
  const wrong = positionals.find((name) => !ROOM_NAMES.includes(name));
  if (wrong !== undefined) throw new Error(`no room ${wrong}; there are ${ROOM_NAMES.join(', ')}`);
  if (!/^\d+$/.test(values.seed)) throw new Error(`--seed ${values.seed}: a whole number is needed`);
  if (!/^[1-9]\d*$/.test(values.count)) throw new Error(`--count ${values.count}: a number from 1 is needed`);
  return {
    ...values,
    seed: BigInt(values.seed),
    count: Number(values.count),
    rooms: (positionals.length > 0 ? positionals : ROOM_NAMES).map(roomOf),
  };
}

/** What a survivor is: also one that no compiler takes, or that is on the list. */
function judged(mutant: Mutant, outcome: Outcome, types: TypeCheck): Tried {
  if (outcome.kind !== 'survived') return { mutant, outcome };
  const whole = textOf(mutant.file);
  const equivalent = reasonFor(mutant, whole);
  if (equivalent !== undefined) return { mutant, outcome, equivalent };
  const complaint = mutant.file.startsWith('src/') ? types.complaint(mutant, whole) : undefined;
  return {
    mutant,
    outcome: complaint === undefined ? outcome : { ...outcome, kind: 'refused', by: complaint },
  };
}

async function tryRoom(room: Room, mutants: readonly Mutant[], trials: Trials, types: TypeCheck) {
  await trials.calibrate();
  const tried: Tried[] = [];
  for (const mutant of mutants) {
    const one = judged(mutant, await trials.try(mutant), types);
    tried.push(one);
    if (one.outcome.kind === 'survived' && !one.equivalent)
      console.log(`${differenceText(textOf(mutant.file), mutant)}\n`);
  }
  console.log(roomLine(room.name, countsOf(tried)));
  return tried;
}

/** The document of all rooms. */
const documentOf = (seed: bigint, rooms: ReadonlyMap<string, readonly Tried[]>): unknown => ({
  seed: Number(seed),
  rooms: [...rooms].map(([name, tried]) => ({
    name,
    ...countsOf(tried),
    mutants: tried.map(({ mutant, outcome, equivalent }) => ({
      file: mutant.file,
      operator: mutant.operator,
      ...linesOf(textOf(mutant.file), mutant),
      ...outcome,
      ...(equivalent !== undefined && { equivalent }),
    })),
  })),
});

async function main(): Promise<void> {
  const { rooms, seed, count, file, json, list } = options();
  const isWanted = (path: string): boolean => path.includes(file);
  const choose = (room: Room) =>
    chosen(mutantsIn(room.sources.filter(isWanted), textOf), room.name, seed, count);
  if (list) {
    for (const room of rooms)
      for (const mutant of choose(room)) console.log(`${differenceText(textOf(mutant.file), mutant)}\n`);
    return;
  }
  const mutants = new Map(rooms.map((room) => [room, choose(room)]));
  const scratch = makeScratch();
  const types = new TypeCheck();
  const done = new Map<string, readonly Tried[]>();
  for (const room of rooms) {
    const trials = new Trials({ scratch, builds: room.builds, tests: room.tests });
    const stop = (): void => trials.stop();
    // Before the copy is removed: what still runs would write into it.
    process.prependListener('exit', stop);
    try {
      done.set(room.name, await tryRoom(room, mutants.get(room)!, trials, types));
    } finally {
      stop();
      process.off('exit', stop);
    }
    mkdirSync(dirname(resolve(json)), { recursive: true });
    writeWhole(resolve(json), `${JSON.stringify(documentOf(seed, done), null, 1)}\n`);
    if (countsOf(done.get(room.name)!).percent < GOAL) process.exitCode = 1;
  }
}

for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const)
  process.once(signal, () => process.exit(128 + number));
main().catch((error: unknown) => {
  fail(error);
  process.exit();
});
