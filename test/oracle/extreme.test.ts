/**
 * Requests of extremes, the same lines to the three engines: one answer. In a checkout as many as one likes:
 * `EPTSWEEP_REQUESTS=1000000 npx vitest run test/oracle/extreme.test.ts`.
 */
import { afterAll, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { answerLine } from '../../src/oracle/index.ts';
import { extremeRequest } from '../generators/extreme-request.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';

const REQUESTS = Number(process.env.EPTSWEEP_REQUESTS ?? rounds(2000, 60_000));
const SEED = 11;

const reference = createEvaluatorSync({ engine: 'reference' });
const direct = createEvaluatorSync({ engine: 'direct' });
const auto = createEvaluatorSync({ engine: 'auto' });
afterAll(() => {
  for (const evaluator of [reference, direct, auto]) evaluator.dispose();
});

interface Answer {
  readonly spans?: readonly (readonly [string, string, ...unknown[]])[];
  readonly truncated?: boolean;
  readonly assumed?: readonly string[];
  readonly error?: { readonly code: string };
}

/** What an answer is of: a code, or what the spans hold. */
function kindOf(answer: Answer): string {
  if (answer.error) return answer.error.code;
  if (answer.truncated) return 'truncated';
  return answer.spans!.length === 0 ? 'no spans' : 'spans';
}

/** Values that spans of answers held, by what was asked. */
function valuesOf(want: string, { spans = [] }: Answer): readonly string[] {
  if (want === 'leaf')
    return spans.map(([, , level, entry]) => `leaf ${level}${entry === null ? ' null' : ''}`);
  return spans.map(([, , ...value]) => `${want} ${value.join(' ')}`);
}

const TYPES = [-1, 0, 1, 4, 5, 6];
const EXPECTED_VALUES = [
  ...TYPES.flatMap((type) => [`mtrr ${type}`, `effective ${type}`, `ept ${type} 0`]),
  ...['0 1', '6 1'].map((value) => `ept ${value}`),
  ...[0, 1, 2, 3].flatMap((level) => [`levels ${level}`, `leaf ${level}`]),
  'leaf 1 null',
];

it(`${REQUESTS} requests of extremes have one answer each`, { timeout: 6 * 3600_000 }, () => {
  const rng = new Rng(SEED);
  const kinds = new Map<string, number>();
  const values = new Set<string>();
  let beyond = 0;
  for (let id = 0; id < REQUESTS; id++) {
    const line = extremeRequest(rng, id);
    const text = answerLine(auto, line);
    const answer = JSON.parse(text) as Answer;
    for (const evaluator of [reference, direct]) {
      const other = answerLine(evaluator, line);
      if (other === text) continue;
      // Masks with holes can cut a range more often than these two engines follow; auto answers from the pattern.
      const { error } = JSON.parse(other) as Answer;
      expect(error?.code, `${line}\n${text}\n${other}`).toBe('too-many-spans');
      expect(answer.error).toBeUndefined();
      beyond++;
    }
    const kind = kindOf(answer);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (answer.assumed) kinds.set('assumed', (kinds.get('assumed') ?? 0) + 1);
    if (kind === 'spans')
      for (const value of valuesOf((JSON.parse(line) as { want: string }).want, answer)) values.add(value);
  }
  console.log(
    `${REQUESTS} requests: ${JSON.stringify({ ...Object.fromEntries(kinds), 'too-many-spans': beyond })}`,
  );
  expect([...kinds.keys()].sort()).toEqual([
    'assumed',
    'bad-request',
    'no spans',
    'spans',
    'truncated',
    'unknown-policy',
    'wrmsr-gp',
  ]);
  expect(beyond).toBeLessThan(REQUESTS / 100);
  expect([...values]).toEqual(expect.arrayContaining(EXPECTED_VALUES));
});

it('as many slots as KVM has (KVM_USER_MEM_SLOTS) in one request have one answer, with every page of it', () => {
  const SLOTS = 32_764;
  const memory = Array.from({ length: SLOTS }, (_, at) => ({ gfn: 2 * at, count: 1, pfn: at }));
  const line = JSON.stringify({
    id: 1,
    want: 'leaf',
    policy: 'kvm-5.16',
    maxphyaddr: 52,
    noncoherentDma: true,
    memory,
  });
  const text = answerLine(reference, line);
  const { spans } = JSON.parse(text) as Answer;
  expect(spans).toHaveLength(2 * SLOTS);
  const last = 2 * (SLOTS - 1);
  // Every MTRR is 0, so that the last slot is UC (EPT bits 5:3 are 0); RWX, A, D and software's bits 8 and 9 beside the frame.
  expect(spans!.at(-2)).toEqual([
    `0x${last.toString(16)}`,
    `0x${(last + 1).toString(16)}`,
    1,
    expect.any(String),
  ]);
  const entry = BigInt(spans!.at(-2)![3] as string);
  expect([(entry >> 12n) & 0xffffffffffn, (entry >> 3n) & 15n]).toEqual([BigInt(SLOTS - 1), 0n]);
  for (const evaluator of [direct, auto]) expect(answerLine(evaluator, line) === text).toBe(true);
});
