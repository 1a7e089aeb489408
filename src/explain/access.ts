/**
 * What an access gets through each page-table entry type: Intel SDM vol. 3A, "Effective Page-Level Memory
 * Types"; with IPAT the entry's type alone (vol. 3C, "Memory Type Used for Translated Guest-Physical Addresses").
 */
import { byteOf } from '../msr/index.ts';
import {
  type GfnRange,
  type MemoryType,
  type MtrrType,
  PAT_TYPES,
  type PatType,
  UC,
  UC_MINUS,
  UNDEFINED,
  WB,
  WC,
  WP,
  WT,
} from '../types.ts';
import { guestRegisters, hostCpu, type Vcpu } from '../vm/index.ts';
import { type EptStory, hasQuirk, type Subject } from './branch.ts';
import { manualStory } from './manual.ts';

/** One access. */
export interface Access {
  /** Type of the guest's page-table entry. */
  readonly pat: PatType;
  /** What the access gets, -1 where the MTRR type is undefined. */
  readonly type: MtrrType;
  /** Older manuals called this combination undefined. */
  readonly wasUndefined: boolean;
}

/** What accesses get. */
export interface AccessStory {
  /**
   * `cr0-cd`: CR0.CD=1 in the hardware, of bare metal or as KVM leaves it on AMD; `ipat`: the PAT does not count;
   * `combined`: it does; `nested`: on AMD it alone does, but that UC- yields to a host MTRR of WC.
   */
  readonly rule: 'cr0-cd' | 'ipat' | 'combined' | 'nested' | 'undefined';
  /** For the six PAT types, ascending. */
  readonly byType: readonly Access[];
  /** For the entries 0..7 of the vCPU's IA32_PAT. */
  readonly byIndex: readonly Access[];
  /** IA32_PAT. */
  readonly pat: bigint;
  /** Of `nested`: the host's own MTRR type of the frame behind, where it is stated. */
  readonly hostType?: MtrrType;
}

/** Rows by MTRR or EPT type, columns UC, WC, WT, WP, WB, UC-. */
const COMBINED: Readonly<Record<MemoryType, readonly MemoryType[]>> = {
  [UC]: [UC, WC, UC, UC, UC, UC],
  [WC]: [UC, WC, UC, UC, WC, WC],
  [WT]: [UC, WC, WT, WP, WT, UC],
  [WP]: [UC, WC, WT, WP, WP, WC],
  [WB]: [UC, WC, WT, WP, WB, UC],
};

/** The manual's type for an MTRR or EPT type with a PAT type. */
export function combinedType(type: MemoryType, pat: PatType): MemoryType {
  return COMBINED[type][PAT_TYPES.indexOf(pat)]!;
}

/** The five combinations, as type and PAT type, that older manuals left open. */
const FORMERLY_UNDEFINED: readonly (readonly [MemoryType, PatType])[] = [
  [WC, WT],
  [WC, WP],
  [WT, WP],
  [WP, UC_MINUS],
  [WP, WT],
];

/** The host's MTRR type of the frame behind, by the manual; undefined where it is not stated or not mapped. */
function hostTypeAt(vcpu: Vcpu, gfn: number): MtrrType | undefined {
  const host = hostCpu(vcpu);
  const slot = vcpu.slots.find((one) => one.gfn <= gfn && gfn < one.gfn + one.count);
  if (!host || !slot) return undefined;
  return manualStory(guestRegisters(host), slot.pfn + (gfn - slot.gfn)).type;
}

function ruleOf({ vcpu, policy }: Subject, type: MtrrType, ipat: 0 | 1): AccessStory['rule'] {
  if (vcpu.vendor === 'amd') {
    return vcpu.cr0cd && !hasQuirk({ vcpu, policy }, 'cd-nw-cleared') ? 'cr0-cd' : 'nested';
  }
  if (policy.flags.ept === 'identity' && vcpu.cr0cd) return 'cr0-cd';
  if (type === UNDEFINED) return 'undefined';
  return ipat === 1 ? 'ipat' : 'combined';
}

/** Tells what an access to a page with this entry gets. */
export function accessStory(
  subject: Subject,
  gfn: number,
  pat: bigint,
  { type, ipat }: Pick<EptStory, 'type' | 'ipat'>,
): AccessStory {
  const rule = ruleOf(subject, type, ipat);
  const hostType = rule === 'nested' ? hostTypeAt(subject.vcpu, gfn) : undefined;
  const through = (requested: PatType): Access => {
    if (rule === 'cr0-cd') return { pat: requested, type: UC, wasUndefined: false };
    if (rule === 'nested') {
      const own = requested === UC_MINUS ? (hostType === WC ? WC : UC) : requested;
      return { pat: requested, type: own, wasUndefined: false };
    }
    if (type === UNDEFINED || rule === 'ipat') return { pat: requested, type, wasUndefined: false };
    return {
      pat: requested,
      type: combinedType(type, requested),
      wasUndefined: FORMERLY_UNDEFINED.some(([row, column]) => row === type && column === requested),
    };
  };
  return {
    rule,
    byType: PAT_TYPES.map(through),
    byIndex: Array.from({ length: 8 }, (_, index) => through(byteOf(pat, index) as PatType)),
    pat,
    ...(hostType !== undefined && { hostType }),
  };
}

/** What Linux in the guest makes of a request to map a frame WB. */
export interface LinuxStory {
  /**
   * `untracked`: the ISA hole, always WB; `wb-mtrr`: granted; `other-mtrr`: the MTRR type is not WB, so UC-. Of a
   * confidential guest, which counts its PCI hole as UC and all else as WB: `forced-wb`, `forced-uc`.
   */
  readonly rule: 'untracked' | 'wb-mtrr' | 'other-mtrr' | 'forced-wb' | 'forced-uc';
  readonly granted: PatType;
  /** Of a confidential guest: its PCI hole, where there is one. */
  readonly pciHole?: GfnRange;
}

/**
 * Linux arch/x86/mm/pat/memtype.c, `pat_x_mtrr_type`: a WB request on memory whose MTRR type is not WB becomes
 * UC-; other requests stay. The ISA hole is not tracked (`is_ISA_range`).
 *
 * @param mtrrType - the manual's MTRR type, which the guest's kernel reads out of its own registers
 */
export function linuxStory(gfn: number, mtrrType: MtrrType): LinuxStory {
  if (gfn >= 0xa0 && gfn < 0x100) return { rule: 'untracked', granted: WB };
  return mtrrType === WB ? { rule: 'wb-mtrr', granted: WB } : { rule: 'other-mtrr', granted: UC_MINUS };
}
