/** Leaves that a kernel wrote into the nested page tables of an AMD processor, held against the model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { holdNptRun } from '../../lab/hold/hold-npt.ts';
import { releaseIn } from '../../lab/kernel/version.ts';
import { readSerialLog } from '../../lab/log/serial-log.ts';
import { NptKinds } from '../../lab/report/reached.ts';
import { totals } from '../../lab/report/report.ts';
import { asAmd } from '../../lab/scenario/amd.ts';
import { randomCase } from '../../lab/scenario/random.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policyFromText } from '../../src/policy/index.ts';

const text = readFileSync(join(import.meta.dirname, 'fixtures/amd/6.1.log'), 'latin1');
const log = readSerialLog(text);
const policy = policyFromText(`kvm-${releaseIn(log.version!)}`);
const abilities = { dma: true, largeMmio: false };
const cases = log.guests.map((_, index) => asAmd(randomCase(1, index, policy, abilities)));
const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const held = (changed = text) => holdNptRun(cases, readSerialLog(changed), { evaluator, policy });

describe('a guest of an AMD processor', () => {
  it('has the same events, none of which the guest steps over or a quirk of Intel is in', () => {
    for (const [index, one] of cases.entries()) {
      const intel = randomCase(1, index, policy, abilities);
      expect(one.vm.host.vendor).toBe('amd');
      expect(one.events).toHaveLength(intel.events.length);
      for (const event of one.events) {
        expect(event.kind).not.toBe('quirk');
        if (event.kind === 'wrmsr' || event.kind === 'cr0cd') expect(event.by).toBe('vmm');
      }
    }
  });
});

describe('leaves of nested page tables', () => {
  it('agree in level and bits, of every kind', () => {
    const kinds = new NptKinds(abilities);
    const onLeaf: Parameters<typeof holdNptRun>[2]['onLeaf'] = (one, slot, { level }) =>
      kinds.leaf(one, slot, level);
    const sums = totals(holdNptRun(cases, log, { evaluator, policy, onLeaf }));
    expect(sums.departures).toEqual([]);
    expect(sums.whole).toBe(cases.length);
    expect(sums.leaves.compared).toBeGreaterThan(300);
    expect(sums.leaves.agreed).toBe(sums.leaves.compared);
    const reached = Object.fromEntries(kinds.all.map(({ kind, count }) => [kind, count]));
    for (const kind of ['leaf 4K', 'leaf 2M', 'leaf 2M, read-only slot', 'leaf 4K, host MMIO'])
      expect(reached[kind], kind).toBeGreaterThan(0);
    const sum = kinds.all
      .filter(({ kind }) => /^leaf \d[KM]/.test(kind))
      .reduce((total, { count }) => total + count, 0);
    expect(sum).toBe(sums.leaves.compared);
  });

  it.each([
    ['a bit of a small leaf', /^@r 7fffe00 1 0 \S+e67/m, 'e67', 'e77', 'bits', '0x67', '0x77'],
    ['a bit of a large leaf', /^@s \S+ 2 0 \S+ee7$/m, 'ee7', 'ea7', 'bits', '0xe7', '0xa7'],
    ['W of a read-only leaf', /^@s \S+ 2 0 \S+8a5$/m, '8a5', '8a7', 'bits', '0xa5', '0xa7'],
  ] as const)('differ where %s does', (_, pattern, from, to, question, expected, found) => {
    const line = pattern.exec(text)![0];
    const [departure] = totals(held(text.replace(line, line.replace(new RegExp(`${from}$`), to)))).departures;
    expect(departure).toMatchObject({ question });
    expect(departure!.expected).toContain(expected);
    expect(departure!.found).toContain(found);
  });

  it('differ where one is smaller than the slot allows', () => {
    const line = /^@s (\S+) 2 0 (\S+)ee7$/m.exec(text)!;
    const changed = text.replace(line[0], `@s ${line[1]} 1 0 ${line[2]}e67`);
    expect(totals(held(changed)).departures[0]).toMatchObject({ question: 'level' });
  });

  it('are no departure where software bits are others: those are KVM’s own', () => {
    expect(totals(held(text.replace(/^(@s \S+ 1 0 \S+)e67$/m, '$1a67'))).departures).toEqual([]);
  });

  it('are compared as far as a log goes', () => {
    for (let k = 1; k < 8; k++) {
      const sums = totals(held(text.slice(0, (text.length * k) / 8)));
      expect(sums.departures).toEqual([]);
      expect(sums.whole).toBeLessThan(cases.length);
    }
    const lost = held(text.replace(/^@end (.*)$/m, '@overflow 1 3\n@end $1'));
    expect(lost[0]).toMatchObject({
      leaves: { compared: 0 },
      cut: 'the trace buffer overflowed: 2 lines are lost',
    });
  });
});
