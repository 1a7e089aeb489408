/**
 * AMD hosts: nested page tables in place of EPT. A frame's class is WB, the host's PAT entry 0, and bit 3, which is
 * IPAT under EPT, says that the host's own MTRR of the frame behind is WC.
 */
import {
  HOST_SIZE,
  MMIO_SIZE,
  SWITCH_CR0CD,
  SWITCH_QUIRK_CD_NW_CLEARED,
  VENDOR_AMD,
  VIEW_HOST_COUNT,
  VIEW_MMIO_COUNT,
  VIEW_SWITCHES,
  VIEW_VENDOR,
} from '../layout';
import { PLAN_EFFECTIVE_UC, PLAN_HOST, PLAN_HOST_END, PLAN_MMIO, PLAN_NESTED } from './plan-layout';

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

/** Notes in a plan what its host is; CR0.CD as the EPT rules left it there gives way. */
export function putHost(view: usize, plan: usize): void {
  const nested = isNestedView(view);
  const stretches: usize = load<u32>(plan, PLAN_MMIO) + load<u32>(view, VIEW_MMIO_COUNT) * MMIO_SIZE;
  store<u32>(plan, u32(nested), PLAN_NESTED);
  store<u32>(plan, u32(stretches), PLAN_HOST);
  store<u32>(plan, u32(stretches + load<u32>(view, VIEW_HOST_COUNT) * HOST_SIZE), PLAN_HOST_END);
  if (!nested) return;
  // KVM clears the guest's CD in the VMCB while the quirk is on; else the hardware has it.
  const switches = load<u32>(view, VIEW_SWITCHES) & (SWITCH_CR0CD | SWITCH_QUIRK_CD_NW_CLEARED);
  store<u32>(plan, u32(switches == SWITCH_CR0CD), PLAN_EFFECTIVE_UC);
}

/** Class of a frame, by the type that the host's MTRRs give the frame behind it. */
export function nestedClass(hostType: u32): u32 {
  return hostType == WC ? WB | ON_WC : WB;
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
