/** What a replay remembers, and where it stops: each bound is met, and nothing is lost below it. */
import { describe, expect, it } from 'vitest';
import { Evaluator, type View } from '../../src/engine/index.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import { Demands, ofHost } from '../../src/replay/demands.ts';
import { RegisterState } from '../../src/replay/registers.ts';
import { Roots } from '../../src/replay/roots.ts';
import { WindowLog } from '../../src/replay/windows.ts';
import type { Span } from '../../src/types.ts';
import { type Vcpu, vcpu } from '../../src/vm/index.ts';

const FRAMES = 2 ** 24;
/** One for all: an error takes its time to make. */
const REFUSED = new WrmsrFault(0, 0x200, 1n);

describe('roots that nobody holds', () => {
  const MOST = 4096;

  /** One entry in a root of its own, whose vCPU goes to the next one. */
  function leave(roots: Roots, key: number) {
    const { ept } = roots.load(0, `${key}`);
    ept.recover({ start: 0, end: 512, level: 2, code: 6 });
    return roots.unload(0);
  }

  it('are kept up to a number, then the oldest goes', () => {
    const roots = new Roots(FRAMES, 'kept');
    // The oldest of all is held, and so stays.
    roots.load(1, 'held').ept.recover({ start: 0, end: 512, level: 2, code: 6 });
    for (let key = 0; key < MOST; key++) if (leave(roots, key).entries > 0) expect.fail(`${key}`);
    expect(roots.count).toBe(MOST + 1);
    expect(leave(roots, MOST)).toEqual({ entries: 1, pages: 512 });
    expect(roots.count).toBe(MOST + 1);
    expect(['held', '0', '1', `${MOST}`].map((key) => roots.has(key))).toEqual([true, false, true, true]);
  });

  it('are not kept where nothing was installed in them', () => {
    const roots = new Roots(FRAMES, 'kept');
    roots.load(0, 'a');
    expect(roots.count).toBe(1);
    expect(roots.unload(0)).toEqual({ entries: 0, pages: 0 });
    expect(roots.count).toBe(0);
    expect(roots.unload(0)).toEqual({ entries: 0, pages: 0 });
  });
});

describe('windows', () => {
  it('are kept one by one up to a number, and all counted', () => {
    const log = new WindowLog();
    const most = 65536;
    for (let window = 0; window <= most; window++) {
      log.note(2 * window, window, 3, 1);
      log.note(2 * window + 1, window, 0, 2);
    }
    expect(log.windows.length).toBe(most);
    expect(log.windows.at(-1)).toEqual({
      from: 2 * most - 2,
      to: 2 * most - 1,
      fromTime: most - 1,
      toTime: most - 1,
      events: 1,
      peakPages: 3,
      pageEvents: 3,
      foreignAccesses: 3,
    });
    expect(log.totals).toEqual({
      count: most + 1,
      events: most + 1,
      peakPages: 3,
      pageEvents: 3 * (most + 1),
      foreignAccesses: 3 * (most + 1),
    });
  });

  it('are listed while they are open, as they are then', () => {
    const log = new WindowLog();
    log.note(0, undefined, 5, 0);
    const [open] = log.windows;
    log.note(1, 7, 9, 4);
    expect(open).toMatchObject({ from: 0, to: undefined, events: 1, peakPages: 5, foreignAccesses: 0 });
    expect(log.windows).toEqual([
      {
        from: 0,
        to: undefined,
        fromTime: undefined,
        toTime: undefined,
        events: 2,
        peakPages: 9,
        pageEvents: 14,
        foreignAccesses: 4,
      },
    ]);
  });
});

describe('what states demand', () => {
  const guest = vcpu({ maxphyaddr: 36, noncoherentDma: true });
  const { maxphyaddr, noncoherentDma, mmio, slots } = guest;
  const around = {
    maxphyaddr,
    noncoherentDma,
    mmio,
    slots,
    quirks: guest.quirks,
    ...ofHost({ vendor: 'intel', selfSnoop: true, msrs: [] }),
  };
  /** A state of its own for each number: a valid range somewhere. */
  const stateOf = (range: number): RegisterState =>
    new RegisterState(
      new Map([
        [0x2ff, 0x806n],
        [0x200, BigInt(range) << 12n],
        [0x201, 0xffffff800n],
      ]),
      false,
      true,
      undefined,
    );

  /** An evaluator that takes note of what it is asked. */
  function asked(spans: () => Iterable<Partial<Span>>, refuses = (_: Vcpu): boolean => false) {
    const seen: { times: number; open: number; last?: Vcpu } = { times: 0, open: 0 };
    const view = (vcpu: Vcpu): View => {
      seen.times += 1;
      seen.last = vcpu;
      if (refuses(vcpu)) throw REFUSED;
      seen.open += 1;
      return { spansOf: spans, dispose: () => (seen.open -= 1) } as unknown as View;
    };
    const evaluator = Object.assign(Object.create(Evaluator.prototype) as Evaluator, { view });
    return { seen, demands: new Demands(evaluator, policy('kvm-5.16'), around) };
  }

  it.each(['types', 'levels'] as const)(
    '%s are remembered for 4,096 of them, the oldest forgotten first',
    (what) => {
      const { seen, demands } = asked(() => [{ end: FRAMES, type: 6, level: 3 }]);
      const most = 4096;
      for (let range = 0; range < most; range++) demands[what](stateOf(range));
      for (let range = 0; range < most; range++) demands[what](stateOf(range));
      expect(seen.times).toBe(most);
      demands[what](stateOf(most));
      demands[what](stateOf(1));
      expect(seen.times).toBe(most + 1);
      demands[what](stateOf(0));
      expect(seen.times).toBe(most + 2);
      demands[what](stateOf(2));
      expect(seen.times).toBe(most + 2);
      demands[what](stateOf(1));
      expect(seen.times).toBe(most + 3);
      demands.surroundings = { ...around };
      demands[what](stateOf(most));
      expect(seen.times).toBe(most + 4);
    },
  );

  it.each(['types', 'levels'] as const)('%s are worked out once for a state that somebody holds', (what) => {
    const { seen, demands } = asked(() => [{ end: FRAMES, type: 6, level: 3 }]);
    const held = stateOf(0);
    demands[what](held);
    for (let range = 1; range <= 4096; range++) demands[what](stateOf(range));
    expect(seen.times).toBe(4097);
    expect(demands[what](held)).toEqual({ ends: [FRAMES], values: [what === 'types' ? 6 : 3] });
    expect(seen.times).toBe(4097);
    // Until the VM around it changes.
    for (let times = 1; times <= 2; times++) {
      demands.surroundings = { ...around };
      for (let again = 0; again < 2; again++) demands[what](held);
      expect(seen.times).toBe(4097 + times);
    }
  });

  it('closes each view, also where it is given up', () => {
    const { seen, demands } = asked(() => [{ end: FRAMES, type: 6 }]);
    expect(demands.types(stateOf(0))).toEqual({ ends: [FRAMES], values: [6] });
    expect(seen.open).toBe(0);
  });

  it('may have a million stretches, and no more', () => {
    const most = 2 ** 20;
    let count = most;
    const { seen, demands } = asked(function* () {
      for (let end = 1; end <= count; end++) yield { end, type: 6 };
    });
    expect(demands.types(stateOf(0)).ends.length).toBe(most);
    count += 1;
    expect(() => demands.types(stateOf(1))).toThrow(
      expect.objectContaining({
        code: 'too-many-spans',
        message: 'a vCPU state has more than 1048576 spans',
      }),
    );
    expect(seen.open).toBe(0);
  });

  it('verdicts on writes are remembered for 4,096 of them, of all pairs alike', () => {
    const { seen, demands } = asked(
      () => [],
      ({ msrs }) => (msrs[0]!.value & 1n) === 1n,
    );
    const state = stateOf(0);
    const most = 4096n;
    for (let value = 0n; value < most; value++) {
      if (demands.isRefused(state, 0x200, value) !== ((value & 1n) === 1n)) expect.fail(`${value}`);
    }
    expect(seen.times).toBe(Number(most));
    expect(demands.isRefused(state, 0x20e, 1n)).toBe(true);
    expect(seen.times).toBe(Number(most));
    // A mask is another register, and there are eight pairs.
    expect(demands.isRefused(state, 0x20f, 2n)).toBe(false);
    expect(seen.last!.msrs).toEqual([{ msr: 0x201, value: 2n }]);
    demands.isRefused(state, 0x210, 2n);
    expect(seen.last!.msrs).toEqual([{ msr: 0x210, value: 2n }]);
    expect(seen.times).toBe(Number(most) + 2);
    demands.isRefused(state, 0x200, 0n);
    expect(seen.times).toBe(Number(most) + 3);
    demands.isRefused(state, 0x200, 3n);
    expect(seen.times).toBe(Number(most) + 3);
    // MTRRCAP is read-only, whatever is written.
    expect(demands.isRefused(state, 0xfe, 0x508n)).toBe(true);
    expect(seen.times).toBe(Number(most) + 3);
  });
});
