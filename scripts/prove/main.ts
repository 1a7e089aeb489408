/**
 * Proves rules of the Wasm that is shipped, for all inputs, with an SMT solver.
 *
 *   npm run prove [-- STATEMENT...] [--build release|debug] [--list] [--planted]
 *
 * One line a claim; ends with 1 where one is refuted or open, with 3 where there is no solver.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { fail } from '../shared.mjs';
import type { Statement } from './claim.ts';
import { type Build, readModule } from './module.ts';
import { pooled } from './pool.ts';
import { type Proved, proofs, refutePlanted, SECONDS_A_CLAIM, subjectOf } from './run.ts';
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
  const work = allOf(builds, wanted, Number(values.seconds));
  for await (const { lines, isAsStated } of pooled(work, availableParallelism())) {
    for (const line of lines) console.log(line);
    if (!isAsStated) process.exitCode = 1;
  }

  async function* allOf(
    names: readonly Build[],
    statements: readonly Statement[],
    seconds: number,
  ): AsyncGenerator<() => Promise<Said>> {
    for (const build of names) {
      const module = await readModule(build);
      yield async () => ({ lines: [`${build} ${module.hash}`], isAsStated: true });
      const subject = subjectOf(module);
      for (const statement of statements) {
        for (const proof of proofs(statement, subject, seconds)) yield async () => ofProof(await proof());
      }
      for (const statement of statements) {
        yield async () =>
          ofPlanted(statement, await refutePlanted(statement, subject, seconds), values.planted === true);
      }
    }
  }
}

/** What is printed of a piece of work, and whether it came out as it should. */
interface Said {
  readonly lines: readonly string[];
  readonly isAsStated: boolean;
}

function ofProof({ statement, claim, answer, seconds }: Proved): Said {
  const verdict = { never: 'proved', model: 'REFUTED', unknown: 'open' }[answer.kind];
  const words = answer.kind === 'unknown' ? `${claim.about}: ${answer.why}` : claim.about;
  const line = `${verdict.padEnd(8)} ${seconds.toFixed(1).padStart(5)} s  ${statement.id.padEnd(11)} ${words}`;
  const model = answer.kind === 'model' ? valuesOf(statement, answer.model) : [];
  return { lines: [line, ...model], isAsStated: answer.kind === 'never' };
}

function ofPlanted(
  statement: Statement,
  model: ReadonlyMap<string, bigint> | undefined,
  showsValues: boolean,
): Said {
  const verdict = model ? 'refuted' : 'MISSED';
  const line = `${verdict.padEnd(17)} ${statement.id.padEnd(11)} planted: ${statement.planted.what}`;
  return {
    lines: [line, ...(model && showsValues ? valuesOf(statement, model) : [])],
    isAsStated: model !== undefined,
  };
}

/** Values as a config, or by name. */
function valuesOf({ config }: Statement, model: ReadonlyMap<string, bigint>): string[] {
  const lines = config?.(model) ?? [...model].map(([name, value]) => `${name} = 0x${value.toString(16)}`);
  return lines.map((line) => `  ${line}`);
}

try {
  await main();
} catch (error) {
  fail(error);
}
