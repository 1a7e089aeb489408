/** Collecting what is taken for granted, with the reason why the text does not say it. */

import { ReadError } from '../read-error.ts';
import type { Assumption, Facts, Place, Subject } from './facts.ts';

/** Assumptions of one conversion. */
export class Assumed {
  readonly #facts: Facts;
  readonly #list = new Map<string, Assumption>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /**
   * Records an assumption, once.
   *
   * @param what - what is assumed: `default type UC`
   * @param why - the reason; default: that of the format which cannot say it
   */
  take(subject: Subject, what: string, why?: string, at?: Place): void {
    const silence = this.#facts.silences.find((one) => one.subject === subject);
    const reason = why ?? silence?.reason ?? 'no text says it';
    const place = at ?? silence?.at;
    const sentence = `assumed: ${what} (${reason})`;
    this.#list.set(sentence, { subject, sentence, ...(place && { at: place }) });
  }

  list(): readonly Assumption[] {
    return [...this.#list.values()];
  }

  /** @throws ReadError naming the first assumption, where there is any */
  refuse(): void {
    const [first, ...others] = this.list();
    if (!first) return;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const file = first.at?.file ?? this.#facts.recognised[0]?.file ?? '-';
    throw new ReadError(file, `strict: ${first.sentence}${more}`, first.at?.line);
  }
}

/** Where facts come from, for errors about all of them: the first file. */
export function originOf(facts: Facts): string {
  return facts.recognised[0]?.file ?? facts.messages[0]?.at.file ?? '-';
}
