/**
 * An explanation is told from the rules, apart from the engines. Here each of its conclusions is held against
 * the engine's answer, so that it can never drift from what the rest of the program says.
 */
import type { View } from '../engine/index.ts';
import { EptsweepError } from '../errors.ts';
import { wantsOf } from '../policy/index.ts';
import type { MemoryType } from '../types.ts';
import type { Explanation } from './explanation.ts';
import { spanAt } from './span-at.ts';
import { architecturalView } from './what-if.ts';

function shown(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner));
}

/** Holds what was told against what was answered. */
function requireSame(gfn: number, what: string, told: unknown, answered: unknown): void {
  if (shown(told) === shown(answered)) return;
  throw new EptsweepError(
    'internal',
    `explain of gfn 0x${gfn.toString(16)} says ${what} ${shown(told)}, the engine ${shown(answered)}: please report this`,
  );
}

function requireManual(view: View, { gfn, manual }: Explanation): void {
  const architectural = architecturalView(view, view.vcpu);
  try {
    requireSame(gfn, "the manual's type", manual.type, spanAt(architectural, 'mtrr', gfn).type);
    requireSame(gfn, "the manual's types", manual.types, architectural.typeSetAt(gfn));
  } finally {
    architectural.dispose();
  }
}

/**
 * Holds an explanation against the engine that it was told beside.
 *
 * @throws {@link EptsweepError} with code `internal` at the first disagreement
 */
export function requireAgreement(view: View, explanation: Explanation): void {
  const { gfn, answer, manual, kvm, ept, level, entry, access } = explanation;
  requireManual(view, explanation);
  if (wantsOf(view.policy).includes('mtrr')) {
    const own = kvm ?? manual;
    requireSame(gfn, 'MTRR type', own.type, spanAt(view, 'mtrr', gfn).type);
    requireSame(gfn, 'types', own.types, view.typeSetAt(gfn) as readonly MemoryType[]);
  }
  requireSame(gfn, 'EPT type', [ept.type, ept.ipat], [answer.type, answer.ipat]);
  requireSame(gfn, 'level', level.level, answer.level);
  requireSame(gfn, 'entry', entry ? entry.entry : 0n, spanAt(view, 'leaf', gfn).entry);
  for (const { pat, type } of access.byType) {
    const answered = spanAt(view, 'effective', gfn, pat);
    requireSame(gfn, `type of an access through PAT type ${pat}`, type, answered.type);
  }
}
