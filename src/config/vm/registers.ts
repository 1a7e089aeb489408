/**
 * The state of a vCPU in a config, as register writes: MTRRs in words, raw MSRs and PAT become numbers and
 * values, each with the place that it came from. A group that overrides a base changes the registers that it
 * names, and no others.
 */
import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  FIXED_END,
  FIXED_ENDS,
  FIXED_MSRS,
  inByte,
  isMemoryTypeMsr,
  LOW_BYTE,
  MASK_V,
  MSR_DEF_TYPE,
  MSR_PAT,
  msrName,
  physBase,
  physMask,
  withByte,
} from '../../msr/index.ts';
import { type MemoryType, UC } from '../../types.ts';
import { hexText } from '../../words.ts';
import { msrNumber } from '../msr-key.ts';
import type { Path } from '../path.ts';
import { type ByteRange, parseRange } from '../range-text.ts';
import { parseMemoryType, parsePatType, parseQuantity, shown } from '../values.ts';
import type { MtrrInput, StateInput, VariableInput } from './input.ts';

/** A register's value, and where in the config it is given. */
export interface Origin {
  readonly value: bigint;
  readonly path: Path;
}
/** Register values by MSR number, in the order of the writes. */
export type Registers = Map<number, Origin>;
/** Takes note of a problem. */
export type Report = (path: Path, message: string, hint?: string) => void;

const MIB = BigInt(FIXED_END) << 12n;

/** The 88 fixed ranges, ascending. */
const FIXED_RANGES: readonly ByteRange[] = FIXED_ENDS.map((end, k) => ({
  start: BigInt(FIXED_ENDS[k - 1] ?? 0) << 12n,
  end: BigInt(end) << 12n,
}));

function writeFixed(
  list: NonNullable<MtrrInput['fixed']>,
  at: Path,
  registers: Registers,
  report: Report,
): void {
  const types: (MemoryType | undefined)[] = new Array(FIXED_RANGES.length).fill(undefined);
  const givenAt: (Path | undefined)[] = new Array(FIXED_RANGES.length).fill(undefined);
  for (const [index, { range, type }] of list.entries()) {
    const path = [...at, index, 'range'];
    const bytes = parseRange(range) as ByteRange;
    if (bytes.end > MIB) {
      report(path, `expected a range below 1 MiB, got ${shown(range)}`, 'fixed ranges end at 0xfffff');
      continue;
    }
    const covered = FIXED_RANGES.map((one) => one.start >= bytes.start && one.end <= bytes.end);
    const cut = FIXED_RANGES.find((one, k) => !covered[k] && one.start < bytes.end && one.end > bytes.start);
    if (cut) {
      const whole = `${hexText(cut.start)}-${hexText(cut.end - 1n)}`;
      report(
        path,
        `expected whole fixed ranges, got ${shown(range)}`,
        `one register byte covers all of ${whole}`,
      );
      continue;
    }
    const taken = covered.findIndex((inside, k) => inside && givenAt[k]);
    if (taken >= 0) {
      report(path, `${hexText(FIXED_RANGES[taken]!.start)} is given twice`);
      continue;
    }
    covered.forEach((inside, k) => {
      if (!inside) return;
      types[k] = parseMemoryType(type) as MemoryType;
      givenAt[k] = [...at, index];
    });
  }
  FIXED_MSRS.forEach((msr, register) => {
    const first = register * 8;
    const before = registers.get(msr)?.value ?? BigInt(UC);
    let value = before;
    for (let k = 0; k < 8; k++) {
      const type = types[first + k];
      if (type === undefined) continue;
      value = withByte(value, k, type);
    }
    const path = givenAt.slice(first, first + 8).find((one) => one !== undefined);
    if (path) registers.set(msr, { value, path });
  });
}

/** Base and mask register of a variable range in words, or undefined where it was reported. */
function variableRegisters(
  input: VariableInput,
  path: Path,
  maxphyaddr: number,
  report: Report,
): { base: bigint; mask: bigint } | undefined {
  const space = 1n << BigInt(maxphyaddr);
  const limit = `maxphyaddr is ${maxphyaddr}`;
  const type = BigInt(parseMemoryType(input.type) ?? UC);
  const valid = input.valid === false ? 0n : MASK_V;
  let base = parseQuantity(input.base) ?? 0n;
  let size = parseQuantity(input.size);
  if (input.range !== undefined) {
    const bytes = parseRange(input.range) as ByteRange;
    base = bytes.start;
    size = bytes.end - bytes.start;
    if ((size & (size - 1n)) !== 0n) {
      report(
        [...path, 'range'],
        `expected a size of a power of two, got ${hexText(size)} bytes`,
        'a range of another size takes several registers',
      );
      return undefined;
    }
  }
  const basePath = [...path, input.range === undefined ? 'base' : 'range'];
  if (base >= space) {
    report(basePath, `expected an address below 2^${maxphyaddr}, got ${hexText(base)}`, limit);
    return undefined;
  }
  if (input.mask !== undefined) {
    return { base: base | type, mask: (parseQuantity(input.mask) ?? 0n) | valid };
  }
  if (size === undefined) return { base: base | type, mask: valid };
  if (base % size !== 0n) {
    report(
      basePath,
      `expected a multiple of the size ${hexText(size)}, got ${hexText(base)}`,
      'to state a register as it is, give its mask instead of a size',
    );
    return undefined;
  }
  if (base + size > space) {
    report(
      [...path, input.range === undefined ? 'size' : 'range'],
      `expected an end within 2^${maxphyaddr}, got ${hexText(base + size)}`,
      limit,
    );
    return undefined;
  }
  return { base: base | type, mask: (space - size) | valid };
}

function requireComplete(input: VariableInput, path: Path, report: Report): boolean {
  const has = (key: keyof VariableInput) => input[key] !== undefined;
  const both = (
    [
      ['range', 'base'],
      ['range', 'size'],
      ['range', 'mask'],
      ['size', 'mask'],
    ] as const
  ).find(([a, b]) => has(a) && has(b));
  if (both) {
    report([...path, both[1]], `expected either ${both[0]} or ${both[1]}, got both`);
    return false;
  }
  if (input.valid === false) return true;
  if (!has('type')) {
    report([...path, 'type'], 'expected a memory type, it is missing');
    return false;
  }
  if (has('range') || (has('base') && (has('size') || has('mask')))) return true;
  const missing = has('base') ? 'size' : 'base';
  report(
    [...path, missing],
    `expected ${missing === 'size' ? 'a size, a mask' : 'a base'} or a range, it is missing`,
  );
  return false;
}

function writeMtrr(
  input: MtrrInput,
  at: Path,
  registers: Registers,
  maxphyaddr: number,
  report: Report,
): void {
  if (input.fixed) writeFixed(input.fixed, [...at, 'fixed'], registers, report);
  const seen = new Set<number>();
  for (const [position, one] of (input.variable ?? []).entries()) {
    const path = [...at, 'variable', position];
    const index = Number(parseQuantity(one.index) ?? position);
    if (seen.has(index)) {
      report([...path, 'index'], `register pair ${index} is given twice`);
      continue;
    }
    seen.add(index);
    if (!requireComplete(one, path, report)) continue;
    const pair = variableRegisters(one, path, maxphyaddr, report);
    if (!pair) continue;
    registers.set(physBase(index), { value: pair.base, path });
    registers.set(physMask(index), { value: pair.mask, path });
  }
  const before = registers.get(MSR_DEF_TYPE);
  const flagged = (given: boolean | undefined, bit: bigint, fallback: boolean) =>
    (given ?? (before ? (before.value & bit) !== 0n : fallback)) ? bit : 0n;
  const type = parseMemoryType(input.default);
  const value =
    (type === undefined ? (before?.value ?? 0n) & LOW_BYTE : BigInt(type)) |
    flagged(input.enabled, DEF_TYPE_E, true) |
    flagged(input.fixedEnabled ?? (input.fixed ? true : undefined), DEF_TYPE_FE, false);
  if (value !== before?.value) {
    registers.set(MSR_DEF_TYPE, { value, path: input.default === undefined ? at : [...at, 'default'] });
  }
}

/** A decimal key whose digits, read as hex, name an MSR: `200` for `0x200`. */
function meantHex(key: string, msr: number): string | undefined {
  if (!/^\d+$/.test(key) || isMemoryTypeMsr(msr)) return undefined;
  return isMemoryTypeMsr(Number(`0x${key}`)) ? `did you mean 0x${key}?` : undefined;
}

function writeRaw(
  msrs: NonNullable<StateInput['msrs']>,
  at: Path,
  registers: Registers,
  own: Set<number>,
  report: Report,
): void {
  const spelt = new Map<number, string>();
  for (const [key, text] of Object.entries(msrs)) {
    const path = [...at, key];
    const msr = msrNumber(key) as number;
    const hint = meantHex(key, msr);
    if (hint) {
      report(path, `expected an MSR that decides memory types, got MSR ${hexText(msr)}`, hint);
      continue;
    }
    const earlier = spelt.get(msr);
    if (earlier !== undefined || own.has(msr)) {
      const where = earlier === undefined ? 'mtrr' : earlier;
      report(path, `${msrName(msr)} is given twice`, `it is also given by ${where}`);
      continue;
    }
    spelt.set(msr, key);
    registers.set(msr, { value: parseQuantity(text) as bigint, path });
  }
}

/** The host's own registers. */
export function hostRegisters(msrs: NonNullable<StateInput['msrs']>, report: Report): Registers {
  const registers: Registers = new Map();
  writeRaw(msrs, ['hostMsrs'], registers, new Set(), report);
  return registers;
}

/**
 * The register writes of a state.
 *
 * @param input - the state as it stands in the config
 * @param at - where it stands
 * @param base - registers that it overrides; not changed
 * @param maxphyaddr - for masks and limits
 * @param report - takes problems; registers that have one are left out
 */
export function registersOf(
  input: StateInput,
  at: Path,
  base: Registers,
  maxphyaddr: number,
  report: Report,
): Registers {
  const registers: Registers = new Map(base);
  if (input.mtrr) writeMtrr(input.mtrr, [...at, 'mtrr'], registers, maxphyaddr, report);
  const own = new Set([...registers.keys()].filter((msr) => registers.get(msr) !== base.get(msr)));
  if (input.msrs) writeRaw(input.msrs, [...at, 'msrs'], registers, own, report);
  if (input.pat !== undefined) {
    const path = [...at, 'pat'];
    if (input.msrs && Object.keys(input.msrs).some((key) => msrNumber(key) === MSR_PAT)) {
      report(path, 'IA32_PAT is given twice', 'it is also given by msrs');
    }
    const value = Array.isArray(input.pat)
      ? input.pat.reduce<bigint>((sum, type, k) => sum | inByte(parsePatType(type) ?? 0, k), 0n)
      : (parseQuantity(input.pat) as bigint);
    registers.set(MSR_PAT, { value, path });
  }
  return registers;
}
