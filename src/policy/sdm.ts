/** The architecture's own rule, as the manual states it: what a machine does, or a hypervisor that adds nothing. */
import { WANTS } from '../types.ts';
import type { PolicyFlags } from './flags.ts';
import type { Policy } from './policy.ts';

/** Policy `sdm`. */
export const SDM: Policy = Object.freeze({
  name: 'sdm',
  row: 'sdm',
  traits: Object.freeze({
    system: 'sdm',
    variableRanges: 'vcnt',
    hasZapRules: false,
    requiresSlots: false,
    mtrrLabel: 'MTRR',
    wants: WANTS,
    vendors: ['intel'] as const,
  }),
  flags: Object.freeze({
    mtrr: 'architectural',
    ept: 'identity',
    cacheDisable: 'ignored',
    ignorePat: 'always',
    levelCheck: 'one-type',
    mmioLevel: 'host',
    leaf: 'architectural',
  } satisfies PolicyFlags),
  defaultQuirks: Object.freeze([]),
  commits: Object.freeze([]),
  assumptions: Object.freeze([]),
} satisfies Policy);
