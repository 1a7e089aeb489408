import { transcript } from './transcript.ts';

/** Guests and machines, with the addresses at which their layouts turn. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'ovmf-gpu': ['0xa0000', '32G'],
  'ovmf-q35': ['0xfee00000', '0x7ffff000'],
  'thinkpad-t400': ['0xbd000000', '0xbcc00000'],
  'xeon-wt-under-uc': ['0xd0000000', '0x1000000000'],
  'lenovo-z575': ['0x1000000000', '4G'],
  '@odd.yaml': ['0', '0xb8000', '1M', '3G', '6G', '0xfec00000'],
  'tdx-guest': ['0xfee00000'],
  'snp-guest': ['0x100000'],
};
const POLICIES = ['sdm', 'kvm-6.6', 'kvm-6.16'];
const PEERS = [
  'peer-xen',
  'peer-linux-6.4',
  'peer-linux-6.5',
  'peer-hyperdbg',
  'peer-hyperplatform',
  'peer-hvpp',
];
/** Overlaps without an answer, a mask with a hole, an unaligned base, a device, a read-only slot, CR0.CD on one vCPU. */
const ODD = `maxphyaddr: 36
noncoherentDma: true
slots:
  - {base: 0, size: 2G, maxLevel: 2M}
  - {base: 4G, size: 3G, hpa: 0x100001000}
  - {base: 0xffc00000, size: 4M, kind: readonly}
mmio: [0xfec00000+4K]
msrs:
  0x2ff: 0xc06
  0x200: 0x0
  0x201: 0xf40000800
  0x202: 0xc0000005
  0x203: 0xfc0000800
  0x204: 0xc0000001
  0x205: 0xff0000800
  0x206: 0x180100004
  0x207: 0xfc0000800
  0x250: 0x0606060606060606
  0x259: 0x0001000000000000
vcpus: [{}, {cr0cd: true}]
`;

transcript(
  'explain',
  [
    ...Object.entries(PLACES).flatMap(([config, places]) =>
      places.flatMap((place) =>
        POLICIES.filter((policy) => config !== 'snp-guest' || policy !== 'sdm').map(
          (policy) => `explain ${config} ${place} --policy ${policy} --no-changes`,
        ),
      ),
    ),
    ...PEERS.flatMap((peer) =>
      ['thinkpad-t400 0xbd000000', '@odd.yaml 3G', '@odd.yaml 6G'].map(
        (place) => `explain ${place} --policy ${peer} --no-changes`,
      ),
    ),
    ...['thinkpad-t400 0xbd000000', 'xeon-wt-under-uc 0xd0000000', 'ovmf-gpu 32G'].flatMap((place) => [
      `explain ${place} --linux --no-changes`,
      `explain ${place} --policy kvm-6.6`,
      `explain ${place} --policy sdm`,
    ]),
    ...['UC', 'UC-', 'WC', 'WT', 'WP', 'WB'].map(
      (pat) => `explain @odd.yaml 3G --policy kvm-6.6 --pat ${pat} --no-changes`,
    ),
    ...['sdm', 'kvm-6.6'].map((policy) => `explain @odd.yaml 2G-8G --policy ${policy} --no-changes`),
    'explain @odd.yaml 0x9f000-0xc0fff --policy kvm-6.6 --no-changes --vcpu all',
    'explain @odd.yaml 0xffc00000 --policy kvm-6.6 --vcpu 1',
    'explain @odd.yaml 6G --policy kvm-6.6 -f json',
  ],
  { 'odd.yaml': ODD },
);
