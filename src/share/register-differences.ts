/** What of two vCPUs' states differs, register by register: what a design that imposes uniformity refuses. */
import { MSR_PAT } from '../msr/index.ts';
import { heldValue, registerValues, type VcpuState } from '../vm/index.ts';

/** One register, or switch, that two vCPUs do not agree on. */
export type StateDifference =
  | { readonly kind: 'msr'; readonly msr: number; readonly value: bigint; readonly expected: bigint }
  | { readonly kind: 'cr0cd'; readonly value: boolean }
  | { readonly kind: 'guest-has-mtrr'; readonly value: boolean }
  | { readonly kind: 'vcnt'; readonly value: number | undefined };

/**
 * What differs from a vCPU that sets the rule. IA32_PAT is left out: the EPT does not depend on it.
 *
 * @param state - of the vCPU that is judged
 * @param rule - of the vCPU that it has to equal
 */
export function stateDifferences(state: VcpuState, rule: VcpuState): readonly StateDifference[] {
  const [own, expected] = [registerValues(state), registerValues(rule)];
  const differences: StateDifference[] = [];
  const msrs = [...new Set([...own.keys(), ...expected.keys()])].sort((a, b) => a - b);
  for (const msr of msrs) {
    if (msr === MSR_PAT) continue;
    const [value, wanted] = [heldValue(own, msr), heldValue(expected, msr)];
    if (value !== wanted) differences.push({ kind: 'msr', msr, value, expected: wanted });
  }
  if (state.cr0cd !== rule.cr0cd) differences.push({ kind: 'cr0cd', value: state.cr0cd });
  if (state.guestHasMtrr !== rule.guestHasMtrr) {
    differences.push({ kind: 'guest-has-mtrr', value: state.guestHasMtrr });
  }
  if (state.vcnt !== rule.vcnt) differences.push({ kind: 'vcnt', value: state.vcnt });
  return differences;
}
