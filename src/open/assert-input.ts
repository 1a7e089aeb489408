/** What `assert` judges, from an opened config or dump. */
import type { AssertInput, LayoutRange } from '../assert/index.ts';
import type { Vm } from '../vm/index.ts';
import { checkInput } from './check-input.ts';
import { layoutOfFacts, listsDevices } from './dump-memory.ts';
import type { OpenedConfig } from './opened-config.ts';

/** Sentences by which a dump's reader says what it assumes. */
const FIXED_ASSUMED = /^assumed: (?:fixed ranges off|all fixed ranges|fixed MSR )/;
const ENABLE_ASSUMED = /^assumed: MTRRs on/;

/**
 * By which Linux says that it trims RAM: it does so only where the default type is UC (arch/x86/kernel/cpu/mtrr,
 * `mtrr_trim_uncached_memory`).
 */
const UC_IMPLIED = /gave up \d+ MB of RAM that no WB range covers/;

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
  const { vm, facts, assumptions = [] } = opened;
  const input = checkInput(opened);
  const impliesUc = facts?.messages.some(({ text }) => UC_IMPLIED.test(text)) ?? false;
  return {
    ...input,
    isDefaultAssumed: input.isDefaultAssumed && !impliesUc,
    named: [...(facts ? layoutOfFacts(facts) : []), ...romsOf(vm)],
    listsDevices: facts !== undefined && listsDevices(facts),
    isFixedAssumed: assumptions.some((sentence) => FIXED_ASSUMED.test(sentence)),
    isEnableAssumed: assumptions.some((sentence) => ENABLE_ASSUMED.test(sentence)),
  };
}
