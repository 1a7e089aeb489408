/** What `assert` judges, from an opened config or dump. */
import type { AssertInput, LayoutRange } from '../check/index.ts';
import type { Vm } from '../vm/index.ts';
import { checkInput } from './check-input.ts';
import { layoutOfFacts, listsDevices } from './dump-memory.ts';
import type { OpenedConfig } from './open-config.ts';

/** Sentences by which a dump's reader says what it assumes. */
const FIXED_ASSUMED = /^assumed: (?:fixed ranges off|all fixed ranges|fixed MSR )/;
const ENABLE_ASSUMED = /^assumed: MTRRs on/;

/** Read-only slots are what a VM has for ROMs. */
function romsOf({ slots }: Vm): readonly LayoutRange[] {
  return slots.flatMap(({ gfn, count, readonly }) =>
    readonly ? [{ start: gfn, end: gfn + count, name: 'read-only slot', kind: 'rom' as const }] : [],
  );
}

/** The input of `assert`. */
export function assertInput(opened: OpenedConfig): AssertInput {
  const { vm, facts, assumptions = [] } = opened;
  return {
    ...checkInput(opened),
    named: [...(facts ? layoutOfFacts(facts) : []), ...romsOf(vm)],
    listsDevices: facts !== undefined && listsDevices(facts),
    isFixedAssumed: assumptions.some((sentence) => FIXED_ASSUMED.test(sentence)),
    isEnableAssumed: assumptions.some((sentence) => ENABLE_ASSUMED.test(sentence)),
  };
}
