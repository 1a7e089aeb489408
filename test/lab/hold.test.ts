/**
 * Logs that kernels really wrote, held against the model: they agree; a changed rule is found and named; whatever is
 * missing of a log, what is there agrees still.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { GuestFinding } from '../../lab/hold/finding.ts';
import { holdRun, suspectsOf } from '../../lab/hold/hold-run.ts';
import { releaseIn } from '../../lab/kernel/version.ts';
import { readSerialLog } from '../../lab/log/serial-log.ts';
import { totals } from '../../lab/report/report.ts';
import { randomCase } from '../../lab/scenario/random.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { rounds } from '../rounds.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');
const SEED = 1;
const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const recorded = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.log'))
  .map((name) => {
    const text = readFileSync(join(FOLDER, name), 'latin1');
    const log = readSerialLog(text);
    const policy = policyFromText(`kvm-${releaseIn(log.version!)}`);
    const cases = log.guests.map((_, index) =>
      randomCase(SEED, index, policy, { dma: true, largeMmio: false }),
    );
    return { name, text, log, policy, cases };
  });
type Recorded = (typeof recorded)[number];

function departed(findings: readonly GuestFinding[]): number {
  return findings.filter(({ departure }) => departure).length;
}
function held({ cases, policy }: Recorded, text: string, rule?: string): readonly GuestFinding[] {
  const model = rule === undefined ? policy : policyFromText(`${policy.name}+${rule}`);
  return holdRun(cases, readSerialLog(text), { evaluator, policy: model });
}

/** A rule of the model that is changed, and what it is with the kernel. */
const PLANTS: Readonly<Record<string, readonly (readonly [planted: string, own: string])[]>> = {
  '6.1.log': [
    ['dmaZap=all', 'dmaZap=none'],
    ['dirtyLogEnd=recover', 'dirtyLogEnd=zap'],
    ['cacheDisable=wb', 'cacheDisable=wb-ipat'],
    ['leaf=kvm-suppress-ve', 'leaf=kvm'],
  ],
  '6.12.log': [
    ['dmaZap=none', 'dmaZap=all'],
    ['dirtyLogEnd=recover', 'dirtyLogEnd=zap'],
    ['ignorePat=without-self-snoop', 'ignorePat=quirk'],
    ['leaf=kvm', 'leaf=kvm-suppress-ve'],
  ],
};

describe.each(recorded)('$name', (one) => {
  it('agrees with the model in every verdict, leaf and step', () => {
    const sums = totals(held(one, one.text));
    expect(sums.departures).toEqual([]);
    expect(sums.whole).toBe(one.cases.length);
    for (const { compared, agreed } of [sums.verdicts, sums.leaves, sums.steps]) {
      expect(compared).toBeGreaterThan(30);
      expect(agreed).toBe(compared);
    }
  });

  it.each(PLANTS[one.name]!)('finds %s, and names %s', (planted, own) => {
    const findings = held(one, one.text, planted);
    expect(departed(findings)).toBeGreaterThan(0);
    const model = policyFromText(`${one.policy.name}+${planted}`);
    const suspects = suspectsOf(one.cases, one.log, findings, evaluator, model);
    expect(suspects).toContainEqual({ rule: own, left: 0 });
  });

  it('agrees as far as it goes, wherever it is cut off', () => {
    const whole = totals(held(one, one.text)).steps.compared;
    const cuts = rounds(12, 200);
    for (let k = 1; k < cuts; k++) {
      const findings = held(one, one.text.slice(0, Math.floor((one.text.length * k) / cuts)));
      const sums = totals(findings);
      expect(sums.departures).toEqual([]);
      expect(sums.steps.compared).toBeLessThanOrEqual(whole);
      expect(sums.steps.agreed).toBe(sums.steps.compared);
    }
  });

  it('judges nothing of a guest whose trace lost lines, and everything of the others', () => {
    const [first] = one.log.guests;
    const text = one.text.replace(`@end ${first!.name}\n`, `@overflow 10 20\n@end ${first!.name}\n`);
    const [cut, ...others] = held(one, text);
    expect(cut).toMatchObject({ steps: { compared: 0 }, departure: undefined });
    expect(cut!.cut).toBe('the trace buffer overflowed: 10 lines are lost');
    expect(others.every((finding) => finding.cut === undefined)).toBe(true);
  });
});

describe('one line of a log that says otherwise', () => {
  const [one] = recorded;
  const changedBy = (pattern: RegExp, by: (line: string) => string) => {
    const line = pattern.exec(one!.text)![0];
    return totals(held(one!, one!.text.replace(line, by(line)))).departures;
  };

  it('is found where it is a verdict, a bit of a leaf, or a zap that is missing', () => {
    expect(changedBy(/^@v \d+ ok$/m, (line) => line.replace('ok', 'gp'))[0]).toMatchObject({
      question: 'verdict',
    });
    expect(changedBy(/^@s \S+ 1 0 6\S+b77$/m, (line) => line.replace(/b77$/, 'b37'))[0]).toMatchObject({
      question: 'ipat',
    });
    expect(changedBy(/^@s \S+ 1 6\S+ 0$/m, () => '@absent nothing')[0]).toMatchObject({ question: 'left' });
  });
});
