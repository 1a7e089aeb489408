/** Explanations as people read them. */
import { afterAll, describe, expect, it } from 'vitest';
import { PRESETS, preset } from '../../../src/config/index.ts';
import { createEvaluatorSync } from '../../../src/engine/index.ts';
import { explain } from '../../../src/explain/index.ts';
import { POLICY_NAMES, policy } from '../../../src/policy/index.ts';
import { type VcpuInit, vcpu, vcpuOf } from '../../../src/vm/index.ts';
import { explainLines, idsText } from '../../../src/write/index.ts';
import { rounds } from '../../rounds.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

function textOf(init: Partial<VcpuInit>, name: string, gfn: number): string {
  const view = evaluator.view(vcpu({ maxphyaddr: 46, ...init }), policy(name));
  return [...explainLines(explain(view, gfn), { subject: 'guest' })].join('\n');
}

describe('an explanation', () => {
  it('of one address fits on a screen, whatever the preset and the policy', () => {
    let turn = 0;
    for (const { name } of PRESETS) {
      const guest = vcpuOf(preset(name), 0);
      for (const row of POLICY_NAMES.filter((one) => policy(one).traits.vendors.includes(guest.vendor))) {
        const view = evaluator.view(guest, policy(row));
        const frames = [0xa0, 0xd0, 0x200, 0xc0000, 0x100000];
        const count = rounds(1, frames.length);
        for (const gfn of [...frames, ...frames].slice(turn % frames.length).slice(0, count)) {
          const lines = [...explainLines(explain(view, gfn), { subject: name })];
          expect(lines.length, `${name} ${row} 0x${gfn.toString(16)}`).toBeLessThan(40);
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(160);
          expect(lines.join()).not.toMatch(/NaN|\[object|undefined,|reserved\(/);
        }
        view.dispose();
        turn += 1;
      }
    }
  });

  it('tells the fold of KVM and what it never saw', () => {
    const msrs = {
      0x200: 0xc0000001n,
      0x201: 0x3fffc0000800n,
      0x202: 0x80000006n,
      0x203: 0x3fff80000800n,
      0x204: 0n,
      0x205: 0x3fff00000800n,
      0x2ff: 0x800n,
    };
    const text = textOf({ noncoherentDma: true, msrs }, 'kvm-5.16', 0xc0000);
    expect(text).toContain("KVM's fold   WB, unlike the manual (UC)");
    expect(text).toContain('#1 WB 0x80000000-0xffffffff (2G): any other pair: WB, stop');
    expect(text).toContain('never looked at: #2 UC');
  });

  it('names undefined overlaps, formerly undefined cells and an entry that is not written', () => {
    const overlap = { 0x200: 1n, 0x201: 0x800n, 0x202: 6n, 0x203: 0x800n, 0x2ff: 0x800n };
    const text = textOf({ msrs: overlap }, 'sdm', 0x123);
    expect(text).toContain('undefined: the manual does not say what WC and WB give together');
    expect(text).toContain('entry        none: no type is defined');
    expect(text).toMatch(/gets +\? +\? +\? +\? +\? +\?/);
    expect(textOf({ msrs: { 0x2ff: 0x805n } }, 'sdm', 0x123)).toContain(
      'older manuals called these combinations undefined: PAT UC- -> WC, PAT WT -> WT',
    );
  });

  it('groups changes by what they lead to', () => {
    const text = textOf({ msrs: { 0x2ff: 0x806n } }, 'kvm-6.16', 0x123);
    expect(text).toContain(
      '-> EPT WB:\n                  quirk ignore-guest-pat off | non-coherent DMA on | policy sdm | policy kvm-6.11-rc',
    );
  });

  it('says so where nothing changes anything', () => {
    const mmio = [{ start: 0, end: 2 ** 34 }];
    const view = evaluator.view(vcpu({ maxphyaddr: 46, mmio }), policy('sdm'));
    const nothing = { ...explain(view, 0), changes: [], guestChanges: [] };
    expect([...explainLines(nothing, { subject: 'guest' })].at(-1)).toBe(
      '  would change nothing: no single change would alter this',
    );
  });

  it('is bold only where colours are wanted', () => {
    const view = evaluator.view(vcpu({ maxphyaddr: 46 }), policy('sdm'));
    const lines = (colour: boolean) =>
      [...explainLines(explain(view, 0), { subject: 'x', colour })].join('\n');
    expect(lines(false)).not.toContain('\u001b');
    expect(lines(true).replace(/\u001b\[\d+m/g, '')).toBe(lines(false));
  });
});

it('lists of ids join what follows on', () => {
  expect(idsText([7, 0, 1, 2, 3, 9, 10])).toBe('0-3,7,9-10');
});
