/** What of a dump no line says, in a line below the title of a picture. */
import { EVIDENCE_LEVELS, type Evidence } from '../vm/index.ts';

/**
 * Subjects by level; what is read is not told.
 *
 * @param evidence - of a dump; undefined for a config
 * @returns no line, or one: `inferred: default type; assumed: fixed ranges, pat`
 */
export function evidenceNote(evidence: readonly Evidence[] = []): readonly string[] {
  const parts = EVIDENCE_LEVELS.filter((level) => level !== 'read').flatMap((level) => {
    const subjects = evidence.filter((one) => one.level === level).map(({ subject }) => subject);
    const names = [...new Set(subjects)].map((subject) => subject.replaceAll('-', ' '));
    return names.length > 0 ? [`${level}: ${names.join(', ')}`] : [];
  });
  return parts.length > 0 ? [parts.join('; ')] : [];
}
