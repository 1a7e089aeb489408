/**
 * AMD hosts: nested page tables in place of EPT. A frame's class is WB, the host's PAT entry 0, and bit 3, which is
 * IPAT under EPT, says that the host's own MTRR of the frame behind is WC.
 */
import {
  HOST_WC_SIZE,
  MMIO_SIZE,
  SWITCH_CR0CD,
  SWITCH_QUIRK_CD_NW_CLEARED,
  VENDOR_AMD,
  VIEW_HOST_WC_COUNT,
  VIEW_MMIO_COUNT,
  VIEW_SWITCHES,
  VIEW_VENDOR,
} from '../layout';
import {
  PLAN_CLASS_OF,
  PLAN_EFFECTIVE_UC,
  PLAN_HOST_WC,
  PLAN_HOST_WC_END,
  PLAN_MMIO,
  PLAN_NESTED,
} from './plan-layout';

const UC: u32 = 0;
const WC: u32 = 1;
const WB: u32 = 6;
const UC_MINUS: u32 = 7;
const ON_WC: u32 = 8;

/** Present, user, accessed; of writable leaves writable and dirty too (APM vol. 2, 5.4). */
const NPT_READONLY: u64 = 0x25;
const NPT_WRITABLE: u64 = 0x67;
const NPT_LARGE: u64 = 0x80;

/** Whether a view is one of an AMD host. */
export function isNestedView(view: usize): bool {
  return load<u32>(view, VIEW_VENDOR) == VENDOR_AMD;
}

/** Whether a plan is one of an AMD host. */
export function isNested(plan: usize): bool {
  return load<u32>(plan, PLAN_NESTED) != 0;
}

/** Notes in a plan what its host is; what the EPT rules left there gives way. */
export function putHost(view: usize, plan: usize): void {
  const nested = isNestedView(view);
  const ranges: usize = load<u32>(plan, PLAN_MMIO) + load<u32>(view, VIEW_MMIO_COUNT) * MMIO_SIZE;
  const count = nested ? load<u32>(view, VIEW_HOST_WC_COUNT) : 0;
  store<u32>(plan, u32(nested), PLAN_NESTED);
  store<u32>(plan, u32(ranges), PLAN_HOST_WC);
  store<u32>(plan, u32(ranges + count * HOST_WC_SIZE), PLAN_HOST_WC_END);
  if (!nested) return;
  for (let type: u32 = 0; type < 8; type++) store<u8>(plan + PLAN_CLASS_OF + type, u8(WB));
  // KVM clears the guest's CD in the VMCB while the quirk is on; else the hardware has it.
  const switches = load<u32>(view, VIEW_SWITCHES) & (SWITCH_CR0CD | SWITCH_QUIRK_CD_NW_CLEARED);
  store<u32>(plan, u32(switches == SWITCH_CR0CD), PLAN_EFFECTIVE_UC);
}

/** Class of a frame, by whether the host's MTRRs make the frame behind it WC. */
export function nestedClass(isHostWc: bool): u8 {
  return u8(isHostWc ? WB | ON_WC : WB);
}

/** Type of an access: the guest's own, but for UC-, to which a host MTRR of WC does not yield. */
export function nestedEffective(class_: u32, pat: u32): u32 {
  if (pat != UC_MINUS) return pat;
  return class_ & ON_WC ? WC : UC;
}

/** Bits of a leaf without its address: no type, whatever the frame is. */
export function nestedLeafBits(level: u32, slotReadonly: bool): u64 {
  const bits = slotReadonly ? NPT_READONLY : NPT_WRITABLE;
  return level > 1 ? bits | NPT_LARGE : bits;
}
