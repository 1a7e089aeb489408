import { transcript } from './transcript.ts';

const POLICIES = [
  'sdm',
  'kvm-4.19',
  'kvm-5.3',
  'kvm-5.12',
  'kvm-6.6',
  'kvm-6.8',
  'kvm-6.11',
  'kvm-6.16',
  'kvm-7.2',
];
const FILES = ['guest.ftrace', 'mail.txt', 'table.csv', 'amd.txt'];
const ENTRIES = [
  ...[
    '0x600000012200bf3@2',
    '0x12345f77@1',
    '80a0000012345f77@1',
    '86000080a5669b37',
    '0',
    '0x30',
    'ffffffffffffffff@3',
  ],
  ...['0x4b7@1', '0x8000000000000037@1', '0x1000b7@2', '0x100000f7@2', '0x7@1', '0x400000000003@4'],
];

/** Entries that are wrong in every way there is, and a batch of small ones that are right. */
const WRONG = [
  'gfn,level,entry',
  ...[
    '100,1,600000000500b07',
    '101,1,600000000501b77',
    '40000,3,600000044000b87',
    'ffc00,1,60000003ffc00b37',
  ],
  ...[
    'd0000,1,6000000d0000b07',
    '400000000,1,600000000001b37',
    '201,2,600000000600bb7',
    '200,2,600000000601bb7',
  ],
  ...[
    '0,3,1234937',
    '0,4,bb7',
    '102,1,600000000502b3f',
    '103,1,600000000503b36',
    '104,1,104006',
    '105,1,600000000999b37',
  ],
  ...['106,1,600000000506b37', 'fee00,1,60000fee00b07'],
].join('\n');
/** vCPUs in two states. */
const TWO = `maxphyaddr: 46
noncoherentDma: true
slots: [{base: 0, size: 2G, hpa: 16G}]
vcpus:
  - {count: 2, mtrr: {default: WB}}
  - {mtrr: {default: WB, variable: [{base: 1G, size: 1G, type: UC}]}}
`;

transcript(
  'trace',
  [
    ...FILES.map((file) => `trace examples/trace/guest.yaml examples/trace/${file}`),
    ...POLICIES.flatMap((policy) =>
      FILES.map((file) => `trace examples/trace/guest.yaml examples/trace/${file} --policy ${policy}`),
    ),
    'trace examples/trace/guest.yaml examples/trace/guest.ftrace --policy kvm-6.8 --json',
    ...ENTRIES.map((entry) => `trace --decode ${entry}`),
    ...POLICIES.flatMap((policy) =>
      ENTRIES.slice(0, 3).map((entry) => `trace --decode ${entry} --policy ${policy}`),
    ),
    ...['kvm-6.8', 'sdm'].map((policy) => `trace examples/trace/guest.yaml @wrong.csv --policy ${policy}`),
    'trace examples/trace/guest.yaml @wrong.csv --policy kvm-6.8 --pfn --host-phys-bits 36',
    'trace examples/trace/guest.yaml @wrong.csv',
    'trace @two.yaml @wrong.csv --policy kvm-6.8',
    'trace @two.yaml @wrong.csv --policy kvm-6.8 --vcpu 2',
    'trace ovmf-gpu @wrong.csv',
  ],
  { 'wrong.csv': WRONG, 'two.yaml': TWO },
);
