/** How well what an answer rests on is known: read, inferred, assumed or torn. */

/**
 * From the firmest to the weakest. `read`: a line of the text says it. `inferred`: it follows from what the text says.
 * `assumed`: nothing says it. `torn`: the text held it, and it was cut, filtered or damaged.
 */
export const EVIDENCE_LEVELS = ['read', 'inferred', 'assumed', 'torn'] as const;

/** One of {@link EVIDENCE_LEVELS}. */
export type EvidenceLevel = (typeof EVIDENCE_LEVELS)[number];

/** What evidence can be about. */
export const EVIDENCE_SUBJECTS = [
  'default-type',
  'enables',
  'fixed-ranges',
  'variable-ranges',
  'tom2',
  'pat',
  'cr0cd',
  'physical-address-bits',
  'which-cpu',
  'platform',
  'ram',
  'noncoherent-dma',
  'quirks',
  'self-snoop',
] as const;

/** One of {@link EVIDENCE_SUBJECTS}. */
export type Subject = (typeof EVIDENCE_SUBJECTS)[number];

/** How one thing is known. */
export interface Evidence {
  readonly subject: Subject;
  readonly level: EvidenceLevel;
  /** What holds: `default type WB`. */
  readonly what: string;
  /** Why it is taken so: `no WB range at all`; empty for what is read. */
  readonly why: string;
  /** What would settle it: `MSR 0x2ff`; where nothing is open it is left out. */
  readonly settledBy?: string;
  /** Where the text says it, or what it is inferred from. */
  readonly at?: { readonly file: string; readonly line: number };
}

/**
 * Evidence in a sentence.
 *
 * @param evidence - of any level
 * @returns the level, what holds and why
 * @example
 * const assumed = { subject: 'default-type', level: 'assumed', what: 'default type UC', why: 'no text says it' };
 * evidenceSentence(assumed); // 'assumed: default type UC (no text says it)'
 */
export function evidenceSentence(evidence: Evidence): string {
  const { level, what, why } = evidence;
  return why === '' ? `${level}: ${what}` : `${level}: ${what} (${why})`;
}

/**
 * Whether a finding may rest on it.
 *
 * @param level - of evidence
 * @returns false for what is assumed or torn
 * @example
 * isFirm('inferred'); // true
 */
export function isFirm(level: EvidenceLevel): boolean {
  return level === 'read' || level === 'inferred';
}

/**
 * The weakest evidence about some subjects.
 *
 * @param list - evidence
 * @param subjects - that count
 * @returns undefined where all of it is firm, or nothing is said of them
 * @example
 * weakest([], ['ram']); // undefined
 */
export function weakest(list: readonly Evidence[], subjects: readonly Subject[]): Evidence | undefined {
  const weak = list.filter(({ subject, level }) => subjects.includes(subject) && !isFirm(level));
  return weak.sort((a, b) => EVIDENCE_LEVELS.indexOf(b.level) - EVIDENCE_LEVELS.indexOf(a.level))[0];
}
