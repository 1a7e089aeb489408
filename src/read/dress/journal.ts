/**
 * Records of systemd's journal, whatever `journalctl -o` made of them: `json` and its kin, `export`, `verbose`. Each
 * becomes the lines that `-o short` prints, with the host, and a mark where a host booted again.
 */

/** What of a record matters here; names are those of systemd.journal-fields(7). */
export interface JournalRecord {
  readonly MESSAGE?: string | undefined;
  readonly _HOSTNAME?: string | undefined;
  readonly _BOOT_ID?: string | undefined;
}

const FIELDS = ['MESSAGE', '_HOSTNAME', '_BOOT_ID'] as const;
/** What stands before a record of `json-sse`, and of `json-seq`. */
const JSON_MARK = /^(?:data: |\x1e)/;
/** Longest record of one line. */
const MOST_JSON = 1 << 16;
/** What starts a record: the cursor, with the boot in it. */
const CURSOR = /^(?:__CURSOR=|\S.{10,80} \[)s=[0-9a-f]{32};i=[0-9a-f]{1,16};b=([0-9a-f]{32});/;
const FIELD = /^ {0,4}([A-Z_][A-Z0-9_]{0,63})=(.*)$/s;
/** Hosts whose boots are told apart. */
const MOST_HOSTS = 4096;

/**
 * The fields of a record, of those that matter.
 *
 * @param fieldOf - a field's text; undefined where it has none
 */
export function recordOf(fieldOf: (name: string) => unknown): JournalRecord {
  const texts = FIELDS.map((name) => [name, fieldOf(name)] as const);
  return Object.fromEntries(texts.filter(([, text]) => typeof text === 'string'));
}

function jsonRecord(raw: string): JournalRecord | undefined {
  const json = raw.replace(JSON_MARK, '');
  if (json.length > MOST_JSON) return undefined;
  try {
    const fields = JSON.parse(json) as Record<string, unknown>;
    const record = recordOf((name) => fields[name]);
    return record.MESSAGE === undefined ? undefined : record;
  } catch {
    return undefined;
  }
}

/** Takes records out of the lines of a text. */
export class Journal {
  readonly #give: (text: string, number: number) => void;
  readonly #boots = new Map<string, string>();
  /** Of `export` and `verbose`: the record whose fields are coming, and the line of its message. */
  #open: { fields: Map<string, string>; number: number } | undefined;

  /** @param give - takes a line as `journalctl -o short` prints it */
  constructor(give: (text: string, number: number) => void) {
    this.#give = give;
  }

  /**
   * Takes a line if it belongs to a record.
   *
   * @param raw - without its line feed
   * @param number - of the line, from 1
   */
  push(raw: string, number: number): boolean {
    if (raw.includes('"MESSAGE"')) {
      const record = jsonRecord(raw);
      if (record) this.record(record, number);
      return record !== undefined;
    }
    // Looked for first: what may stand before a cursor may stand in any line of a log.
    const cursor = raw.includes(';i=') ? CURSOR.exec(raw) : null;
    if (cursor) {
      this.finish();
      this.#open = { fields: new Map([['_BOOT_ID', cursor[1]!]]), number };
      return true;
    }
    return this.#open !== undefined && this.#pushField(this.#open, raw, number);
  }

  #pushField(open: { fields: Map<string, string>; number: number }, raw: string, number: number): boolean {
    const field = FIELD.exec(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
    if (!field) {
      this.finish();
      return false;
    }
    open.fields.set(field[1]!, field[2]!);
    if (field[1] === 'MESSAGE') open.number = number;
    return true;
  }

  /** Gives the lines of a record. */
  record({ MESSAGE: message, _HOSTNAME: host = '', _BOOT_ID: boot }: JournalRecord, number: number): void {
    const prefix = host === '' ? 'kernel: ' : `${host} kernel: `;
    if (boot !== undefined) {
      const before = this.#boots.get(host);
      if (before !== undefined && before !== boot) this.#give(`${prefix}-- Boot ${boot} --`, number);
      if (before !== undefined || this.#boots.size < MOST_HOSTS) this.#boots.set(host, boot);
    }
    for (const text of message?.split('\n') ?? []) this.#give(prefix + text, number);
  }

  /** Ends the record that is open. */
  finish(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open)
      this.record(
        recordOf((name) => open.fields.get(name)),
        open.number,
      );
  }
}
