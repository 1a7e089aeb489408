/** The shape of `convert --to kvm-set-msrs`: the argument of an ioctl, which says nothing of where it is from. */
import { COUNT, type JsonSchema, listOf, object } from '../json/json-schema.ts';
import { MSR, MSR_VALUE, published } from '../json/vocabulary-schema.ts';

/** Schema of the document. */
export function kvmMsrsSchema(): JsonSchema {
  return published(
    'eptsweep/kvm-msrs',
    'struct kvm_msrs, the argument of KVM_SET_MSRS: eptsweep convert --to kvm-set-msrs.',
    object({ nmsrs: COUNT, entries: listOf(object({ index: MSR, data: MSR_VALUE })) }),
  );
}
