/**
 * Large texts of the plain kind, in a pass: a machine wrote them, tens of thousands of lines that are alike. The YAML library
 * keeps a tree of tokens with every one, and takes a second for a megabyte. What is read here is a small part of YAML and JSON
 * in which nothing can be read in two ways; at anything else this gives up, and the library reads the text.
 */

/** Keys that no reader takes for something else. */
const KEY = /[A-Za-z_][\w-]*|0x(?:0|[1-9a-f][0-9a-f]*)(?![\w-])/y;
const QUOTED = /"[^"\\]*"|'[^'\\]*'/y;
const HEX = /^0x[0-9A-Fa-f]+$/;
const DECIMAL = /^(?:0|[1-9]\d*)$/;
/** Sizes and ranges, `16M`, `4G+2G`, `0xa0000-0xbffff`; nothing that is a number to YAML. */
const SIZE = /^\d+[KMGT]$|^(?:0x[0-9A-Fa-f]+|\d+[KMGT]?)[-+](?:0x[0-9A-Fa-f]+|\d+[KMGT]?)$/;
const WORD = /^[A-Za-z][\w.-]*$/;
/** What YAML, or an older one, has a meaning for. */
const MEANT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
const SCALAR = /[\w.+-]+/y;

/** Thrown where the text is of another kind. */
const NOT_PLAIN = new Error('not plain');

function scalarOf(text: string): unknown {
  if (HEX.test(text) || DECIMAL.test(text)) {
    const value = BigInt(text);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }
  if (text === 'true' || text === 'false') return text === 'true';
  if (SIZE.test(text) || (WORD.test(text) && !MEANT.test(text))) return text;
  throw NOT_PLAIN;
}

function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__' || Object.hasOwn(map, key)) throw NOT_PLAIN;
  map[key] = value;
}

/** Reads what stands in one line. */
class LineReader {
  readonly #line: string;
  #at: number;

  constructor(line: string, at: number) {
    this.#line = line;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#line.length;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  spaces(): void {
    while (this.#line[this.#at] === ' ') this.#at += 1;
  }

  /** A key with its colon. */
  key(): string {
    const key = this.#match(KEY);
    if (key === undefined || !this.#skip(':')) throw NOT_PLAIN;
    if (!this.isAtEnd && this.#line[this.#at] !== ' ') throw NOT_PLAIN;
    this.spaces();
    return key;
  }

  value(): unknown {
    if (this.#skip('{')) return this.#map();
    if (this.#skip('[')) return this.#list();
    const quoted = this.#match(QUOTED);
    if (quoted !== undefined) return quoted.slice(1, -1);
    return scalarOf(this.#match(SCALAR) ?? '');
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.spaces();
    if (this.#skip('}')) return map;
    do {
      this.spaces();
      put(map, this.key(), this.value());
      this.spaces();
    } while (this.#skip(','));
    if (!this.#skip('}')) throw NOT_PLAIN;
    return map;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.spaces();
    if (this.#skip(']')) return list;
    do {
      this.spaces();
      list.push(this.value());
      this.spaces();
    } while (this.#skip(','));
    if (!this.#skip(']')) throw NOT_PLAIN;
    return list;
  }
}

/** A line, and how far it is indented; of an item of a list what stands behind the dash. */
interface Line {
  readonly text: string;
  readonly indent: number;
}

/** Reads lines by their indents. */
class BlockReader {
  readonly #lines: readonly string[];
  #next = 0;
  #line: Line | undefined;

  constructor(text: string) {
    this.#lines = text.split('\n');
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const text = this.#lines[this.#next];
      this.#next += 1;
      if (text === undefined) {
        this.#line = undefined;
        return;
      }
      const indent = text.length - text.trimStart().length;
      if (indent === text.length || text[indent] === '#') continue;
      this.#line = { text, indent };
      return;
    }
  }

  document(): unknown {
    // Nothing but comments: no map.
    if (!this.#line) throw NOT_PLAIN;
    const value = this.#map(0);
    if (this.#line) throw NOT_PLAIN;
    return value;
  }

  #isItem(indent: number): boolean {
    const line = this.#line;
    return line !== undefined && line.indent === indent && line.text.startsWith('- ', indent);
  }

  #map(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    while (this.#line?.indent === indent && !this.#isItem(indent)) {
      const reader = new LineReader(this.#line.text, indent);
      const key = reader.key();
      if (reader.isAtEnd) {
        this.#advance();
        put(map, key, this.#below(indent));
      } else put(map, key, this.#rest(reader));
    }
    return map;
  }

  /** The value of a key that has none on its line. */
  #below(indent: number): unknown {
    const inner = this.#line?.indent ?? -1;
    if (inner < indent || (inner === indent && !this.#isItem(inner))) throw NOT_PLAIN;
    return this.#isItem(inner) ? this.#list(inner) : this.#map(inner);
  }

  #list(indent: number): unknown[] {
    const list: unknown[] = [];
    while (this.#isItem(indent)) {
      const { text } = this.#line!;
      const at = text.length - text.slice(indent + 2).trimStart().length;
      if (/^[\w-]+:(?: |$)/.test(text.slice(at))) {
        // A map that begins behind the dash.
        this.#line = { text, indent: at };
        list.push(this.#map(at));
      } else list.push(this.#rest(new LineReader(text, at)));
    }
    return list;
  }

  /** A value up to the end of its line. */
  #rest(reader: LineReader): unknown {
    const { indent } = this.#line!;
    const value = reader.value();
    reader.spaces();
    if (!reader.isAtEnd) throw NOT_PLAIN;
    this.#advance();
    // What goes on below would belong to it.
    if (this.#line && this.#line.indent > indent) throw NOT_PLAIN;
    return value;
  }
}

/** JSON in which no key is given twice and no number is beyond what a number holds. */
function plainJson(text: string): unknown {
  let keys = 0;
  const others = text.replace(/"(?:[^"\\]|\\.)*"(\s*:)?/g, (_, colon: string | undefined) => {
    if (colon !== undefined) keys += 1;
    return '';
  });
  if (/\d{16}|[.eE-]|null/.test(others.replace(/true|false/g, ''))) throw NOT_PLAIN;
  let kept = 0;
  const value: unknown = JSON.parse(text, (key, one: unknown) => {
    if (key === '__proto__') throw NOT_PLAIN;
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) kept += Object.keys(one).length;
    return one;
  });
  if (keys !== kept) throw NOT_PLAIN;
  return value;
}

/**
 * The value of a text of the plain kind.
 *
 * @param text - YAML or JSON
 * @returns undefined where it is of another kind, or wrong
 */
export function plainValue(text: string): unknown {
  try {
    if (/^\s*\{/.test(text)) return plainJson(text);
    return /[^ -~\n]/.test(text) ? undefined : new BlockReader(text).document();
  } catch {
    return undefined;
  }
}
