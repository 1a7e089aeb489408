/** Collecting how each thing is known that a machine is made of, with the reason where the text does not say it. */

import { isVariableMsr, MSR_DEF_TYPE } from '../../msr/index.ts';
import { type Evidence, evidenceSentence, isFirm, type Subject } from '../../vm/index.ts';
import { ReadError } from '../read-error.ts';
import { type Facts, type Place, placeText } from './facts.ts';

/** What would settle a subject, where it is open. */
const SETTLED_BY: Readonly<Partial<Record<Subject, string>>> = {
  'default-type': 'MSR 0x2ff (rdmsr or dmesg)',
  enables: 'MSR 0x2ff (rdmsr or dmesg)',
  'fixed-ranges': 'MSRs 0x250 to 0x26f (rdmsr or dmesg)',
  'variable-ranges': 'the whole text, or MSRs 0x200 and following (rdmsr)',
  pat: 'MSR 0x277 (rdmsr or dmesg)',
  'physical-address-bits': '--phys-bits N, the first number of "address sizes" in /proc/cpuinfo',
  ram: '--ram FILE (dmesg or /proc/iomem)',
};

/** How an entry is told, where it is not as usual. */
interface EntryOptions {
  /** Default: the reason of the format which cannot say it. */
  readonly why?: string | undefined;
  readonly at?: Place | undefined;
}

/** What is torn and not given by another text: the whole of the variable ranges, or the default type, which one of them may hold. */
export function tornOf({ torn, registers, cpus }: Facts): Facts['torn'] {
  const ofCpus = [...cpus.values()].map((cpu) => cpu.registers);
  const hasRanges = [registers, ...ofCpus].some((of) => [...of.keys()].some(isVariableMsr));
  const hasDefault =
    registers.has(MSR_DEF_TYPE) || (ofCpus.length > 0 && ofCpus.every((of) => of.has(MSR_DEF_TYPE)));
  return torn.filter(({ isAll, subject }) =>
    subject === 'default-type' ? !hasDefault : !(isAll && hasRanges),
  );
}

/**
 * What is torn from a text, as evidence.
 *
 * @param facts - of a dump
 * @returns an entry each
 * @example
 * tornEvidence(readText('0x2ff,0xc06\n')); // []
 */
export function tornEvidence(facts: Facts): readonly Evidence[] {
  return tornOf(facts).map(({ subject, what, at }) => ({
    subject,
    level: 'torn',
    what,
    why: placeText(at),
    at,
  }));
}

/** Evidence of one conversion. */
export class EvidenceList {
  readonly #facts: Facts;
  readonly #list = new Map<string, Evidence>();

  constructor(facts: Facts) {
    this.#facts = facts;
    for (const torn of tornEvidence(facts)) this.#add(torn);
  }

  #add(evidence: Evidence): void {
    const settledBy = isFirm(evidence.level) ? undefined : SETTLED_BY[evidence.subject];
    const entry = { ...evidence, ...(settledBy !== undefined && { settledBy }) };
    const sentence = evidenceSentence(entry);
    // Several CPUs hold the same: the first of them is named.
    if (!this.#list.has(sentence)) this.#list.set(sentence, entry);
  }

  /** Records that a line says it. */
  read(subject: Subject, what: string, at: Place): void {
    this.#add({ subject, level: 'read', what, why: '', at });
  }

  /** Records what follows from the text, once. */
  infer(subject: Subject, what: string, why: string, at?: Place): void {
    this.#add({ subject, level: 'inferred', what, why, ...(at && { at }) });
  }

  /** Records what nothing says, once. */
  assume(subject: Subject, what: string, { why, at }: EntryOptions = {}): void {
    const silence = this.#facts.silences.find((one) => one.subject === subject);
    const place = at ?? silence?.at;
    this.#add({
      subject,
      level: 'assumed',
      what,
      why: why ?? silence?.reason ?? 'no text says it',
      ...(place && { at: place }),
    });
  }

  list(): readonly Evidence[] {
    return [...this.#list.values()];
  }

  /** @throws ReadError naming the first thing that is assumed or torn, where there is any */
  refuse(): void {
    const [first, ...others] = this.list().filter(({ level }) => !isFirm(level));
    if (!first) return;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const file = first.at?.file ?? originOf(this.#facts);
    throw new ReadError(file, `strict: ${evidenceSentence(first)}${more}`, first.at?.line);
  }
}

/** Where facts come from, for errors about all of them: the first file. */
export function originOf(facts: Facts): string {
  return facts.recognised[0]?.file ?? facts.messages[0]?.at.file ?? '-';
}
