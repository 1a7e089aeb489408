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

transcript('trace', [
  ...FILES.map((file) => `trace examples/trace/guest.yaml examples/trace/${file}`),
  ...POLICIES.flatMap((policy) =>
    FILES.map((file) => `trace examples/trace/guest.yaml examples/trace/${file} --policy ${policy}`),
  ),
  'trace examples/trace/guest.yaml examples/trace/guest.ftrace --policy kvm-6.8 --json',
  ...ENTRIES.map((entry) => `trace --decode ${entry}`),
  ...POLICIES.flatMap((policy) =>
    ENTRIES.slice(0, 3).map((entry) => `trace --decode ${entry} --policy ${policy}`),
  ),
]);
