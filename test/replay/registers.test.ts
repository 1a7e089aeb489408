/** Which states are the same, and which of them demand the same. */
import { describe, expect, it } from 'vitest';
import { RegisterState } from '../../src/replay/registers.ts';

const [PAT, DEF_TYPE, MTRRCAP, FIXED] = [0x277, 0x2ff, 0xfe, 0x250];
const ON: readonly [number, bigint] = [DEF_TYPE, 0x806n];
const RANGE: readonly (readonly [number, bigint])[] = [
  [0x200, 0x80000006n],
  [0x201, 0xf80000800n],
];

interface Other {
  readonly cd?: boolean;
  readonly hasMtrr?: boolean;
  readonly vcnt?: number;
}
const state = (
  msrs: readonly (readonly [number, bigint])[],
  { cd = false, hasMtrr = true, vcnt }: Other = {},
) => new RegisterState(new Map(msrs), cd, hasMtrr, vcnt);

const BASE = state([ON, ...RANGE]);

describe('states', () => {
  it('stay the same object where nothing is written', () => {
    expect(BASE.written(0x200, 0x80000006n)).toBe(BASE);
    expect(BASE.written(0x200, 6n)).not.toBe(BASE);
    expect(BASE.written(0x200, 6n).msrs).toEqual(new Map([ON, [0x200, 6n], RANGE[1]!]));
    expect(BASE.msrs.get(0x200)).toBe(0x80000006n);
    expect(BASE.withCacheDisable(false)).toBe(BASE);
    const disabled = BASE.withCacheDisable(true);
    expect([disabled.cr0cd, disabled.msrs, disabled.guestHasMtrr]).toEqual([true, BASE.msrs, true]);
    expect(BASE.withCacheDisable(true)).toBe(disabled);
  });

  it.each<[string, RegisterState]>([
    ['in another order', state([...RANGE].reverse().concat([[...ON]]))],
    ['with a register that is 0', state([ON, ...RANGE, [0x202, 0n], [FIXED, 0n]])],
    ['with a PAT', state([[PAT, 0x7040600070406n], ON, ...RANGE])],
    ['with the number of ranges', state([[MTRRCAP, 0x508n], ON, ...RANGE])],
  ])('are one %s', (_, other) => {
    expect(other.stateKey).toBe(BASE.stateKey);
  });

  const DIFFERENT: readonly RegisterState[] = [
    BASE,
    state([]),
    state([], { hasMtrr: false }),
    state([], { cd: true }),
    state([], { vcnt: 8 }),
    state([ON]),
    state([ON, ...RANGE], { cd: true }),
    state([ON, ...RANGE], { hasMtrr: false }),
    state([ON, ...RANGE], { vcnt: 10 }),
    state([ON, RANGE[0]!]),
    state([ON, RANGE[1]!]),
    state([ON, [0x200, 0x90000006n], RANGE[1]!]),
    state([ON, [0x202, 0x80000006n], RANGE[1]!]),
    state([[DEF_TYPE, 0x800n], ...RANGE]),
    state([ON, ...RANGE, [FIXED, 6n]]),
  ];
  it('are told apart by each register, CR0.CD, and what MTRRs there are', () => {
    expect(new Set(DIFFERENT.map(({ stateKey }) => stateKey)).size).toBe(DIFFERENT.length);
  });
});

describe('what MTRRs demand', () => {
  it.each<[string, RegisterState, RegisterState]>([
    ['CR0.CD', state([ON, ...RANGE], { cd: true }), BASE],
    ['the PAT', state([[PAT, 1n], ON, ...RANGE]), BASE],
    ['the number of ranges that a config states', state([[MTRRCAP, 0x508n], ON, ...RANGE]), BASE],
    ['the order of writes', state([...RANGE].reverse().concat([[...ON]])), BASE],
    ['a range that is off', state([ON, ...RANGE, [0x202, 5n], [0x203, 0xf80000000n]]), BASE],
    ['a range without a mask', state([ON, ...RANGE, [0x202, 5n]]), BASE],
    ['fixed registers that are off', state([ON, ...RANGE, [FIXED, 6n]]), BASE],
    ['all of them where they are off', state([[DEF_TYPE, 6n], ...RANGE]), state([])],
    ['how many there are where they are off', state([], { vcnt: 8 }), state([])],
  ])('does not depend on %s', (_, one, other) => {
    expect(one.mtrrKey).toBe(other.mtrrKey);
  });

  it('depends on all others', () => {
    const fixedOn: readonly [number, bigint] = [DEF_TYPE, 0xc06n];
    const different = [
      BASE,
      state([]),
      state([], { hasMtrr: false }),
      state([ON]),
      state([ON, ...RANGE], { vcnt: 10 }),
      state([[DEF_TYPE, 0x800n], ...RANGE]),
      state([ON, [0x200, 0x90000006n], RANGE[1]!]),
      state([ON, [0x202, 0x80000006n], [0x203, 0xf80000800n]]),
      state([ON, RANGE[0]!, [0x201, 0xf00000800n]]),
      state([ON, ...RANGE, [0x202, 5n], [0x203, 0xf80000800n]]),
      state([fixedOn, ...RANGE]),
      state([fixedOn, ...RANGE, [FIXED, 6n]]),
      state([fixedOn, ...RANGE, [FIXED, 5n]]),
      state([fixedOn, ...RANGE, [0x258, 6n]]),
    ];
    expect(new Set(different.map(({ mtrrKey }) => mtrrKey)).size).toBe(different.length);
  });
});
