/** A shell script for msr-tools that puts a machine's CPUs into the state of a vCPU. */
import type { Vcpu } from '../../vm/index.ts';
import { DEF_TYPE_MSR, registerState } from '../register-state.ts';
import { hexText } from '../words.ts';

/** IA32_MTRRCAP can be read only. */
const MTRR_CAP_MSR = 0xfe;
const ENABLES = 0xc00n;

/**
 * Lines of a script of `wrmsr` commands: MTRRs off, the ranges, MTRRs on, as the manual's procedure has it
 * (Intel SDM vol. 3A, "MTRR Considerations in MP Systems"), but without its cache flushes, which a shell
 * cannot do.
 *
 * @param cpu - a CPU's number for `wrmsr -p`; default all (`-a`)
 */
export function* wrmsrScriptLines(vcpu: Vcpu, cpu?: number): Generator<string, void, undefined> {
  const target = cpu === undefined ? '-a' : `-p ${cpu}`;
  const state = registerState(vcpu).filter(([msr]) => msr !== MTRR_CAP_MSR);
  const definition = state.find(([msr]) => msr === DEF_TYPE_MSR)?.[1];
  yield '#!/bin/sh';
  yield '# For test machines: it changes memory types under a running kernel and flushes no cache.';
  yield 'set -e';
  yield 'modprobe msr';
  if (definition !== undefined) {
    yield `wrmsr ${target} ${hexText(DEF_TYPE_MSR)} ${hexText(definition & ~ENABLES)}`;
  }
  for (const [msr, value] of state) {
    if (msr !== DEF_TYPE_MSR) yield `wrmsr ${target} ${hexText(msr)} ${hexText(value)}`;
  }
  if (definition !== undefined) yield `wrmsr ${target} ${hexText(DEF_TYPE_MSR)} ${hexText(definition)}`;
}
