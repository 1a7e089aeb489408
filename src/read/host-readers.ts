/** Readers of a file that holds the lines of several hosts: a set of them for each. */
import { type Facts, NO_FACTS, saysAnything } from './facts/facts.ts';
import type { LineFormat, LineReader, ReadContext } from './reader.ts';

/** Hosts whose lines are kept apart; the lines of further ones are left out. */
const MOST_HOSTS = 4096;
/** Names that are listed. */
const MOST_NAMED = 8;

interface LazyReader {
  readonly format: LineFormat;
  readonly reader: () => LineReader;
  isOpen: boolean;
}

type HostSet = readonly LazyReader[];

function setOf(formats: readonly LineFormat[], context: ReadContext): HostSet {
  return formats.map((format): LazyReader => {
    let opened: LineReader | undefined;
    const lazy: LazyReader = {
      format,
      isOpen: false,
      reader: () => {
        lazy.isOpen = true;
        opened ??= format.open(context);
        return opened;
      },
    };
    return lazy;
  });
}

/** The sets of readers of one file. */
export class HostReaders {
  readonly #formats: readonly LineFormat[];
  readonly #context: ReadContext;
  readonly #named = new Map<string, HostSet>();
  /** Where lines go that name no host: to the last one that was named. */
  #current: HostSet;
  #isFull = false;

  constructor(formats: readonly LineFormat[], context: ReadContext) {
    this.#formats = formats;
    this.#context = context;
    this.#current = setOf(formats, context);
  }

  /** @param host - that the line names, if it names one */
  of(host: string | undefined): HostSet {
    return this.#setOf(host) ?? [];
  }

  #setOf(host: string | undefined): HostSet | undefined {
    if (host === undefined) return this.#current;
    const known = this.#named.get(host);
    if (known) return known;
    if (this.#named.size >= MOST_HOSTS) {
      this.#isFull = true;
      return undefined;
    }
    // What came before the first name belongs to it.
    const set = this.#named.size === 0 ? this.#current : setOf(this.#formats, this.#context);
    this.#named.set(host, set);
    return set;
  }

  /** A reader took a line of this host: one of those that {@link of} gave. */
  claimed(host: string | undefined): void {
    this.#current = this.#setOf(host)!;
  }

  /**
   * What is known of the host that was asked for, or of the last that tells registers.
   *
   * @param last - number of the last line that is not blank
   */
  finish(last: number): Facts[] {
    const told = [...this.#named]
      .map(([host, set]) => ({ host, facts: factsOf(set, last) }))
      .filter(({ facts }) => facts.some((one) => saysAnything(one) || one.messages.length > 0));
    const { host } = this.#context;
    if (told.length === 0 && host === undefined) return factsOf(this.#current, last);
    const telling = told.filter(({ facts }) =>
      facts.some(({ registers, cpus }) => registers.size + cpus.size > 0),
    );
    const chosen =
      host === undefined ? (telling.at(-1) ?? told.at(-1)) : told.find((one) => one.host === host);
    const names = told.map((one) => one.host);
    if (!chosen) return [{ ...NO_FACTS, messages: [this.#unknown(names)] }];
    return [...chosen.facts, ...(told.length > 1 ? [this.#choice(names, chosen.host)] : [])];
  }

  #unknown(names: readonly string[]) {
    const known = names.length === 0 ? 'the lines name none' : `there are ${listed(names)}`;
    const text = `--host ${this.#context.host} was asked for, and ${known}`;
    return { severity: 'error', text, at: { file: this.#context.file, line: 1 } } as const;
  }

  #choice(names: readonly string[], taken: string): Facts {
    const left = this.#isFull ? `; lines of further hosts are left out` : '';
    const text = `${names.length} hosts (${listed(names)}): ${taken} is taken; choose with --host HOST${left}`;
    const at = { file: this.#context.file, line: 1 };
    return { ...NO_FACTS, hosts: names, messages: [{ severity: 'note', text, at }] };
  }
}

function factsOf(readers: HostSet, last: number): Facts[] {
  return readers.filter(({ isOpen }) => isOpen).map(({ reader }) => reader().finish(last));
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
