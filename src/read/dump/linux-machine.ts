/** What a Linux log says of the machine as such: guest or bare metal, whose CPU, its IOMMUs, what it gave to guests. */
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import { hexOf } from '../words.ts';

const HYPERVISOR = /^Hypervisor detected: (\S.{0,40})$/;
const PARAVIRTUALIZED = /^Booting paravirtualized kernel on (\S.{0,40})$/;
/** systemd says it late, and in every log that has no early lines any more. */
const VIRTUALIZATION = /^(?:systemd(?:\[\d{1,10}\])?: )?Detected virtualization '?([a-z0-9-]{2,24})'?\.?$/;
const DMI =
  /^DMI: (?:(QEMU|Red Hat KVM|KVM) |VMware, Inc\. (VMware)|innotek GmbH (VirtualBox)|Microsoft Corporation (Virtual Machine)|Xen (HVM domU)|Google (Google Compute Engine))/;
/** What boards are called: maker, product, version of the firmware. */
const BOARD = /^DMI: (\S.{2,120}), BIOS .{1,60}$/;
/** Names of virtual machines. */
const VIRTUAL =
  /virtual|qemu|\bkvm\b|\bxen\b|openstack|droplet|vserver|parallels|bochs|bhyve|rhev|ovirt|\bahv\b|proxmox|standard pc|\bacrn\b|firecracker|crosvm|vmware/i;
/** Names of clouds, which let both; their machines say so in the name of the product. */
const CLOUD = /\bcloud|cloud\b|amazon ec2|\bscw-|\blinode\b|\bakamai\b|\bvultr\b|\bexoscale\b/i;
const LET_WHOLE = /metal|\bbare\b|\bebm|\bvbm\b|dedicated/i;
const CPU = /^(?:smpboot: )?CPU0: (Intel|AMD)\b/;
const IOMMU =
  /^(?:DMAR: |dmar: )?(dmar\d{1,4}|IOMMU \d{1,4}): reg_base_addr [0-9a-f]{1,16} ver \d{1,3}:\d{1,3} cap [0-9a-f]{1,16} ecap ([0-9a-f]{1,16})$/;
const SYSFS_IOMMU = /^\/sys\/class\/iommu\/(dmar\d{1,4})\/intel-iommu\/ecap:(?:0x)?([0-9a-f]{1,16})$/;
/** `find /sys/kernel/iommu_groups -type l`, and what the kernel logs of it. */
const SYSFS_GROUP = /^\/sys\/kernel\/iommu_groups\/(\d{1,5})\/devices\/(\S{5,24})$/;
const GROUP = /^pci (\S{5,24}): Adding to iommu group (\d{1,5})$/;
/** `find` over the folders of devices in /sys/class/iommu. */
const SYSFS_UNIT = /^\/sys\/class\/iommu\/(dmar\d{1,4})\/devices\/(\S{5,24})$/;
/** arch/x86/kernel/cpu/intel.c, detect_tme: since 6.10, and before. */
const KEY_ID_BITS = /^x86\/mktme: BIOS enabled: x86_phys_bits reduced by (\d{1,2})$/;
const KEY_IDS = /^x86\/mktme: (\d{1,5}) KeyIDs available$/;
const ASSIGNED = /^vfio-pci ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\b/;

/** VT-d, extended capability register: snoop control. */
const ECAP_SC = 1n << 7n;

/** Where a device sits, and the address bits that are KeyIDs. */
function readHost(draft: Draft, { text, number }: Line): boolean {
  const [, group, grouped] = SYSFS_GROUP.exec(text) ?? [];
  const [, added, to] = GROUP.exec(text) ?? [];
  const device = grouped ?? added;
  if (device !== undefined) {
    draft.at(number).dmaDevice(device, { group: Number(group ?? to) });
    return true;
  }
  const [, unit, behind] = SYSFS_UNIT.exec(text) ?? [];
  if (unit !== undefined) {
    draft.at(number).dmaDevice(behind!, { unit });
    return true;
  }
  const bits = KEY_ID_BITS.exec(text)?.[1];
  const count = KEY_IDS.exec(text)?.[1];
  if (bits === undefined && count === undefined) return false;
  // KeyID 0 is not counted: n bits are 2^n - 1 KeyIDs.
  const taken = bits === undefined ? Math.ceil(Math.log2(Number(count) + 1)) : Number(bits);
  draft.at(number).keyIds(taken);
  draft.say('note', number, `TME-MK is on: the ${taken} highest address bits are KeyIDs`);
  return true;
}

/** Reads such a line. */
export function readLinuxMachine(draft: Draft, line: Line): boolean {
  const { text, number } = line;
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
  const board = BOARD.exec(text)?.[1];
  if (board !== undefined) {
    if (VIRTUAL.test(board)) draft.at(number).platform('guest', board);
    else if (!CLOUD.test(board)) draft.at(number).platform('metal', board);
    else if (LET_WHOLE.test(board))
      draft.at(number).platform('metal', board, `${board} is let as a whole machine`);
    else draft.at(number).platform('guest', board, `${board} lets guests, and names whole machines as such`);
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
  if (device === undefined) return readHost(draft, line);
  draft.at(number).assigned(device);
  return true;
}
