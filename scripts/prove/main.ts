/**
 * Proves rules of the Wasm that is shipped, for all inputs, with an SMT solver.
 *
 *   npm run prove [-- STATEMENT...] [--build release|debug] [--list] [--planted]
 *
 * One line a claim; ends with 1 where one is refuted or open, with 3 where there is no solver.
 */
import { parseArgs } from 'node:util';
import { fail } from '../shared.mjs';
import type { Statement } from './claim.ts';
import { type Build, readModule } from './module.ts';
import { prove, refutePlanted, SECONDS_A_CLAIM, subjectOf } from './run.ts';
import { solverVersion } from './solver.ts';
import { STATEMENTS } from './statements/index.ts';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      build: { type: 'string' },
      list: { type: 'boolean' },
      planted: { type: 'boolean' },
      seconds: { type: 'string', default: String(SECONDS_A_CLAIM) },
    },
  });
  const wrong = positionals.find((id) => !STATEMENTS.some((one) => one.id === id));
  if (wrong !== undefined)
    throw new Error(`no statement ${wrong}; there are ${STATEMENTS.map(({ id }) => id).join(', ')}`);
  const wanted = STATEMENTS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  if (values.list) {
    for (const { id, title } of wanted) console.log(`${id.padEnd(12)}${title}`);
    return;
  }
  const solver = solverVersion();
  if (solver === undefined) {
    console.error('no solver: install z3 (Debian: apt-get install z3), or name one in EPTSWEEP_Z3');
    process.exitCode = 3;
    return;
  }
  console.log(solver);
  const builds = values.build === undefined ? (['release', 'debug'] as const) : [values.build as Build];
  for (const build of builds) {
    const module = await readModule(build);
    console.log(`${build} ${module.hash}`);
    const subject = subjectOf(module);
    for await (const { statement, claim, answer, seconds } of prove(
      wanted,
      subject,
      Number(values.seconds),
    )) {
      const verdict = { never: 'proved', model: 'REFUTED', unknown: 'open' }[answer.kind];
      const words = answer.kind === 'unknown' ? `${claim.about}: ${answer.why}` : claim.about;
      console.log(
        `${verdict.padEnd(8)} ${seconds.toFixed(1).padStart(5)} s  ${statement.id.padEnd(11)} ${words}`,
      );
      if (answer.kind !== 'never') process.exitCode = 1;
      if (answer.kind === 'model') show(statement, answer.model);
    }
    for (const statement of wanted) {
      const model = await refutePlanted(statement, subject, Number(values.seconds));
      const verdict = model ? 'refuted' : 'MISSED';
      console.log(`${verdict.padEnd(17)} ${statement.id.padEnd(11)} planted: ${statement.planted.what}`);
      if (!model) process.exitCode = 1;
      else if (values.planted) show(statement, model);
    }
  }
}

/** Values as a config, or by name. */
function show({ config }: Statement, model: ReadonlyMap<string, bigint>): void {
  const lines = config?.(model) ?? [...model].map(([name, value]) => `${name} = 0x${value.toString(16)}`);
  for (const line of lines) console.log(`  ${line}`);
}

try {
  await main();
} catch (error) {
  fail(error);
}
