/**
 * What tells one hypervisor's rule from another's, as feature flags. Distribution kernels backport, so flags, not
 * version numbers, are what engines read.
 */

/** Feature flags of a policy: everything an engine needs to know about it. */
export interface PolicyFlags {
  /**
   * How the MTRRs give a type: as the manual says, as KVM 4.7..6.10 folds them, by `Policy.peer`'s rules, or not
   * at all.
   */
  readonly mtrr: 'architectural' | 'kvm' | 'peer' | 'none';
  /**
   * What becomes of that type: an entry of that type without IPAT, KVM's `vmx_get_mt_mask`, or Xen's
   * `epte_get_entry_emt`.
   */
  readonly ept: 'identity' | 'kvm' | 'xen';
  /** KVM's answer for CR0.CD=1 with the quirk cd-nw-cleared on: WB with IPAT, WB, or CD is not looked at. */
  readonly cacheDisable: 'wb-ipat' | 'wb' | 'ignored';
  /**
   * When KVM sets IPAT for a VM without non-coherent DMA: always, only if the CPU lacks self-snoop, or only
   * while the quirk ignore-guest-pat is on.
   */
  readonly ignorePat: 'always' | 'without-self-snoop' | 'quirk';
  /**
   * What limits the level of a leaf beside the slots: one defined type for all its pages, KVM's MTRR
   * consistency check (always, or only for VMs with non-coherent DMA), or nothing.
   */
  readonly levelCheck: 'one-type' | 'kvm' | 'kvm-noncoherent-dma' | 'none';
  /**
   * How large KVM maps host MMIO: by 4K pages alone, or as the host's own page tables have it, which is stated as
   * the slot's largest level. Policies that know no MMIO have `host`.
   */
  readonly mmioLevel: '4k' | 'host';
  /**
   * Layout of a leaf entry: the architecture's; KVM's with host-writable and MMU-writable in bits 10 and 11
   * (before 5.4 the bits that it puts aside lay elsewhere too); KVM's with them in 57 and 58 and MMU-present in 11;
   * the same with suppress-#VE (63); or with them in 53 and 55, and bit 10 executable by user pages.
   */
  readonly leaf: 'architectural' | 'kvm-4.7' | 'kvm-5.4' | 'kvm' | 'kvm-suppress-ve' | 'kvm-7.2';
}

/** Flags that tell one KVM from another. */
export type KvmFlag = Exclude<keyof PolicyFlags, 'ept'>;

/**
 * The values that each flag of a KVM can have. The manual's rules are no KVM's: a kernel that read MTRRs as the
 * manual does but checked levels as KVM does exists nowhere, and what it would map is anybody's guess.
 */
export const POLICY_FLAG_VALUES: { readonly [Flag in KvmFlag]: readonly PolicyFlags[Flag][] } = {
  mtrr: ['kvm', 'none'],
  cacheDisable: ['wb-ipat', 'wb', 'ignored'],
  ignorePat: ['always', 'without-self-snoop', 'quirk'],
  levelCheck: ['kvm', 'kvm-noncoherent-dma', 'none'],
  mmioLevel: ['4k', 'host'],
  leaf: ['kvm-4.7', 'kvm-5.4', 'kvm', 'kvm-suppress-ve', 'kvm-7.2'],
};

/** What becomes of entries that are there, beside what the flags above say: the same for types, never for answers. */
export interface ZapFlags {
  /**
   * What goes when non-coherent DMA starts or stops: nothing, or all entries (where the guest's PAT can be honoured,
   * only while it is ignored: elsewhere no entry would change).
   */
  readonly dmaZap: 'none' | 'all';
  /**
   * What goes when a slot is removed or moved: all entries, that slot's, or all unless KVM_X86_QUIRK_SLOT_ZAP_ALL is
   * off.
   */
  readonly slotZap: 'all' | 'slot' | 'quirk';
  /** What dirty logging does to large entries: write-protects them, or splits them (eager_page_split, its default). */
  readonly dirtyLogStart: 'write-protect' | 'split';
  /** What a write to a write-protected large entry does: drops it, or splits it into entries of its type. */
  readonly largeWrite: 'drop' | 'split';
  /** What becomes of small entries when dirty logging ends: they go, or a large one takes their place at once. */
  readonly dirtyLogEnd: 'zap' | 'recover';
  /**
   * What of a vCPU decides which root it shares, beside SMM and nested guests: EFER.NX and CR0.WP where paging is on,
   * or nothing.
   */
  readonly rootRole: 'paging' | 'constant';
  /** What becomes of a root that no vCPU holds any more: it stays with its entries until they are zapped, or goes. */
  readonly rootLifetime: 'kept' | 'last-user';
}

/** The values that each zap flag of a KVM can have. */
export const ZAP_FLAG_VALUES: { readonly [Flag in keyof ZapFlags]: readonly ZapFlags[Flag][] } = {
  dmaZap: ['none', 'all'],
  slotZap: ['all', 'slot', 'quirk'],
  dirtyLogStart: ['write-protect', 'split'],
  largeWrite: ['drop', 'split'],
  dirtyLogEnd: ['zap', 'recover'],
  rootRole: ['paging', 'constant'],
  rootLifetime: ['kept', 'last-user'],
};

/** The values of all flags that a custom policy can set. */
export const CUSTOM_FLAG_VALUES: typeof POLICY_FLAG_VALUES & typeof ZAP_FLAG_VALUES = {
  ...POLICY_FLAG_VALUES,
  ...ZAP_FLAG_VALUES,
};

/** A KVM quirk that matters here: `KVM_X86_QUIRK_CD_NW_CLEARED`, `KVM_X86_QUIRK_IGNORE_GUEST_PAT`. */
export type Quirk = 'cd-nw-cleared' | 'ignore-guest-pat';
/** All quirks that a VM can name, lower case without prefix. */
export const QUIRKS: readonly Quirk[] = ['cd-nw-cleared', 'ignore-guest-pat'];

/** A maker of host CPUs. */
export type Vendor = 'intel' | 'amd';
/** All makers of host CPUs. */
export const VENDORS: readonly Vendor[] = ['intel', 'amd'];
