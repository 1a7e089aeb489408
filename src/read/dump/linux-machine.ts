/** What a Linux log says of the machine as such: guest or bare metal, whose CPU, its IOMMUs, what it gave to guests. */
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import { hexOf } from '../words.ts';

const HYPERVISOR = /^Hypervisor detected: (\S.{0,40})$/;
const PARAVIRTUALIZED = /^Booting paravirtualized kernel on (\S.{0,40})$/;
/** systemd says it late, and in every log that has no early lines any more. */
const VIRTUALIZATION = /^(?:systemd(?:\[\d{1,10}\])?: )?Detected virtualization '?([a-z0-9-]{2,24})'?\.?$/;
const DMI =
  /^DMI: (?:(QEMU|Red Hat KVM|KVM) |VMware, Inc\. (VMware)|innotek GmbH (VirtualBox)|Microsoft Corporation (Virtual Machine)|Xen (HVM domU)|Amazon EC2 (?!.{0,40}metal)(\S{1,24})|Google (Google Compute Engine))/;
const CPU = /^(?:smpboot: )?CPU0: (Intel|AMD)\b/;
const IOMMU =
  /^(?:DMAR: |dmar: )?(dmar\d{1,4}|IOMMU \d{1,4}): reg_base_addr [0-9a-f]{1,16} ver \d{1,3}:\d{1,3} cap [0-9a-f]{1,16} ecap ([0-9a-f]{1,16})$/;
const SYSFS_IOMMU = /^\/sys\/class\/iommu\/(dmar\d{1,4})\/intel-iommu\/ecap:(?:0x)?([0-9a-f]{1,16})$/;
const ASSIGNED = /^vfio-pci ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\b/;

/** VT-d, extended capability register: snoop control. */
const ECAP_SC = 1n << 7n;

/** Reads such a line. */
export function readLinuxMachine(draft: Draft, { text, number }: Line): boolean {
  const hypervisor = HYPERVISOR.exec(text)?.[1] ?? VIRTUALIZATION.exec(text)?.[1];
  if (hypervisor !== undefined) {
    draft.at(number).platform('guest', hypervisor);
    return true;
  }
  const on = PARAVIRTUALIZED.exec(text)?.[1];
  if (on !== undefined) {
    // Under Xen this is said by guests and by the kernel that owns the machine.
    if (on === 'bare hardware') draft.at(number).platform('metal', '');
    else if (!on.startsWith('Xen')) draft.at(number).platform('guest', on);
    return true;
  }
  const product = DMI.exec(text)?.slice(1).find(Boolean);
  if (product !== undefined) {
    draft.at(number).platform('guest', product);
    return true;
  }
  const vendor = CPU.exec(text)?.[1];
  if (vendor !== undefined) {
    draft.at(number).vendor(vendor === 'AMD' ? 'amd' : 'intel');
    return true;
  }
  const unit = IOMMU.exec(text) ?? SYSFS_IOMMU.exec(text);
  if (unit) {
    draft.at(number).dmaUnit(unit[1]!, (hexOf(unit[2]) & ECAP_SC) !== 0n);
    return true;
  }
  const device = ASSIGNED.exec(text)?.[1];
  if (device === undefined) return false;
  draft.at(number).assigned(device);
  return true;
}
