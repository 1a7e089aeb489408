/** A shell script for msr-tools that puts a machine's CPUs into the state of a vCPU. */
import { DEF_TYPE_E, DEF_TYPE_FE, MSR_DEF_TYPE, MSR_MTRRCAP } from '../../msr/index.ts';
import { registerState, type Vcpu } from '../../vm/index.ts';
import { hexText } from '../../words.ts';

const ENABLES = DEF_TYPE_E | DEF_TYPE_FE;

/**
 * Lines of a script of `wrmsr` commands: MTRRs off, the ranges, MTRRs on, as the manual's procedure has it
 * (Intel SDM vol. 3A, "MTRR Considerations in MP Systems"), but without its cache flushes, which a shell
 * cannot do.
 *
 * @param cpu - a CPU's number for `wrmsr -p`; default all (`-a`)
 */
export function* wrmsrScriptLines(vcpu: Vcpu, cpu?: number): Generator<string, void, undefined> {
  const target = cpu === undefined ? '-a' : `-p ${cpu}`;
  // IA32_MTRRCAP can be read only.
  const state = registerState(vcpu).filter(([msr]) => msr !== MSR_MTRRCAP);
  const definition = state.find(([msr]) => msr === MSR_DEF_TYPE)?.[1];
  yield '#!/bin/sh';
  yield '# For test machines: it changes memory types under a running kernel and flushes no cache.';
  yield 'set -e';
  yield 'modprobe msr';
  if (definition !== undefined) {
    yield `wrmsr ${target} ${hexText(MSR_DEF_TYPE)} ${hexText(definition & ~ENABLES)}`;
  }
  for (const [msr, value] of state) {
    if (msr !== MSR_DEF_TYPE) yield `wrmsr ${target} ${hexText(msr)} ${hexText(value)}`;
  }
  if (definition !== undefined) yield `wrmsr ${target} ${hexText(MSR_DEF_TYPE)} ${hexText(definition)}`;
}
