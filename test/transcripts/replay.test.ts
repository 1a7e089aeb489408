import { SCENARIOS } from '../../src/config/index.ts';
import { transcript } from './transcript.ts';

const NAMES = SCENARIOS.map(({ name }) => name);
const SMALL = [
  'live-range-moved',
  'one-left-behind',
  'smm-entry',
  'nested-guest',
  'vcpu-hotplug',
  'base-before-mask',
];

transcript('replay', [
  ...NAMES.map((name) => `replay ${name} --limit 8`),
  ...SMALL.flatMap((name) =>
    ['kvm-5.3', 'kvm-6.8'].map((policy) => `replay ${name} --limit 4 --policy ${policy}`),
  ),
  ...[...SMALL, 'ovmf-boot', 'migration-source'].map(
    (name) =>
      `replay ${name} --limit 2 --design first-fault,vcpu0,role,uniform,max-cd,zap-on-cd,fine-zap,try-without-vcpu`,
  ),
  ...SMALL.slice(0, 2).map((name) => `replay ${name} -f ndjson`),
]);
