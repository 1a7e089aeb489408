import { transcript } from './transcript.ts';

const PAIRS = [
  'ovmf-q35 ovmf-gpu',
  'seabios-q35 ovmf-q35',
  'surface-pro7 surface-pro7-last-boot',
  'lenovo-z575 lenovo-z510',
  'xeon-wt-under-uc xeon-wt-2m',
  'precision-t3600 asus-2012',
  'atom-netbook thinkpad-t400',
  'examples/two-states.yaml ovmf-q35',
  'tdx-guest snp-guest',
];
const POLICIES = ['kvm-5.3', 'kvm-6.6', 'kvm-6.8', 'kvm-6.16'];

transcript('diff', [
  ...PAIRS.map((pair) => `diff ${pair}`),
  ...PAIRS.flatMap((pair) => ['kvm-6.6', 'kvm-6.16'].map((policy) => `diff ${pair} --policy ${policy}`)),
  ...POLICIES.flatMap((policy) =>
    ['ovmf-gpu', 'lenovo-z575', 'xeon-wt-under-uc'].map(
      (one) => `diff ${one} --policy sdm ${one} --policy ${policy}`,
    ),
  ),
  ...['ept', 'effective', 'levels', 'leaf'].map(
    (want) => `diff ovmf-q35 ovmf-gpu --policy kvm-6.6 --want ${want}`,
  ),
  'diff examples/dumps/migration-before.json examples/dumps/migration-after.json',
  'diff ovmf-q35 ovmf-gpu --json',
]);
