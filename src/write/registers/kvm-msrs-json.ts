/** Registers as the entries of `struct kvm_msrs`, the argument of KVM_SET_MSRS and KVM_GET_MSRS, in JSON. */
import { registerState, type Vcpu } from '../../vm/index.ts';
import { hexText } from '../../words.ts';

/**
 * Lines of a JSON document. Numbers are strings of hex digits: 64 bits do not fit what JSON readers take a
 * number for.
 */
export function* kvmMsrsLines(vcpu: Vcpu): Generator<string, void, undefined> {
  const state = registerState(vcpu);
  yield '{';
  yield `  "nmsrs": ${state.length},`;
  yield '  "entries": [';
  for (const [at, [msr, value]] of state.entries()) {
    const comma = at < state.length - 1 ? ',' : '';
    yield `    { "index": "${hexText(msr)}", "data": "${hexText(value)}" }${comma}`;
  }
  yield '  ]';
  yield '}';
}
