import { transcript } from './transcript.ts';

const STATES = ['examples/two-states.yaml', 'examples/rendezvous.yaml', 'ovmf-gpu', 'xeon-wt-2m'];
const POLICIES = ['sdm', 'kvm-5.3', 'kvm-6.6', 'kvm-6.8', 'kvm-6.16'];
const DESIGNS = ['first-fault', 'vcpu0', 'role', 'uniform', 'max-cd'];

transcript('share', [
  ...STATES.flatMap((state) => POLICIES.map((policy) => `share ${state} --policy ${policy}`)),
  ...DESIGNS.flatMap((design) =>
    STATES.slice(0, 2).map((state) => `share ${state} --design ${design} --policy kvm-6.6`),
  ),
  ...STATES.slice(0, 2).map((state) => `share ${state} --json`),
  ...STATES.slice(0, 2).map((state) => `share ${state} --json --policy kvm-6.6 --order 1,0`),
]);
