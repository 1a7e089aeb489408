/** What all losses of a restore look like together: the mistakes that VMMs make, each told by its traces. */
import {
  DEF_TYPE_E,
  describesMtrrs,
  isMaskMsr,
  isMaskValid,
  isVariableMsr,
  MSR_DEF_TYPE,
  MSR_PAT,
  physBase,
  physMask,
  resetValue,
  variableIndex,
} from '../msr/index.ts';
import { idsText } from '../words.ts';
import type { RegisterLoss, SavedRegisters, SavedVcpus } from './restore-losses.ts';

/** Losses of each vCPU that both states have, by its id. */
type Losses = ReadonlyMap<number, readonly RegisterLoss[]>;

function isGone({ kind }: RegisterLoss): boolean {
  return kind === 'absent' || kind === 'reset';
}

/** Registers of a vCPU that stood on something else than their power-on value. */
function setRegisters(state: SavedRegisters, wanted: (msr: number) => boolean): readonly number[] {
  return [...state].filter(([msr, value]) => wanted(msr) && value !== resetValue(msr)).map(([msr]) => msr);
}

/** Whether every one of some registers is among the losses. */
function areAllAmong(
  msrs: readonly number[],
  losses: readonly RegisterLoss[],
  how: (loss: RegisterLoss) => boolean,
): boolean {
  return msrs.length > 0 && msrs.every((msr) => losses.some((loss) => loss.msr === msr && how(loss)));
}

function mtrrsPattern(before: SavedVcpus, all: Losses): string | undefined {
  const ids = [...all.keys()];
  const gone = ids.filter((id) =>
    areAllAmong(setRegisters(before.get(id)!, describesMtrrs), all.get(id)!, isGone),
  );
  if (gone.length === 0) return undefined;
  if (gone.length === ids.length) return 'no MTRR came back, on any vCPU';
  const others = ids.filter((id) => !gone.includes(id));
  return `the MTRRs of vCPU ${idsText(others)} alone came back`;
}

function patPattern(all: Losses): string | undefined {
  const lists = [...all.values()];
  const isPatAlone = (list: readonly RegisterLoss[]) => list.length === 1 && list[0]!.msr === MSR_PAT;
  return lists.length > 0 && lists.every(isPatAlone) && lists.flat().every(isGone)
    ? 'the PAT alone was forgotten'
    : undefined;
}

/** MTRRs that are on, without the ranges that were. */
function rangesPattern(before: SavedVcpus, all: Losses): string | undefined {
  const ids = [...all].flatMap(([id, losses]) => {
    const state = before.get(id)!;
    const isOn = ((state.get(MSR_DEF_TYPE) ?? 0n) & DEF_TYPE_E) !== 0n;
    const isKept = !losses.some(({ msr }) => msr === MSR_DEF_TYPE);
    const masks = [...state]
      .filter(([msr, value]) => isMaskMsr(msr) && isMaskValid(value))
      .map(([msr]) => msr);
    const isOff = (loss: RegisterLoss) => isGone(loss) || loss.kind === 'switched-off';
    return isOn && isKept && areAllAmong(masks, losses, isOff) ? [id] : [];
  });
  return ids.length > 0
    ? `IA32_MTRR_DEF_TYPE came back without the variable ranges that it switches on (vCPU ${idsText(ids)}): what they covered has the default type`
    : undefined;
}

function widthPattern(all: Losses): string | undefined {
  const widths = [...all.values()].flat().filter(({ kind }) => kind === 'width');
  const [first] = widths;
  const isOfAll = first && widths.every(({ text }) => text === first.text);
  return isOfAll ? `${first.text}: the CPUs before and after have another MAXPHYADDR` : undefined;
}

/** Pairs of base and mask that a state holds, by index. */
function pairsOf(state: SavedRegisters): readonly (readonly [bigint, bigint])[] {
  const indexes = [...state.keys()].filter((msr) => isVariableMsr(msr) && isMaskMsr(msr)).map(variableIndex);
  return indexes.map((index) => [state.get(physBase(index!)) ?? 0n, state.get(physMask(index!))!]);
}

/** A state that was saved so already: range 0 in all of them. */
function oneRangePattern(before: SavedVcpus): string | undefined {
  const isOneRange = (state: SavedRegisters) => {
    const [first, ...others] = pairsOf(state);
    if (!first || others.length === 0) return false;
    const [base, mask] = first;
    return isMaskValid(mask) && others.every(([b, m]) => b === base && m === mask);
  };
  const ids = [...before].filter(([, state]) => isOneRange(state)).map(([id]) => id);
  return ids.length > 0
    ? `the first state holds variable range 0 in all of them (vCPU ${idsText(ids)}): the others were lost when it was saved, as Xen's hvm_save_mtrr_msr does`
    : undefined;
}

/**
 * What the losses look like together.
 *
 * @param before - registers of each vCPU as they were saved
 * @param all - what each vCPU that is in both states lost
 * @returns a sentence for each mistake that is recognised
 */
export function restorePatterns(before: SavedVcpus, all: Losses): readonly string[] {
  return [
    mtrrsPattern(before, all),
    patPattern(all),
    rangesPattern(before, all),
    widthPattern(all),
    oneRangePattern(before),
  ].filter((pattern) => pattern !== undefined);
}
