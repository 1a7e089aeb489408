/** What `assert` judges, from an opened config or dump. */
import type { AssertInput, LayoutRange } from '../assert/index.ts';
import { type Subject, type Vm, weakest } from '../vm/index.ts';
import { checkInput } from './check-input.ts';
import { layoutOfFacts, listsDevices } from './dump-memory.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Read-only slots are what a VM has for ROMs. */
function romsOf({ slots }: Vm): readonly LayoutRange[] {
  return slots.flatMap(({ gfn, count, readonly }) =>
    readonly ? [{ start: gfn, end: gfn + count, name: 'read-only slot', kind: 'rom' as const }] : [],
  );
}

/**
 * What `assert` takes.
 *
 * @param opened - a config or dump
 * @returns the input of `check`, the layout by name, and what of the registers is assumed
 * @example
 * assertInput(await presetOrConfig('ovmf-q35')).isGuest; // true
 */
export function assertInput(opened: OpenedConfig): AssertInput {
  const { vm, facts, evidence = [] } = opened;
  const isWeak = (subject: Subject) => weakest(evidence, [subject]) !== undefined;
  const input = checkInput(opened);
  return {
    ...input,
    named: [...(facts ? layoutOfFacts(facts) : []), ...romsOf(vm)],
    listsDevices: facts !== undefined && listsDevices(facts),
    isFixedAssumed: isWeak('fixed-ranges'),
    isEnableAssumed: isWeak('enables'),
    areRangesTorn: isWeak('variable-ranges'),
  };
}
