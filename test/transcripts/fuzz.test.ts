/**
 * What a seed makes, which is the same on every run and machine: VMs and where they are looked at, what a run counts, and
 * what is left of disagreements: fuzz.txt. Accepted with EPTSWEEP_ACCEPT=1, as the others.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { Evaluator } from '../../src/engine/index.ts';
import {
  CASE_KINDS,
  type CaseKind,
  type FuzzCase,
  type FuzzReport,
  fuzz,
  generateCase,
  probeOf,
  type Subject,
} from '../../src/fuzz/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { createAutoEngine, loadWasm } from '../../src/wasm/index.ts';
import { configLines } from '../../src/write/index.ts';
import { LIES, type LieName, lyingEngine } from '../fuzz/lying-engine.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('fuzz.txt', import.meta.url));
const SEED = 0x5eed;
/** VMs of a kind that go into its digest. */
const CASES = 250;

const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part));

const subjectLines = ({ vcpu, policy, pat }: Subject): readonly string[] => [
  `PAT type ${pat}`,
  ...[...configLines('vm', vcpu, policy, [])].map((line) => `  ${line}`),
];

/** Two VMs in full, so that a difference can be read, and the digest of many. */
function kindText(kind: CaseKind): string {
  const cases = Array.from({ length: CASES }, (_, index) => generateCase(SEED, index, [kind]));
  const whole = ({ vcpu, policy, pat, ...one }: FuzzCase): string =>
    text({ ...one, vcpu, policy: policy.name, pat });
  const digestOf = (texts: readonly string[]): string =>
    createHash('sha256').update(texts.join('\n')).digest('hex');
  return [
    ...cases.slice(0, 2).flatMap((one) => [...subjectLines(one), text(probeOf(SEED, one))]),
    `${CASES} VMs ${digestOf(cases.map(whole))}`,
    `looked at ${digestOf(cases.map((one) => text(probeOf(SEED, one))))}`,
  ].join('\n');
}

const reportLines = ({ findings, rules, ...report }: FuzzReport): readonly string[] => [
  text(report),
  ...rules.map(({ rule, count }) => `${count} ${rule}`),
  ...findings.flatMap(({ subject, disagreement, index, kind, tried }) => [
    `case ${index}, ${kind}, after ${tried}: ${text(disagreement)}`,
    ...subjectLines(subject),
  ]),
];

const reference = new Evaluator(createReferenceEngine());

async function lieText(name: LieName): Promise<string> {
  const report = await fuzz({ seed: SEED, count: 44, engines: [reference, lyingEngine(name)] });
  return reportLines({ ...report, rules: [] }).join('\n');
}

async function runText(): Promise<string> {
  const auto = new Evaluator(createAutoEngine(loadWasm()));
  const report = await fuzz({ seed: SEED, count: 330, engines: [reference, auto] });
  return reportLines(report).join('\n');
}

const ANSWERS = new Map<string, () => string | Promise<string>>([
  ...CASE_KINDS.map((kind) => [`kind ${kind}`, () => kindText(kind)] as const),
  ['a run', runText],
  ...(Object.keys(LIES) as LieName[]).map((name) => [`lie ${name}`, () => lieText(name)] as const),
]);

describe('what a seed makes', () => {
  writtenDown(PATH, '## ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!());
});
