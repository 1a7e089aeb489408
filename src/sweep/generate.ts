/** Layouts by seed and index: each is made without those before it, so that any part of a campaign can be made again. */
import {
  requireArray,
  requireInteger,
  requireKeys,
  requireWord,
  wrongKind,
  wrongValue,
} from '../arguments.ts';
import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  FIXED_MSRS,
  inByte,
  MASK_V,
  MSR_DEF_TYPE,
  MSR_SYSCFG,
  MSR_TOP_MEM2,
  physBase,
  physMask,
  SYSCFG_TOM2,
  SYSCFG_TOM2_ENABLE,
} from '../msr/index.ts';
import { MEMORY_TYPES, type MemoryType, UC, WB, WP } from '../types.ts';
import { LAYOUT_KINDS, type LayoutKind, MOST_BATCH_RANGES, type MsrWrite } from '../vm/index.ts';
import {
  crowd,
  type Draw,
  type DrawnRange,
  overlapping,
  ucDefault,
  unaligned,
  wbDefault,
  withHoles,
} from './layout-kinds.ts';
import { RandomWords } from './random-words.ts';

/** Size of what {@link generate} makes. */
export interface LayoutShape {
  /** Physical address bits, 32..52; default 46. */
  readonly maxphyaddr?: number;
  /** Fewest and most pairs of base and mask, 0..10; default 1 to 8. */
  readonly ranges?: readonly [fewest: number, most: number];
}

/** Words of the layout, and the first of the words for its fixed ranges. */
const HEAD = 0;
const SECOND = 1;
const FIRST_FIXED = 16;

/** What a layout is made of. */
interface Drawn {
  readonly defaultType: MemoryType;
  readonly isOn: boolean;
  /** Bytes of the fixed registers, ascending; undefined where they are off. */
  readonly fixed: readonly (readonly MemoryType[])[] | undefined;
  readonly ranges: readonly DrawnRange[];
  /** SYSCFG, and TOP_MEM2 in frames. */
  readonly tom2?: { readonly syscfg: bigint; readonly top: number };
}

/** Firmware: WB below 640 KiB, UC below 768 KiB, then WP, WP, WB or UC. */
function firmware(draw: Draw, isWbDefault: boolean): Drawn {
  const { words } = draw;
  const rom = ([WP, WP, WB, UC] as const)[words.bits(HEAD, 55, 2)]!;
  const types = FIXED_MSRS.map((_, place): MemoryType => (place > 2 ? rom : place === 2 ? UC : WB));
  return {
    defaultType: isWbDefault ? WB : UC,
    isOn: true,
    fixed: words.bits(HEAD, 53, 2) === 0 ? undefined : types.map((type) => Array(8).fill(type)),
    ranges: isWbDefault ? wbDefault(draw) : ucDefault(draw),
  };
}

/** Types of the fixed ranges: one for all eight of a register, or each its own. */
function anyFixed(words: RandomWords): readonly (readonly MemoryType[])[] {
  return FIXED_MSRS.map((_, place) => {
    const isOne = words.bits(SECOND, place, 1) === 1;
    return Array.from({ length: 8 }, (_byte, byte) => {
      const draw = words.bits(FIRST_FIXED + place, isOne ? 0 : 8 * byte, 8);
      return MEMORY_TYPES[Math.floor((draw * MEMORY_TYPES.length) / 256)]!;
    });
  });
}

/** What no firmware writes: any default, on in 31 of 32, fixed ranges in one of four. */
function scattered({ words }: Draw, ranges: readonly DrawnRange[], hasFixed = false): Drawn {
  return {
    defaultType: MEMORY_TYPES[words.below(HEAD, 16, MEMORY_TYPES.length)]!,
    isOn: words.bits(HEAD, 48, 5) !== 0,
    fixed: hasFixed || words.bits(HEAD, 53, 2) === 0 ? anyFixed(words) : undefined,
    ranges,
  };
}

/** AMD's top of memory below 64 GiB, which forces WB in seven of eight. */
function tom2Of({ words, maxphyaddr }: Draw): NonNullable<Drawn['tom2']> {
  const syscfg = words.bits(HEAD, 58, 3) === 0 ? SYSCFG_TOM2_ENABLE : SYSCFG_TOM2;
  return { syscfg, top: words.bits(SECOND, 24, Math.min(24, maxphyaddr - 12)) };
}

const KINDS: Readonly<Record<LayoutKind, (draw: Draw) => Drawn>> = {
  typical: (draw) => firmware(draw, draw.words.bits(SECOND, 8, 8) >= 160),
  'uc-holes': (draw) => firmware(draw, false),
  'wb-default': (draw) => firmware(draw, true),
  any: (draw) => scattered(draw, crowd(draw, draw.maxphyaddr - 12)),
  overlapping: (draw) => scattered(draw, overlapping(draw)),
  unaligned: (draw) => scattered(draw, unaligned(draw)),
  fixed: (draw) => scattered(draw, crowd(draw, 10), true),
  tom2: (draw) => ({
    ...scattered(draw, crowd(draw, Math.min(draw.maxphyaddr - 12, 22))),
    tom2: tom2Of(draw),
  }),
  'masks-with-holes': (draw) => scattered(draw, withHoles(draw)),
};

function maskOf({ size, holes = [] }: DrawnRange, maxphyaddr: number): bigint {
  const contiguous = BigInt.asUintN(maxphyaddr - 12, -BigInt(size));
  return holes.reduce((mask, bit) => mask & ~(1n << BigInt(bit)), contiguous) << 12n;
}

function writesOf({ defaultType, isOn, fixed, ranges, tom2 }: Drawn, maxphyaddr: number): MsrWrite[] {
  const writes: MsrWrite[] = [];
  const write = (msr: number, value: bigint): void => void writes.push({ msr, value });
  fixed?.forEach((types, place) => {
    write(
      FIXED_MSRS[place]!,
      types.reduce((value, type, byte) => value | inByte(type, byte), 0n),
    );
  });
  ranges.forEach((range, index) => {
    write(physBase(index), (BigInt(range.base) << 12n) | BigInt(range.type));
    write(physMask(index), maskOf(range, maxphyaddr) | (range.isOn ? MASK_V : 0n));
  });
  if (tom2) {
    write(MSR_SYSCFG, tom2.syscfg);
    write(MSR_TOP_MEM2, BigInt(tom2.top) << 12n);
  }
  write(MSR_DEF_TYPE, BigInt(defaultType) | (isOn ? DEF_TYPE_E : 0n) | (fixed ? DEF_TYPE_FE : 0n));
  return writes;
}

function require64(path: string, value: unknown): bigint {
  if (typeof value !== 'bigint') throw wrongKind(path, 'a bigint of 64 bits', value);
  if (BigInt.asUintN(64, value) !== value) throw wrongValue(path, 'a bigint of 64 bits', value);
  return value;
}

/**
 * The layout of a seed and an index: what `Evaluator.batch` makes inside the Wasm, as register writes.
 *
 * @param seed - 64 bits
 * @param index - 64 bits
 * @param kind - default `typical`
 * @param shape - address bits and number of ranges
 * @returns writes in order: fixed ranges where they are on, pairs of base and mask, TOM2, IA32_MTRR_DEF_TYPE
 * @throws InputTypeError, InputRangeError
 * @example
 * generate(1n, 0n, 'wb-default', { ranges: [1, 1] }).at(-1).value & 0xffn; // 6n
 */
export function generate(
  seed: bigint,
  index: bigint,
  kind: LayoutKind = 'typical',
  shape: LayoutShape = {},
): readonly MsrWrite[] {
  require64('seed', seed);
  require64('index', index);
  const stream = LAYOUT_KINDS.indexOf(requireWord('kind', kind, LAYOUT_KINDS));
  requireKeys('shape', shape, ['maxphyaddr', 'ranges'], 'a shape { maxphyaddr, ranges }');
  const maxphyaddr = requireInteger('shape.maxphyaddr', shape.maxphyaddr ?? 46, 32, 52);
  const ranges = requireArray('shape.ranges', shape.ranges ?? [1, 8], 'the fewest and the most ranges');
  const fewest = requireInteger('shape.ranges.0', ranges[0], 0, MOST_BATCH_RANGES);
  const most = requireInteger('shape.ranges.1', ranges[1], fewest, MOST_BATCH_RANGES);
  const words = new RandomWords(seed, index, stream);
  const count = fewest + words.below(HEAD, 0, most - fewest + 1);
  return writesOf(KINDS[kind]({ words, count, maxphyaddr }), maxphyaddr);
}
