/**
 * JSON with what a register dump needs and JSON.parse does not give: integers of 64 bits without loss, and
 * the line of every value.
 */

/** A JSON value and where it starts. */
export type JsonNode =
  | { readonly kind: 'object'; readonly line: number; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: 'array'; readonly line: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly line: number; readonly text: string }
  /** `integer` is undefined for fractions and exponents. */
  | { readonly kind: 'number'; readonly line: number; readonly integer: bigint | undefined }
  | { readonly kind: 'literal'; readonly line: number };

/** Deeper nesting is no dump. */
const MOST_DEPTH = 128;

class JsonSyntax extends Error {}

const NUMBER = /-?\d{1,40}(\.\d{1,400})?([eE][+-]?\d{1,4})?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const LITERAL = /true|false|null/y;
/** Of what is no string: nothing, or a part of a literal or a number. */
const UNFINISHED = /^(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-|\.|[eE][+-]?)?$/;
/** What stands in no string. */
const CONTROL = /[\u0000-\u001f]/;

class JsonParser {
  readonly #text: string;
  readonly #fixedLine: number | undefined;
  #at = 0;
  #line = 1;
  /** The document is there, whatever stands behind it. */
  #isWhole = false;
  /** Where that line ends: looked for once, since a document may be one line of megabytes. */
  #lineEnd: number;

  /** @param line - of everything, for a text that is one value of another document */
  constructor(text: string, line: number | undefined) {
    this.#text = text;
    this.#fixedLine = line;
    this.#lineEnd = this.#feedFrom(0);
  }

  document(): JsonNode {
    const node = this.#value(0);
    this.#isWhole = true;
    this.#blanks();
    if (this.#at < this.#text.length) throw new JsonSyntax();
    return node;
  }

  /** Documents one after the other. */
  sequence(): JsonNode[] {
    const nodes: JsonNode[] = [];
    for (this.#blanks(); this.#at < this.#text.length; this.#blanks()) nodes.push(this.#value(0));
    return nodes;
  }

  /** Whether the parse stopped where the text ends amid the document. */
  get isCut(): boolean {
    if (this.#isWhole) return false;
    const rest = this.#text.slice(this.#at).trimEnd();
    return rest.startsWith('"') ? !CONTROL.test(rest) : UNFINISHED.test(rest);
  }

  #lineHere(): number {
    if (this.#fixedLine !== undefined) return this.#fixedLine;
    while (this.#lineEnd < this.#at) {
      this.#line++;
      this.#lineEnd = this.#feedFrom(this.#lineEnd + 1);
    }
    return this.#line;
  }

  /** The next line feed, or the end of the text. */
  #feedFrom(start: number): number {
    const feed = this.#text.indexOf('\n', start);
    return feed < 0 ? this.#text.length : feed;
  }

  #blanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) throw new JsonSyntax();
    this.#at = pattern.lastIndex;
    return match;
  }

  #value(depth: number): JsonNode {
    if (depth > MOST_DEPTH) throw new JsonSyntax();
    this.#blanks();
    const line = this.#lineHere();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(line, depth);
      case '[':
        return this.#array(line, depth);
      case '"':
        return { kind: 'string', line, text: this.#string() };
      case 't':
      case 'f':
      case 'n':
        this.#match(LITERAL);
        return { kind: 'literal', line };
      default: {
        const [text, fraction, exponent] = this.#match(NUMBER);
        const whole = fraction === undefined && exponent === undefined;
        return { kind: 'number', line, integer: whole ? BigInt(text) : undefined };
      }
    }
  }

  #string(): string {
    const [literal] = this.#match(STRING);
    if (!literal.includes('\\')) return literal.slice(1, -1);
    try {
      return String(JSON.parse(literal));
    } catch {
      throw new JsonSyntax();
    }
  }

  #take(expected: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== expected) return false;
    this.#at++;
    return true;
  }

  #object(line: number, depth: number): JsonNode {
    const members = new Map<string, JsonNode>();
    this.#at++;
    if (this.#take('}')) return { kind: 'object', line, members };
    do {
      this.#blanks();
      const key = this.#string();
      if (!this.#take(':')) throw new JsonSyntax();
      members.set(key, this.#value(depth + 1));
    } while (this.#take(','));
    if (!this.#take('}')) throw new JsonSyntax();
    return { kind: 'object', line, members };
  }

  #array(line: number, depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at++;
    if (this.#take(']')) return { kind: 'array', line, items };
    do items.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw new JsonSyntax();
    return { kind: 'array', line, items };
  }
}

/**
 * Parses a JSON document.
 *
 * @param line - where it stands, if it is a value of another document; default: its lines are counted
 * @returns its root, or undefined where the text is not JSON
 */
export function parseJson(text: string, line?: number): JsonNode | undefined {
  return parsed(() => new JsonParser(text, line).document());
}

/** What a text is as a JSON document. */
export interface JsonText {
  /** Undefined where it is none. */
  readonly root: JsonNode | undefined;
  /** It is JSON as far as it goes, and ends before its document does. */
  readonly isCut: boolean;
}

/** Parses a text that may be a JSON document, whole or cut. */
export function readJson(text: string): JsonText {
  const parser = new JsonParser(text, undefined);
  const root = parsed(() => parser.document());
  return { root, isCut: root === undefined && parser.isCut };
}

/**
 * Parses JSON documents that follow each other, each on a line of its own or not.
 *
 * @returns their roots, or undefined where the text is not JSON
 */
export function parseJsonSequence(text: string): readonly JsonNode[] | undefined {
  return parsed(() => new JsonParser(text, undefined).sequence());
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof JsonSyntax) return undefined;
    throw error;
  }
}

/** An unsigned 64-bit number: a JSON integer, or a string of hex (`0x`) or decimal digits. */
export function u64(node: JsonNode | undefined): bigint | undefined {
  let value: bigint | undefined;
  if (node?.kind === 'number') value = node.integer;
  else if (
    node?.kind === 'string' &&
    /^(?:0x[0-9a-fA-F]{1,16}|\d{1,20})(?: \(-?\d{1,20}\))?$/.test(node.text)
  ) {
    value = BigInt(node.text.split(' ')[0]!);
  }
  // Two's complement: some writers print registers as signed numbers.
  if (value !== undefined && value < 0n && value >= -(1n << 63n)) value += 1n << 64n;
  return value !== undefined && value >> 64n === 0n ? value : undefined;
}
