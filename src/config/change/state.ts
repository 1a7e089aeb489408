/**
 * A vCPU's state with changes. They act as the values of a group act on the top of a config: registers that are named
 * change, and of a register that is named in words only what the words say; the rest stays.
 */
import { InputRangeError } from '../../errors.ts';
import {
  bytesOf,
  LOW_BYTE,
  MASK_V,
  MSR_DEF_TYPE,
  MSR_PAT,
  PAGE_BITS,
  PAT_RESET,
  physBase,
  physMask,
} from '../../msr/index.ts';
import type { VcpuState, VmVcpuInit } from '../../vm/index.ts';
import { hexText } from '../../words.ts';
import { msrNumber } from '../msr-key.ts';
import { type Path, pathText } from '../path.ts';
import { parseMemoryType, parseQuantity } from '../values.ts';
import type { MtrrInput, StateInput, TypeText, VariableInput } from '../vm/input.ts';
import { type Registers, type Report, registersOf } from '../vm/registers.ts';
import type { Branch } from './tree.ts';

/** What of a vCPU can be changed. */
export type State = Required<Pick<VmVcpuInit, 'cr0cd' | 'guestHasMtrr'>> &
  Pick<VmVcpuInit, 'vcnt'> & { readonly msrs: readonly (readonly [msr: number, value: bigint])[] };

/** Keys of a config that say something of a vCPU's state. */
export const STATE_KEYS = ['mtrr', 'msrs', 'pat', 'cr0cd', 'guestHasMtrr', 'vcnt'] as const;

/** Throws a problem that two values have together. */
export function refuse(path: Path, message: string, hint?: string): never {
  throw new InputRangeError(pathText(path), message, hint);
}

/** The state of a vCPU as it can be changed. */
export function stateOf({ msrs, cr0cd, guestHasMtrr, vcnt }: VcpuState): State {
  return { msrs: msrs.map(({ msr, value }) => [msr, value] as const), cr0cd, guestHasMtrr, vcnt };
}

/** Registers as the writes of a state leave them. */
export function registersAfter({ msrs }: State): Registers {
  return new Map(msrs.map(([msr, value]) => [msr, { value, path: [] }]));
}

/** A register pair in words; undefined where it was never written, or holds nothing. */
function pairInWords(index: number, registers: Registers, path: Path): VariableInput | undefined {
  const base = registers.get(physBase(index))?.value ?? 0n;
  const mask = registers.get(physMask(index))?.value ?? 0n;
  if (base === 0n && mask === 0n) return undefined;
  const type = parseMemoryType(base & LOW_BYTE);
  if (type === undefined || (base & PAGE_BITS & ~LOW_BYTE) !== 0n) {
    const hint = `set msrs.${hexText(physBase(index))} and msrs.${hexText(physMask(index))} instead`;
    refuse(path, 'the register pair holds reserved bits, for which there are no words', hint);
  }
  return {
    base: base & ~PAGE_BITS,
    mask: mask & ~MASK_V,
    type: type as TypeText,
    valid: (mask & MASK_V) !== 0n,
  };
}

/** The words for a pair with some of them changed; those that say the same in another way give way. */
function changedPair(index: number, change: VariableInput, registers: Registers, path: Path): VariableInput {
  const before = pairInWords(index, registers, path);
  const { base, mask, ...rest } = before ?? {};
  const isSizedAnew = change.size !== undefined || change.mask !== undefined;
  const kept: VariableInput = {
    ...rest,
    ...(base !== undefined && change.range === undefined && { base }),
    ...(mask !== undefined && change.range === undefined && !isSizedAnew && { mask }),
  };
  return { ...kept, ...change, index };
}

/** The variable ranges that change, by the number of their register pairs. */
function variableChanges(tree: Branch, registers: Registers, path: Path): VariableInput[] {
  const list = tree.value('variable');
  if (list !== undefined) return list as VariableInput[];
  const positions = tree.branch('variable')?.positions() ?? [];
  return positions.map(([index, change]) =>
    changedPair(index, (change as Branch).values(), registers, [...path, 'variable', index]),
  );
}

function mtrrInput(tree: Branch, registers: Registers, path: Path): MtrrInput {
  const { variable: _, ...values } = tree.values();
  const variable = variableChanges(tree, registers, path);
  return { ...values, ...(variable.length > 0 && { variable }) };
}

function patInput(tree: Branch, registers: Registers): StateInput['pat'] {
  const whole = tree.value('pat');
  const entries = tree.branch('pat')?.positions();
  if (!entries) return whole as StateInput['pat'];
  const types: TypeText[] = [...bytesOf(registers.get(MSR_PAT)?.value ?? PAT_RESET)];
  for (const [position, type] of entries) types[position] = type as TypeText;
  return types;
}

/** Puts a problem of the n-th variable range that is written at the path that named it. */
function reportFor(at: Path, written: readonly VariableInput[], isList: boolean): Report {
  return (path, message, hint) => {
    const position = path[at.length + 2];
    const isVariable = path[at.length + 1] === 'variable' && typeof position === 'number' && !isList;
    const index = isVariable ? Number(written[position]?.index) : undefined;
    refuse(
      path.map((key, depth) => (depth === at.length + 2 && index !== undefined ? index : key)),
      message,
      hint,
    );
  };
}

/** The writes of a state with other values; registers that were never written come last. */
function rewritten({ msrs }: State, before: Registers, after: Registers): State['msrs'] {
  const changed = new Map(
    [...after]
      .filter(([msr, { value }]) => before.get(msr)?.value !== value)
      .map(([msr, { value }]) => [msr, value]),
  );
  const last = new Map(msrs.map(([msr], at) => [msr, at]));
  const kept = msrs.map(([msr, value], at) => {
    const next = changed.get(msr);
    return [msr, next !== undefined && last.get(msr) === at ? next : value] as const;
  });
  return [...kept, ...[...changed].filter(([msr]) => !last.has(msr))];
}

/**
 * A state with changes.
 *
 * @param tree - what changes: {@link STATE_KEYS}
 * @param at - where they were given
 * @throws {@link InputRangeError} for values that do not go together
 */
export function changedState(state: State, tree: Branch, at: Path, maxphyaddr: number): State {
  const before = registersAfter(state);
  const words = tree.branch('mtrr');
  const mtrr = words && mtrrInput(words, before, [...at, 'mtrr']);
  const pat = patInput(tree, before);
  const msrs = tree.branch('msrs')?.values() as StateInput['msrs'] | undefined;
  const input: StateInput = {
    ...(mtrr && { mtrr }),
    ...(msrs && { msrs }),
    ...(pat !== undefined && { pat }),
  };
  const isList = words?.value('variable') !== undefined;
  const after = registersOf(input, at, before, maxphyaddr, reportFor(at, mtrr?.variable ?? [], isList));
  const defType = before.get(MSR_DEF_TYPE);
  const isUntouched = mtrr && Object.keys(mtrr).every((key) => key === 'variable');
  const isNamed = Object.keys(msrs ?? {}).some((key) => msrNumber(key) === MSR_DEF_TYPE);
  if (isUntouched && defType && !isNamed) after.set(MSR_DEF_TYPE, defType);
  const vcnt = tree.value('vcnt');
  return {
    msrs: rewritten(state, before, after),
    cr0cd: (tree.value('cr0cd') as boolean | undefined) ?? state.cr0cd,
    guestHasMtrr: (tree.value('guestHasMtrr') as boolean | undefined) ?? state.guestHasMtrr,
    vcnt: vcnt === undefined ? state.vcnt : Number(parseQuantity(vcnt)),
  };
}
