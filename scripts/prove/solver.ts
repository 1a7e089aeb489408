/** The solver: z3, as Debian's package `z3` or another build has it, asked by a text on its standard input. */
import { spawn, spawnSync } from 'node:child_process';
import { modelOf, scriptOf } from './smt.ts';
import { FALSE, type Term } from './term.ts';
import { worth } from './walk.ts';

/** An answer: never true, true for these values, or not found out. */
export type Answer =
  | { readonly kind: 'never' }
  | { readonly kind: 'model'; readonly model: ReadonlyMap<string, bigint> }
  | { readonly kind: 'unknown'; readonly why: string };

const SOLVER = process.env['EPTSWEEP_Z3'] ?? 'z3';

/** Name and version of the solver; undefined where there is none. */
export function solverVersion(): string | undefined {
  const { status, stdout } = spawnSync(SOLVER, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** What was asked before: much of the two builds is the same, and so are blocks of frames of any start. */
const answers = new Map<string, Promise<string>>();

function ask(script: string, seconds: number): Promise<string> {
  let answer = answers.get(script);
  if (answer === undefined) {
    answer = run(script, seconds);
    answers.set(script, answer);
  }
  return answer;
}

function run(script: string, seconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(SOLVER, ['-in', '-smt2'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const guard = setTimeout(() => child.kill(), (seconds + 10) * 1000);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    child.on('error', reject).on('close', () => {
      clearTimeout(guard);
      resolve(text);
    });
    child.stdin.on('error', reject).end(script);
  });
}

/**
 * Whether conditions can hold together. A model is computed again here, by the terms: what the solver says true is
 * true, or this throws.
 *
 * @param seconds - after which the answer is `unknown`
 */
export async function solve(conditions: readonly Term[], seconds: number): Promise<Answer> {
  if (conditions.includes(FALSE)) return { kind: 'never' };
  const [verdict = '', ...rest] = (await ask(scriptOf(conditions, seconds), seconds)).split('\n');
  if (verdict === 'unsat') return { kind: 'never' };
  if (verdict !== 'sat') {
    const why = verdict === 'unknown' || verdict === 'timeout' ? `no answer in ${seconds} s` : verdict;
    return { kind: 'unknown', why: why || 'the solver was ended' };
  }
  const model = modelOf(rest.join('\n'));
  for (const condition of conditions) {
    if (worth(condition, model) !== 1n)
      throw new Error('the solver names values that do not satisfy its question');
  }
  return { kind: 'model', model };
}
