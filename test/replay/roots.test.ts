/** Which vCPUs share a root, what RESET and the VMM leave alone, and what goes with a root that nobody holds. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type VmInit, vm } from '../../src/index.ts';
import type { ReplayEvent, ReplayOptions } from '../../src/replay/index.ts';
import { pagingRole } from '../../src/replay/paging.ts';
import { zapJson } from '../../src/write/replay/event-json.ts';
import { zapText } from '../../src/write/replay/words.ts';
import { ran } from './run.ts';

const evaluator = createEvaluatorSync({ engine: 'auto' });
afterAll(() => evaluator.dispose());

const PAGES = 1024;

function guest(vcpus = 1, more: Partial<VmInit> = {}) {
  return vm({
    maxphyaddr: 36,
    slots: [{ gfn: 0, count: PAGES, pfn: 0 }],
    vcpus: Array.from({ length: vcpus }, () => ({ msrs: { 0x2ff: 0x806n } })),
    ...more,
  });
}

function touch(vcpu: number, start = 0, end = PAGES): ReplayEvent {
  return { kind: 'touch', vcpu, range: { start, end }, access: 'write' };
}

function runOn(release: string, vcpus: number, events: ReplayEvent[], more: Partial<ReplayOptions> = {}) {
  return ran(guest(vcpus), events, release, evaluator, more);
}

const mapped = (report: { entries: readonly { entries: number }[] } | undefined) =>
  report!.entries.reduce((sum, { entries }) => sum + entries, 0);

describe('a root that nobody holds any more', () => {
  it.each([
    ['kvm-4.19', 2],
    ['kvm-5.14', 2],
    ['kvm-5.15', 0],
    ['kvm-6.0', 0],
    ['kvm-6.1', 2],
    ['kvm-6.6', 2],
  ])('%s: %i entries are left after the reset of a lone vCPU', (release, left) => {
    const { last } = runOn(release, 1, [touch(0), { kind: 'reset', vcpu: 0 }]);
    expect(mapped(last.report)).toBe(left);
    expect(last.zap?.reason).toBe(left === 0 ? 'root' : undefined);
  });

  it('stays while another vCPU holds it, and goes with that one', () => {
    const { steps } = runOn('kvm-5.15', 2, [
      touch(0),
      touch(1),
      { kind: 'reset', vcpu: 0 },
      { kind: 'reset', vcpu: 1 },
    ]);
    expect(steps.map(({ report }) => mapped(report))).toEqual([2, 2, 2, 0]);
  });

  it('is not held by a vCPU that has not run', () => {
    const { last } = runOn('kvm-5.15', 2, [touch(0), { kind: 'reset', vcpu: 0 }]);
    expect(mapped(last.report)).toBe(0);
  });

  it.each<[string, ReplayEvent, number]>([
    ["the VMM's CR0 write", { kind: 'cr0cd', vcpu: 0, on: true, by: 'vmm' }, 0],
    ["the VMM's CR0 write that changes nothing", { kind: 'cr0cd', vcpu: 0, on: false, by: 'vmm' }, 2],
    ["the guest's CR0.CD", { kind: 'cr0cd', vcpu: 0, on: true }, 2],
    ["the guest's CR0.WP", { kind: 'cr0', vcpu: 0, wp: false }, 0],
    ["the guest's EFER.NX", { kind: 'efer', vcpu: 0, nx: false }, 0],
    ['an SMI', { kind: 'smi', vcpu: 0 }, 0],
    ['a nested guest', { kind: 'nested', vcpu: 0, on: true }, 2],
    ['CR0.NW', { kind: 'cr0', vcpu: 0, nw: true }, 2],
  ])('5.15: after %s', (_, event, left) => {
    expect(mapped(runOn('kvm-5.15', 1, [touch(0), event]).last.report)).toBe(left);
  });

  it('goes with its entries beside those that the same write zaps', () => {
    const machine = guest(1, { noncoherentDma: true });
    const design = { name: 'own', type: 'faulter', zap: 'fine', root: 'state' } as const;
    const events: ReplayEvent[] = [
      { kind: 'wrmsr', vcpu: 0, msr: 0x200, value: 0x200000n },
      touch(0),
      { kind: 'wrmsr', vcpu: 0, msr: 0x201, value: 0xfffe00800n },
    ];
    const { last, summary } = ran(machine, events, 'kvm-5.17', evaluator, { design });
    expect(last.zap).toEqual({
      reason: 'mtrr',
      ranges: [{ start: 512, end: 1024 }],
      lost: { entries: 2, pages: 1024 },
      withRoot: { entries: 1, pages: 512 },
    });
    expect(mapped(last.report)).toBe(0);
    expect(summary.zaps).toEqual([{ reason: 'mtrr', count: 1, empty: 0, entries: 2, pages: 1024 }]);
    expect(zapText(last.zap!, PAGES)).toBe('0x200000-0x3fffff: 2 entries, 1 of them with the root');
    expect(zapJson(last.zap!)).toMatchObject({
      entries: 2,
      pages: 1024,
      withRoot: { entries: 1, pages: 512 },
    });
  });

  it('goes beside a zap of an empty range', () => {
    const range = { start: 0x300, end: 0x200 };
    const withRoot = { entries: 1, pages: 512 };
    const zap = { reason: 'mtrr', ranges: [range], lost: withRoot, withRoot } as const;
    expect(zapText(zap, PAGES)).toBe('0x300000 to 0x200000: empty; 1 entry, 1 of them with the root');
  });

  it('stays where a flag says so', () => {
    const { last } = runOn('kvm-5.15+rootLifetime=kept', 1, [touch(0), { kind: 'reset', vcpu: 0 }]);
    expect(mapped(last.report)).toBe(2);
  });
});

describe('the role', () => {
  const off: ReplayEvent[] = [touch(0), { kind: 'cr0', vcpu: 1, pg: false }, touch(1)];

  it.each([
    ['kvm-4.19', 2],
    ['kvm-5.16', 2],
    ['kvm-5.18', 2],
    ['kvm-5.19', 0],
    ['kvm-6.8', 0],
  ])('%s: a vCPU without paging installs %i entries of its own', (release, installed) => {
    const { last } = runOn(release, 2, off);
    expect(last.touched!.installed).toBe(installed);
    expect(last.report!.roots).toBe(installed > 0 ? 2 : 1);
  });

  it.each(['kvm-5.16', 'kvm-6.8'])('%s: SMM and nested guests have roots of their own', (release) => {
    const { steps } = runOn(release, 2, [
      touch(0),
      { kind: 'smi', vcpu: 1 },
      touch(1, 0, 512),
      { kind: 'rsm', vcpu: 1 },
      touch(1, 0, 512),
      { kind: 'nested', vcpu: 1, on: true },
      touch(1, 0, 512),
      { kind: 'nested', vcpu: 1, on: false },
      touch(1, 0, 512),
    ]);
    const installed = steps.flatMap(({ touched }) => (touched ? [touched.installed] : []));
    expect(installed).toEqual([2, 1, 0, 1, 0]);
  });

  it('leaves no root of a nested guest in which nothing was installed', () => {
    const nested = (on: boolean): ReplayEvent => ({ kind: 'nested', vcpu: 0, on });
    const rootsAfter = (pages: number) => {
      const events = [nested(true), touch(0, pages, pages + 1), nested(false)];
      return runOn('kvm-6.8', 1, events).steps.map(({ report }) => report!.roots);
    };
    expect(rootsAfter(PAGES)).toEqual([1, 1, 1]);
    expect(rootsAfter(0)).toEqual([1, 1, 2]);
  });

  it('of a vCPU that was plugged in is that of one without paging', () => {
    const events: ReplayEvent[] = [touch(0), { kind: 'hotplug', vcpu: 7 }, touch(7, 0, 1)];
    expect(runOn('kvm-5.16', 1, events).last.touched).toMatchObject({ installed: 1, foreign: 0 });
    expect(runOn('kvm-5.19', 1, events).last.touched).toMatchObject({ installed: 0, foreign: 0 });
  });
});

describe('RESET and the VMM', () => {
  const quirkOff = guest(1, { noncoherentDma: true, quirks: [] });

  it.each<[string, ReplayEvent, number]>([
    ['RESET', { kind: 'reset', vcpu: 0 }, 2],
    ["the VMM's CR0.CD", { kind: 'cr0cd', vcpu: 0, on: true, by: 'vmm' }, 2],
    ["the guest's CR0.CD", { kind: 'cr0cd', vcpu: 0, on: true }, 0],
  ])('%s leaves %j', (_, event, left) => {
    const { last } = ran(quirkOff, [touch(0), event], 'kvm-6.6', evaluator);
    expect(mapped(last.report)).toBe(left);
    expect(last.report!.stale.entries).toBe(left);
  });

  it('RSM brings CR0.CD back by MOV CR0, which zaps', () => {
    const events: ReplayEvent[] = [
      { kind: 'smi', vcpu: 0 },
      { kind: 'cr0cd', vcpu: 0, on: true },
      touch(0),
      { kind: 'rsm', vcpu: 0 },
    ];
    const { last } = ran(quirkOff, events, 'kvm-6.6', evaluator);
    expect(last.zap).toMatchObject({ reason: 'cr0cd', lost: { entries: 2 } });
  });
});

describe('a vCPU that does not run', () => {
  const attempt = (event: ReplayEvent, more: Partial<ReplayOptions> = { start: { waiting: [1] } }) =>
    runOn('kvm-6.6', 2, [event], more);

  it.each<[string, ReplayEvent, RegExp]>([
    ['a touch', touch(1), /vCPU 1 does not run: it waits for SIPI/],
    ['a WRMSR', { kind: 'wrmsr', vcpu: 1, msr: 0x2ff, value: 0n }, /by: vmm/],
    ['a MOV CR0', { kind: 'cr0', vcpu: 1, pg: true }, /by: vmm/],
    ['an RSM', { kind: 'rsm', vcpu: 0 }, /not in SMM/],
    ['an exit', { kind: 'nested', vcpu: 0, on: false }, /in no nested guest/],
    ['a start', { kind: 'start', vcpu: 0 }, /not stopped/],
  ])('%s is refused', (_, event, message) => {
    expect(() => attempt(event)).toThrow(message);
  });

  it('an SMI needs SMM', () => {
    expect(() => attempt({ kind: 'smi', vcpu: 0 }, { start: { smm: false } })).toThrow(/no SMM/);
  });

  it('counts in no window, until SIPI', () => {
    const events: ReplayEvent[] = [
      { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x800n },
      { kind: 'sipi', vcpu: 1 },
      { kind: 'stop', vcpu: 1 },
      { kind: 'start', vcpu: 1 },
    ];
    const machine = guest(2, { noncoherentDma: true });
    const { steps, summary } = ran(machine, events, 'kvm-6.6', evaluator, { start: { waiting: [1] } });
    expect(steps.map(({ disagree }) => disagree)).toEqual([0, PAGES, 0, PAGES]);
    expect(summary.uniformity).toEqual({
      registers: { events: 2, first: 1 },
      effect: { events: 2, first: 1 },
    });
  });
});

describe('a role that holds paging', () => {
  const SWITCHES = [false, true];

  it('is one for all without paging, and for a vCPU that has neither WP nor NX', () => {
    const off = SWITCHES.flatMap((wp) => SWITCHES.map((nx) => pagingRole({ pg: false, wp, nx })));
    expect(new Set([...off, pagingRole({ pg: true, wp: false, nx: false })]).size).toBe(1);
    const on = SWITCHES.flatMap((wp) => SWITCHES.map((nx) => pagingRole({ pg: true, wp, nx })));
    expect(new Set(on).size).toBe(4);
  });
});
