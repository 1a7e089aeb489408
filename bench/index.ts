/**
 * The bench: {@link USAGE}. Prints a row a question; the first line names CPU, Node and Wasm build. `--against` holds
 * this tree against another one instead.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runAgainst } from './against.ts';
import { machineOf, machineText } from './machine.ts';
import { startNative } from './native.ts';
import { lastGrowth } from './questions/growth.ts';
import { QUESTIONS } from './questions/index.ts';
import { rowLines } from './report.ts';
import type { Row } from './row.ts';
import { writeDocuments } from './write.ts';

const USAGE = `npm run bench -- [--json FILE] [--write] [--only ID,...] [--rounds N] [--tiny]
npm run bench -- --against DIR [--pairs N] [--only ID,...]
ids: ${QUESTIONS.flatMap(({ ids }) => ids).join(', ')}`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '101' },
    tiny: { type: 'boolean', default: false },
    against: { type: 'string' },
    pairs: { type: 'string', default: '15' },
  },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

/** Shorter than a time slice: a turn is disturbed or it is not, and the median is one that is not. */
const TURN_MS = 2;

/** Rounds of one run where a whole bench is run many times. */
const AGAINST_ROUNDS = 15;

if (values.against !== undefined) {
  const { against: directory, only } = values;
  const isAsFast = runAgainst({ directory, pairs: Number(values.pairs), rounds: AGAINST_ROUNDS, only });
  process.exit(isAsFast ? 0 : 1);
}

const wanted = values.only?.split(',');
const chosen = QUESTIONS.filter(({ ids }) => wanted === undefined || ids.some((id) => wanted.includes(id)));
const native = startNative();
const machine = machineOf(native);
console.log(machineText(machine));
const effort = values.tiny ? { rounds: 2, turnMs: 1 } : { rounds: Number(values.rounds), turnMs: TURN_MS };
const rows: Row[] = [];
try {
  for (const question of chosen) {
    const answered = await question.ask({ effort, isTiny: values.tiny, native });
    for (const row of answered) for (const line of rowLines(row)) console.log(line);
    rows.push(...answered);
  }
} finally {
  native?.close();
}
const noisy = rows.filter((row) => row.isNoisy).map(({ id }) => id);
if (noisy.length > 0) {
  console.log(`\nNoisy, do not trust: ${noisy.join(', ')}. Something else runs on this machine.`);
}
if (machine.isBusy) {
  console.log(
    `\nThe machine was busy, load ${machine.load} on ${machine.cores} cores: run it again when it is quiet.`,
  );
}
if (values.json !== undefined) {
  const result = { schema: 'eptsweep/bench@1', machine, isNoisy: noisy.length > 0 || machine.isBusy, rows };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
if (values.write) writeDocuments(machine, rows, lastGrowth());
