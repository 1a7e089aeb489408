import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, type Evaluator } from '../../src/engine/index.ts';
import { PEER_NAMES, policy } from '../../src/policy/index.ts';
import { UC, UC_MINUS, UNDEFINED, WB, WC, WP, WT } from '../../src/types.ts';
import {
  combinationRows,
  kindsOf,
  type PageTable,
  pageTables,
  RULE_IDS,
  verdictRows,
} from '../../src/vectors/index.ts';
import { ENGINE_NAMES } from '../../src/vm/index.ts';
import { lyingEngine } from '../fuzz/lying-engine.ts';

let evaluators: readonly Evaluator[];
beforeAll(() => {
  evaluators = ENGINE_NAMES.map((engine) => createEvaluatorSync({ engine }));
});
afterAll(() => {
  for (const one of evaluators) one.dispose();
});

const tables = (name: string, count = 60, seed = 1n): readonly PageTable[] => [
  ...pageTables({ seed, policy: policy(name), evaluators }, count, 12),
];
const rulesOf = (list: readonly PageTable[]) =>
  new Set(list.flatMap(({ rows }) => rows.flatMap(({ mtrrRule, rule }) => [mtrrRule ?? rule, rule])));
const idsOf = (...prefixes: string[]) =>
  RULE_IDS.filter((id) => prefixes.some((prefix) => id.startsWith(prefix)));

describe('layouts with their pages', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(tables('sdm', 10)).toEqual(tables('sdm', 10));
    expect(tables('sdm', 10)).not.toEqual(tables('sdm', 10, 2n));
    expect(tables('sdm', 4)).toEqual(tables('sdm', 10).slice(0, 4));
  });

  it('reach every rule of the manual', () => {
    expect([...rulesOf(tables('sdm', 200))].sort()).toEqual([...idsOf('mtrr.'), 'ept.identity'].sort());
  });

  it('reach every rule of KVM, of the releases that have it', () => {
    const reached = new Set(['kvm-5.16', 'kvm-6.11'].flatMap((name) => [...rulesOf(tables(name, 400))]));
    const expected = idsOf('kvm.', 'ept.').filter((id) => id !== 'ept.identity');
    expect([...reached].sort()).toEqual([...expected].sort());
    expect(rulesOf(tables('kvm-6.11')).has('ept.guest-mtrr')).toBe(false);
  });

  it('have no row twice, ascend, and stay inside the space', () => {
    for (const { rows, vcpu } of tables('kvm-6.8')) {
      const gfns = rows.map(({ gfn }) => gfn);
      expect(gfns).toEqual([...new Set(gfns)].sort((a, b) => a - b));
      expect(gfns.length).toBeGreaterThan(2);
      expect(gfns.length).toBeLessThanOrEqual(12);
      expect(gfns.at(-1)!).toBeLessThan(2 ** (vcpu.maxphyaddr - 12));
    }
  });

  it('say what the entry holds: type and IPAT are its bits', () => {
    for (const { rows } of tables('kvm-6.16')) {
      for (const { type, ipat, leaf, mtrr } of rows) {
        expect(mtrr).toBeUndefined();
        if (leaf!.level === 0) expect(leaf!.entry).toBe(0n);
        else
          expect([(leaf!.entry! >> 3n) & 7n, (leaf!.entry! >> 6n) & 1n]).toEqual([
            BigInt(type),
            BigInt(ipat),
          ]);
      }
    }
  });

  it('leave an undefined type undefined, with no entry', () => {
    const rows = tables('sdm', 200).flatMap((one) => one.rows.filter(({ mtrr }) => mtrr === UNDEFINED));
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      expect(row).toMatchObject({ type: UNDEFINED, leaf: { level: 1, entry: null } });
      expect([row.mtrrRule, row.rule]).toEqual(['mtrr.undefined', 'ept.identity']);
    }
  });

  it.each(PEER_NAMES)('%s has types alone, by its own rule', (name) => {
    const rows = tables(name, 10).flatMap((one) => one.rows);
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) {
      expect(row.leaf).toBeUndefined();
      expect([row.mtrrRule, row.rule]).toEqual([undefined, 'peer']);
    }
  });

  it('have slots and MMIO for KVM, TOP_MEM2 for all others', () => {
    expect(kindsOf(policy('kvm-6.8'))).toEqual(expect.arrayContaining(['slots', 'mmio']));
    expect(kindsOf(policy('kvm-6.8'))).not.toContain('tom2');
    expect(kindsOf(policy('sdm'))).toEqual(expect.arrayContaining(['tom2', 'many-ranges']));
    expect(kindsOf(policy('sdm'))).not.toContain('slots');
  });
});

describe('WRMSRs', () => {
  it('reach every rule, and fault by all but one', () => {
    const rows = [...verdictRows({ seed: 3n, policy: policy('sdm'), evaluators }, 600)];
    expect(new Set(rows.map(({ rule }) => rule))).toEqual(new Set(idsOf('wrmsr.')));
    for (const { faults, rule } of rows) expect(faults).toBe(rule !== 'wrmsr.accepted');
    const accepted = rows.filter(({ faults }) => !faults).length;
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(500);
  });

  it('have the eight variable ranges of every KVM guest', () => {
    const rows = [...verdictRows({ seed: 3n, policy: policy('kvm-6.8'), evaluators }, 60)];
    expect(new Set(rows.map(({ ranges }) => ranges))).toEqual(new Set([8]));
  });
});

describe('pairs of types', () => {
  it('are the table of the manual', () => {
    const rows = combinationRows({ evaluators });
    const effective = (mtrr: number) =>
      rows.filter((row) => row.mtrr === mtrr).map((row) => [row.pat, row.effective]);
    expect(rows).toHaveLength(30);
    const pats = [UC, WC, WT, WP, WB, UC_MINUS];
    const row = (...types: number[]) => pats.map((pat, at) => [pat, types[at]]);
    expect(effective(UC)).toEqual(row(UC, WC, UC, UC, UC, UC));
    expect(effective(WB)).toEqual(row(UC, WC, WT, WP, WB, UC));
    expect(effective(WC)).toEqual(row(UC, WC, UC, UC, WC, WC));
  });
});

it('no row is golden that an engine contradicts', () => {
  const liar = lyingEngine('mask-holes');
  const from = { seed: 1n, policy: policy('sdm'), evaluators: [...evaluators, liar] };
  expect(() => [...pageTables(from, 60, 12)]).toThrow(
    /^the engines differ about layout \d+ of seed 1: reference /,
  );
  liar.dispose();
});
