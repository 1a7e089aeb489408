import { afterAll, describe, expect, it } from 'vitest';
import { CauseFinder, isSameAnswer, rawDifferences, type Setup } from '../../src/diff/index.ts';
import { lossesOf } from '../../src/diff/restore-losses.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { generateCase, probeOf } from '../../src/fuzz/index.ts';
import { policy, type VcpuInit, vcpu, type Want } from '../../src/index.ts';
import { POLICY_FLAG_VALUES } from '../../src/policy/flags.ts';
import { type Policy, policyFromText, wantsOn } from '../../src/policy/index.ts';
import { countViews } from '../counted-views.ts';
import { rounds } from '../rounds.ts';
import { answerOf, neighbour, opened } from './subjects.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

const GUEST: VcpuInit = {
  maxphyaddr: 36,
  noncoherentDma: true,
  msrs: { 0x200: 6n, 0x201: 0xf_0000_0800n, 0x202: 0xc0000000n, 0x203: 0xf_c000_0800n, 0x2ff: 0x800n },
};
const setup = (name: string, init: Partial<VcpuInit> = {}): Setup => ({
  vcpu: vcpu({ ...GUEST, ...init }),
  policy: policy(name),
});

function causeOf(a: Setup, b: Setup, gfn: number, want: Want = 'ept') {
  const finder = new CauseFinder(engine, a, b, want, 6);
  try {
    const { changes, registers } = finder.causeAt(gfn);
    return { changes: changes.map(({ name }) => name), registers };
  } finally {
    finder.dispose();
  }
}

describe('why two sides differ at a page', () => {
  it('names the commit between two kernels, and the registers that no longer count', () => {
    const cause = causeOf(setup('kvm-5.16'), setup('kvm-6.11'), 0x400000);
    expect(cause).toEqual({ changes: ['0a7b73559b39'], registers: ['default type'] });
    expect(causeOf(setup('kvm-5.16', { cr0cd: true }), setup('kvm-6.8', { cr0cd: true }), 0)).toEqual({
      changes: ['c9f65a3f2d92'],
      registers: [],
    });
  });

  it('names the lookup, and both ranges, where KVM folds what the manual weighs', () => {
    expect(causeOf(setup('sdm'), setup('kvm-5.16'), 0xc0000)).toEqual({
      changes: ['kvm-5.16'],
      registers: ['#0', '#1'],
    });
  });

  it('names the register in which two vCPUs differ, and only the one that matters', () => {
    const other = setup('sdm', {
      msrs: { 0x200: 6n, 0x201: 0xf_0000_0800n, 0x204: 1n, 0x250: 0x0606060606060606n, 0x2ff: 0x800n },
    });
    expect(causeOf(setup('sdm'), other, 0xc0000)).toEqual({ changes: ['variable range 1'], registers: [] });
    expect(rawDifferences(setup('sdm').vcpu, other.vcpu).map(({ name }) => name)).toEqual([
      'IA32_MTRR_PHYSBASE1',
      'IA32_MTRR_PHYSMASK1',
      'IA32_MTRR_PHYSBASE2',
      'IA32_MTRR_FIX64K_00000',
    ]);
  });

  it('names two changes where neither suffices', () => {
    const other = setup('kvm-5.16', { noncoherentDma: false, cr0cd: false });
    const cd = setup('kvm-5.16', { cr0cd: true, quirks: [] });
    const { changes } = causeOf(setup('kvm-5.16'), { ...cd, vcpu: { ...cd.vcpu } }, 0);
    expect(changes).toEqual(['CR0.CD', 'quirks']);
    expect(causeOf(setup('kvm-5.16'), other, 0).changes).toEqual(['non-coherent DMA']);
  });

  it('names a commit for every flag of a kernel that differs, and the layout of leaves by itself', () => {
    const changesOf = (a: Policy, b: Policy) => {
      const sides = [a, b].map((policy): Setup => ({ vcpu: setup('sdm').vcpu, policy })) as [Setup, Setup];
      const finder = new CauseFinder(engine, ...sides, 'leaf', 6);
      const changes = finder.changes.map(({ name, text }) => [name, text(0)]);
      finder.dispose();
      return changes;
    };
    const one = policyFromText('kvm-6.6');
    for (const [flag, values] of Object.entries(POLICY_FLAG_VALUES)) {
      for (const from of values)
        for (const to of values) {
          const [a, b] = [from, to].map((value) => ({ ...one, flags: { ...one.flags, [flag]: value } })) as [
            Policy,
            Policy,
          ];
          const changes = changesOf(a, b);
          expect(changes.length).toBe(from === to ? 0 : 1);
          if (from === to) continue;
          const [name, text] = changes[0]!;
          if (flag !== 'leaf' || [from, to].includes('kvm-7.2')) expect(name).toMatch(/^[0-9a-f]{12}$/);
          else expect(name).toBe('leaf');
          if (name === 'leaf')
            expect(text).toMatch(
              [from, to].some((layout) => /\d/.test(layout)) ? /bits 10 and 11/ : /bit 63/,
            );
        }
    }
  });

  it('does so at the last page of the space as at any other', () => {
    const other = setup('sdm', { msrs: { ...GUEST.msrs, 0x2ff: 0x804n } });
    const last = 2 ** 24 - 1;
    expect(causeOf(setup('sdm'), other, last, 'mtrr')).toEqual({
      changes: ['IA32_MTRR_DEF_TYPE'],
      registers: [],
    });
  });

  it('opens each view once, and gives all back', () => {
    const counted = createEvaluatorSync({ engine: 'auto' });
    const open = countViews(counted);
    const finder = new CauseFinder(counted, setup('sdm'), setup('kvm-5.16'), 'ept', 6);
    const cause = finder.causeAt(0xc0000);
    const { ever } = open;
    expect(ever).toBeGreaterThan(2);
    expect(finder.causeAt(0xc0000).registers).toEqual(cause.registers);
    expect(open.ever).toBe(ever);
    for (let times = 0; times < 2; times++) {
      finder.dispose();
      expect(open.now).toBe(0);
    }
    expect(finder.causeAt(0xc0000).registers).toEqual(cause.registers);
    finder.dispose();
    counted.dispose();
  });

  it('compares a register that one side never writes with its reset value', () => {
    const written = setup('sdm', { msrs: { ...GUEST.msrs, 0x277: 0x0007040600070406n, 0x259: 0n } });
    expect(rawDifferences(setup('sdm').vcpu, written.vcpu)).toEqual([]);
  });

  it('gives changes that do lead from one answer to the other, on random pairs', () => {
    let found = 0;
    for (let index = 0; index < rounds(35, 150); index++) {
      const one = generateCase(21, index);
      const other = neighbour(one, 22, index);
      const [a, b] = [opened(engine, one), opened(engine, other)];
      const want: Want = index % 3 === 0 ? 'leaf' : index % 3 === 1 ? 'ept' : 'levels';
      if (!a || !b || ![one, other].every(({ policy, vcpu }) => wantsOn(policy, vcpu.vendor).includes(want)))
        continue;
      const finder = new CauseFinder(engine, one, other, want, one.pat);
      for (const gfn of probeOf(23, one).frames) {
        const [from, to] = [answerOf(a, want, gfn, one.pat), answerOf(b, want, gfn, one.pat)];
        if (isSameAnswer(from, to)) continue;
        const { changes } = finder.causeAt(gfn);
        expect(changes.length).toBeGreaterThan(0);
        const changed = changes.reduce<Setup>((made, change) => change.apply(made), one);
        const view = engine.view(changed.vcpu, changed.policy);
        expect(answerOf(view, want, gfn, one.pat)).toEqual(to);
        view.dispose();
        found++;
      }
      finder.dispose();
      a.dispose();
      b.dispose();
    }
    expect(found).toBeGreaterThan(rounds(20, 100));
  });
});

describe('what a restore loses', () => {
  it('is listed by number, in whatever order registers were saved', () => {
    const msrs = [0x2ff, 0x201, 0x277, 0x200, 0x250];
    const before = new Map(msrs.map((msr) => [msr, 5n]));
    const numbers = lossesOf(before, new Map(), before).map(({ msr }) => msr);
    expect(numbers).toEqual([0x200, 0x201, 0x250, 0x277, 0x2ff]);
  });
});
