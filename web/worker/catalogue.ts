/** Everything that can be chosen by name. */
import { PRESETS, SCENARIOS } from '../../src/config/index.ts';
import { DESIGNS, PEERS, POLICY_NAMES, VERSION } from '../../src/index.ts';
import { XEN_EPT_PEER } from '../../src/policy/index.ts';
import { FORMATS } from '../../src/read/index.ts';
import { RECIPES } from '../../src/write/index.ts';
import type { Catalogue } from './protocol.ts';

type Policies = Catalogue['policies'];

const KERNELS: Policies = POLICY_NAMES.map((name) =>
  name === 'sdm'
    ? { name, title: 'what the manual says', kind: 'manual' }
    : { name, title: `KVM of Linux ${name.replace('kvm-', '')}`, kind: 'kernel' },
);
const OTHERS: Policies = [...PEERS, XEN_EPT_PEER].map(({ name, title }) => ({ name, title, kind: 'peer' }));

/** What there is. */
export const CATALOGUE: Catalogue = {
  version: VERSION,
  presets: PRESETS.map(({ name, description }) => ({ name, title: description })),
  policies: [...KERNELS, ...OTHERS],
  formats: FORMATS,
  scenarios: SCENARIOS.map(({ name, description }) => ({ name, title: description })),
  designs: DESIGNS,
  recipes: RECIPES,
};
