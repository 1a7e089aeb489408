/**
 * The rules that a row of a golden table can rest on, each with what it says and where it is written: a row that another
 * program gets wrong then names the sentence to read.
 */

/** What a rule says, and where. */
export interface RuleText {
  readonly says: string;
  /** Document and section, or file and function. */
  readonly source: string;
}

const SDM = 'Intel SDM vol. 3A';
const PRECEDENCES = `${SDM}, 13.11.4.1 "MTRR Precedences"`;
const KVM_FOLD = 'Linux arch/x86/kvm/mtrr.c, kvm_mtrr_get_guest_memory_type (4.7 to 6.10)';
const KVM_MASK = 'Linux arch/x86/kvm/vmx/vmx.c, vmx_get_mt_mask';
const VARIABLE = `${SDM}, 13.11.2.3 "Variable Range MTRRs"`;

/** Every rule by its id, in the order in which tables list them. */
export const RULES = {
  'mtrr.disabled': {
    says: 'IA32_MTRR_DEF_TYPE.E is clear: all of memory is UC',
    source: `${SDM}, 13.11.2.1 "IA32_MTRR_DEF_TYPE MSR"`,
  },
  'mtrr.fixed': {
    says: 'a fixed range, below 1 MiB with FE set, stands above all variable ones',
    source: PRECEDENCES,
  },
  'mtrr.one-type': {
    says: 'the variable ranges that match are of one type',
    source: PRECEDENCES,
  },
  'mtrr.uc-wins': { says: 'of the variable ranges that match one is UC', source: PRECEDENCES },
  'mtrr.wt-over-wb': { says: 'the variable ranges that match are WT and WB: WT', source: PRECEDENCES },
  'mtrr.undefined': {
    says: 'the variable ranges that match are of other types: undefined',
    source: PRECEDENCES,
  },
  'mtrr.tom2': {
    says: 'no range matches from 4 GiB up to TOP_MEM2 with Tom2ForceMemTypeWB: WB',
    source: 'AMD64 APM vol. 2, 7.9 "Memory-Mapped I/O", and SYSCFG',
  },
  'mtrr.default': {
    says: 'no range matches: the default type',
    source: `${SDM}, 13.11.2.1 "IA32_MTRR_DEF_TYPE MSR"`,
  },
  'kvm.disabled': { says: 'E is clear: UC, but WB where the guest has no MTRRs', source: KVM_FOLD },
  'kvm.fixed': { says: 'a fixed range below 1 MiB with FE set', source: KVM_FOLD },
  'kvm.default': { says: 'no range touches the page: the default type', source: KVM_FOLD },
  'kvm.first': { says: 'one range touches the page: its type', source: KVM_FOLD },
  'kvm.same': { says: 'all ranges that touch the page are of one type', source: KVM_FOLD },
  'kvm.uc-stops': { says: 'UC met on the walk by descending base: UC', source: KVM_FOLD },
  'kvm.wb-with-wt': { says: 'WB and WT met on the walk: WT', source: KVM_FOLD },
  'kvm.other-pair-stops': { says: 'another pair of types met on the walk: WB', source: KVM_FOLD },
  'ept.identity': { says: 'the entry has the MTRR type', source: `${SDM}, 13.11` },
  'ept.host-mmio': { says: 'the host page is MMIO: UC', source: KVM_MASK },
  'ept.no-noncoherent-dma': { says: 'no non-coherent DMA: WB', source: KVM_MASK },
  'ept.cr0-cd': { says: 'CR0.CD is set: WB or UC by the quirk', source: KVM_MASK },
  'ept.guest-mtrr': { says: 'non-coherent DMA: the type of the guest MTRRs', source: KVM_MASK },
  'ept.otherwise': { says: 'non-coherent DMA, MTRRs no longer looked at: WB', source: KVM_MASK },
  peer: { says: "the peer's own lookup, as its page in docs/policies states it", source: 'docs/policies' },
  'pat.combined': {
    says: 'MTRR type and PAT type combined',
    source: `${SDM}, 13.12.4 "Effective Page-Level Memory Types"`,
  },
  'wrmsr.accepted': { says: 'taken', source: VARIABLE },
  'wrmsr.no-such-msr': { says: 'no register of that number', source: `${SDM}, 13.11.2` },
  'wrmsr.no-such-range': {
    says: 'behind the last variable range that there is',
    source: `${SDM}, 13.11.1 "MTRR Feature Identification"`,
  },
  'wrmsr.type': { says: 'a type that is reserved: 2, 3, 7 and above', source: `${SDM}, 13.11.2` },
  'wrmsr.pat-type': {
    says: 'a type that the PAT does not know: 2, 3, 8 and above',
    source: `${SDM}, 13.12.2 "IA32_PAT MSR"`,
  },
  'wrmsr.def-type-reserved': {
    says: 'bits 9:8 or above 11 of IA32_MTRR_DEF_TYPE',
    source: `${SDM}, 13.11.2.1 "IA32_MTRR_DEF_TYPE MSR"`,
  },
  'wrmsr.base-reserved': { says: 'bits 11:8 of a base', source: VARIABLE },
  'wrmsr.mask-reserved': { says: 'bits 10:0 of a mask', source: VARIABLE },
  'wrmsr.width': { says: 'address bits at or above MAXPHYADDR', source: VARIABLE },
} as const satisfies Readonly<Record<string, RuleText>>;

/** Id of a rule. */
export type RuleId = keyof typeof RULES;

/** All ids, in the order of {@link RULES}. */
export const RULE_IDS = Object.keys(RULES) as readonly RuleId[];
