/** The keys of an assertions file, for its reader, its schema and the help. */

/** Keys that are rules of their own, with what they take. */
export const RULE_KEYS = [
  { key: 'default', title: 'the default type: a type or a list of them' },
  { key: 'overlaps', title: 'none (or defined): none that the manual leaves open; disjoint: none at all' },
  { key: 'max-variable', title: 'most variable ranges in use' },
  { key: 'min-free-variable', title: 'least variable ranges left free' },
  { key: 'mtrrs', title: 'on or off (E)' },
  { key: 'fixed-ranges', title: 'on or off (FE)' },
  { key: 'cpus', title: 'identical: every page has one type on all CPUs; identical-registers: raw values' },
  { key: 'level', title: '2M or 1G: every aligned page of that size in RAM is mapped as one' },
  { key: 'check', title: 'rules of eptsweep check that find nothing, or a severity from which none does' },
] as const;

/** Another spelling. */
export const KEY_ALIASES: Readonly<Record<string, string>> = { 'max-var': 'max-variable' };

/** Keys that are no rules. */
export const SETTING_KEYS = [
  '$schema',
  'name',
  'description',
  'policy',
  'noncoherent-dma',
  'when-missing',
  'ranges',
] as const;

/** Keys of a rule that is a map. */
export const DETAIL_KEYS = ['type', 'level', 'except', 'policy', 'warn', 'when-missing', 'why'] as const;
/** Of rules that are not about a range. */
export const VALUE_KEYS = ['value', 'warn', 'when-missing', 'why'] as const;
