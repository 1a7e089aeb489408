/** Configs, scenarios and campaigns of which a line is damaged, and lines at the edge of what they can say. */

/** A config with a value of each kind. */
export const RICH = `name: rich
maxphyaddr: 40
policy: {base: kvm-6.6, backports: [0a7b73559b39], flags: {slotZap: slot}}
noncoherentDma: true
quirks: [ignore-guest-pat]
host: {selfSnoop: false, vendor: intel}
hostMsrs: {MTRRdefType: 0x806}
slots:
  - {base: 0, size: 640K}
  - {base: 1M, size: 2047M, hpa: 3M, maxLevel: 2M}
  - {base: 0xffc00000, size: 4M, kind: readonly}
  - {base: 4G, size: 1G, kind: mmio}
mmio: [0xfec00000+4K, 0xfee00000-0xfee00fff]
mtrr:
  default: UC
  enabled: true
  fixedEnabled: true
  fixed: [{range: 0-0x9ffff, type: WB}, {range: 0xc0000-0xc3fff, type: WP}]
  variable:
    - {base: 0, size: 2G, type: WB}
    - {range: 3G-4G, type: UC-}
    - {base: 0x100000000, mask: 0xff00000000, type: 6, valid: false}
pat: [WB, WT, UC-, UC, WB, WT, UC-, WC]
msrs:
  0x2ff: 0xc06
  IA32_MTRR_PHYSBASE4: 0x1_0000_0000
vcpus:
  - {count: 2, name: boot}
  - id: 7
    cr0cd: true
    guestHasMtrr: false
    vcnt: 4
    mtrr: {default: WB}
`;

/** The same without its faults. */
export const GROWN = `${RICH.replace('{range: 3G-4G, type: UC-}', '{range: 3G-4G, type: UC}')
  .replace('vcnt: 4', 'vcnt: 10')
  .replace(' mask: 0xff00000000,', ' size: 4G,')
  .replace('  0x2ff: 0xc06\n', '')
  .replace('hostMsrs: {MTRRdefType: 0x806}\n', '')}`;

/** A scenario with an event of each kind. */
export const EVENTS = `vm: ovmf-q35
policy: kvm-5.16
every: 2
waiting: 7
smm: true
events:
  - noncoherentDma: start
  - {at: 5, note: begins, cr0cd: {vcpu: 0, on: true}}
  - cr0: {vcpu: bsp, cd: true, nw: true}
  - cr0: {vcpu: 0, by: vmm, value: 0x80010033}
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_DEF_TYPE, value: 0xc06}
  - wrmsr: {vcpu: '0-3,5', msrs: {0x277: 0x7040600070406}}
  - program: {vcpu: 0, mtrr: {default: WB, variable: [{range: 3G-4G, type: UC}]}}
  - efer: {vcpu: 0, nx: true}
  - efer: {vcpu: 0, value: 0xd01}
  - smi: {vcpu: 0}
  - rsm: {vcpu: 0}
  - sipi: {vcpu: 7}
  - nested: {vcpu: 0, on: true}
  - fault: {vcpu: 0, gpa: 0x100000, access: read}
  - touch: {vcpu: 0-1, range: 0-2M, access: write}
  - slotAdd: {range: 64G+1G, kind: readonly, hpa: 80G, maxLevel: 2M}
  - slotMove: {slot: 64G, to: 66G}
  - dirtyLog: {slot: 66G, on: true}
  - slotRemove: {slot: 66G}
  - quirk: {name: cd-nw-cleared, on: false}
  - reset: {vcpu: 1, writes: zeroes, waits: true, paging: off}
  - unplug: {vcpu: 1}
  - hotplug: {vcpu: 1, writes: {0x2ff: 6}, waits: false}
  - repeat: {times: 2, events: [{touch: {vcpu: 1, range: 4G+4K}}]}
  - each: {vcpu: 0-1, events: [{touch: {vcpu: each, range: 4G+4K}}]}
  - report: {}
`;

/** A campaign with a value of each kind. */
export const CAMPAIGN = `ask: compare
against: sdm
want: mtrr
layouts:
  - presets: [ovmf-q35, thinkpad-t400]
  - random: {kinds: [typical, any], ranges: 1..8, count: 20, seed: 1, maxphyaddr: 40}
  - enumerate: {ranges: 0..1, size: 2M..4M, below: 16M, type: [WB, UC], default: UC, base: aligned}
axes:
  policy: [kvm-5.16, kvm-6.6..kvm-6.8]
  cr0cd: [false, true]
  noncoherentDma: [true, false]
zip: [[cr0cd, noncoherentDma]]
exclude: [{policy: kvm-5.16, cr0cd: true}]
include: [{policy: kvm-4.7, maxphyaddr: 40}]
keep: findings
smallest: 3
verify: 1/1000
`;

/** Lines of a campaign that contradict each other, or ask for what is not there. */
export const WRONG_CAMPAIGNS: readonly string[] = [
  'zip: [[cr0cd, noncoherentDma], [policy, cr0cd]]',
  'zip: [[cr0cd, policy]]',
  'zip: [[cr0cd, vcnt]]',
  'zip: [[cr0cd]]',
  'include: [{polcy: sdm}]',
  'exclude: [{cr0cd: maybe}]',
  'exclude: [{vcnt: 3}]',
  'exclude: [{policy: kvm-9.9}]',
  'layouts: {files: "*.txt"}',
  'layouts: {presets: [ovmf-q35, ovmf-q35]}',
  'layouts: {presets: ovmf}',
  'layouts: {random: {count: 20, kinds: [any, any]}}',
  'layouts: {random: {count: 20, kinds: anyone}}',
  'layouts: {random: {count: 20, ranges: 3..2}}',
  'layouts: {random: {count: 20, ranges: 1..11}}',
  'layouts: {random: {count: 0x10000000000000001}}',
  'layouts: {enumerate: {ranges: 1, size: 1G, below: 512M, type: WB, default: UC}}',
  'layouts: {enumerate: {ranges: 1, size: 2M, below: 8G, type: WB, default: UC, maxphyaddr: 32}}',
  'layouts: {enumerate: {ranges: 10, size: 4K..1G, below: 1T, type: WB, default: [UC, UC]}}',
  'layouts: {enumerate: {ranges: 1, size: 3M, below: 1G, type: UC-, default: UC}}',
  'ask: oracle',
  'ask: verify',
  'against: kvm-6.16',
  'against: [sdm]',
  'want: leaf',
  'verify: 2/1000',
  'oracle: {command: x, timeout: 10}',
  'oracle: {timeout: 10s}',
  'axes: {policy: [kvm-6.8..kvm-6.6]}',
  'axes: {policy: [kvm-6.6, kvm-6.6]}',
  'axes: {policy: [kvm-4.7..kvm-9999.0]}',
  'axes: {policy: [kvm-6.x..kvm-6.8]}',
  'axes: {cr0cd: []}',
  'axes: {vcpus: some}',
  'axes: {nothing: [1]}',
  'axes: {maxphyaddr: [31, 53]}',
  'smallest: 65',
  'keep: some',
];

/** Registers, slots and vCPUs at the edge of what a config can say. */
export const EDGES: readonly string[] = [
  'mtrr: {variable: [{base: 0xffffff000, size: 4K, type: WB}]}',
  'mtrr: {variable: [{base: 0x1000000000, size: 4K, type: WB}]}',
  'mtrr: {variable: [{base: 0x800000000, size: 0x1000000000, type: WB}]}',
  'mtrr: {variable: [{base: 0, size: 0x1000000000, type: WB}]}',
  'mtrr: {variable: [{base: 0, size: 3M, type: WB}]}',
  'mtrr: {variable: [{base: 0x1800, size: 4K, type: WB}]}',
  'mtrr: {variable: [{range: 0-3M, type: WB}]}',
  'mtrr: {variable: [{base: 1M, range: 0-4M, type: WB}]}',
  'mtrr: {variable: [{base: 0, size: 1M, mask: 0xffff00000, type: WB}]}',
  'mtrr: {variable: [{base: 0, mask: 0xffff00800, type: WB}]}',
  'mtrr: {variable: [{base: 0, mask: 0x1000000000, type: WB}]}',
  'mtrr: {variable: [{index: 39, base: 0, size: 1M, type: WB}]}',
  'mtrr: {variable: [{index: 40, base: 0, size: 1M, type: WB}]}',
  'mtrr: {variable: [{index: 1, base: 0, size: 1M, type: WB}, {index: 1, valid: false}]}',
  'mtrr: {variable: [{valid: false}]}',
  'mtrr: {fixed: [{range: 0-0xfffff, type: WB}]}',
  'mtrr: {fixed: [{range: 0-0x100fff, type: WB}]}',
  'mtrr: {fixed: [{range: 0-0x8ffff, type: WB}]}',
  'mtrr: {fixed: [{range: 0xc0000-0xc0fff, type: WB}, {range: 0xc0000-0xc1fff, type: UC}]}',
  'msrs: {0x250: 0x0606060606060606, FIX64K_00000: 6}',
  'msrs: {0x10: 0}',
  'msrs: {0x277: 0x10000000000000000}',
  'pat: [WB, WT]',
  'slots: [{base: 0, size: 4K}, {base: 0, size: 8K}]',
  'slots: [{base: 0xffffff000, size: 8K}]',
  'slots: [{base: 0, size: 4K, hpa: 0xfffffffffffff000}]',
  'slots: [{base: 0, size: 100}]',
  'mmio: [0-0xfff, 0xfff+1]',
  'mmio: [4G-3G]',
  'vcpus: [{count: 4097}]',
  'vcpus: [{id: 1}, {id: 1}]',
  'vcpus: [{count: 2, id: 3}, {}]',
  'vcpus: []',
  'confidential: tdx',
  'confidential: snp',
  'quirks: [ignore-guest-pat, KVM_X86_QUIRK_CD_NW_CLEARED]',
  'policy: {base: sdm, flags: {mtrr: none}}',
];
