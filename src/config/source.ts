/**
 * YAML or JSON text to plain values, with the place of every key and value. JSON is read as the YAML that it
 * is. Integers stay exact: those beyond 2^53 become bigints.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { ConfigError, type ConfigProblem } from '../errors.ts';
import type { Path } from './path.ts';
import { plainValue } from './plain-text.ts';

/** Line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text, read. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /**
   * Where a value stands, or the key that leads to it; for what does not exist, its nearest parent.
   *
   * @param path - keys as they are written in the text
   */
  locate(path: Path, what?: 'key' | 'value'): Place;
}

/** Most values that aliases may expand to: a guard against texts that unfold without end. */
const MAX_VALUES = 1_000_000;

/** More takes a GB and more to read: a tree of tokens is a hundred times as large as its text. */
const MOST_CHARACTERS = 8e6;
/** From here on a quicker reader is tried first. */
const LARGE_CHARACTERS = 1 << 16;

/** The text of a key: a number stays as it was written. */
function keyText(key: unknown): string {
  if (isScalar(key)) {
    return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
  }
  return String(key);
}

class Reader {
  readonly lines = new LineCounter();
  readonly document: Document.Parsed;
  private count = 0;
  /** What aliases stand for: the parser's own answer walks the whole document each time. */
  private readonly targets = new Map<Node, Node | null>();

  constructor(
    readonly file: string,
    text: string,
  ) {
    this.document = parseDocument(text, {
      intAsBigInt: true,
      lineCounter: this.lines,
      prettyErrors: false,
      version: '1.2',
      // At 'silent' all documents but the first would be passed over without a word.
      logLevel: 'error',
    });
    const problems = [...this.document.errors, ...this.document.warnings].map((error) => {
      const second = error.code === 'MULTIPLE_DOCS';
      const twice = error.code === 'DUPLICATE_KEY';
      const message = second ? 'a second document starts here: one a file' : error.message.split('\n', 1)[0];
      return this.problem(
        error.pos[0],
        `YAML: ${twice ? 'this key has been given before: keep one of the two' : (message ?? '')}`,
      );
    });
    if (problems.length > 0) throw new ConfigError(problems.slice(0, 1));
  }

  problem(offset: number, message: string): ConfigProblem {
    const { line, column } = this.place(offset);
    return { file: this.file, line, column, path: '', message };
  }

  place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Follows an alias to what it stands for. */
  resolved(node: unknown): Node | null {
    if (!isAlias(node)) return node as Node | null;
    let target = this.targets.get(node);
    if (target === undefined) {
      target = (node.resolve(this.document) as Node | undefined) ?? null;
      this.targets.set(node, target);
    }
    return target;
  }

  plain(raw: unknown, within: readonly unknown[] = []): unknown {
    this.count += 1;
    const node = this.resolved(raw);
    if (this.count > MAX_VALUES || within.includes(node)) {
      const start = (raw as Node | null)?.range?.[0] ?? 0;
      throw new ConfigError([this.problem(start, 'YAML: aliases unfold to too many values')]);
    }
    if (isMap(node)) {
      const entries = this.pairs(node).map(([key, value]) => [key, this.plain(value, [...within, node])]);
      return Object.fromEntries(entries);
    }
    if (isSeq(node)) return node.items.map((item) => this.plain(item, [...within, node]));
    if (!isScalar(node)) return null;
    const { value } = node;
    return typeof value === 'bigint' && value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= 0n
      ? Number(value)
      : value;
  }

  /** Keys and value nodes of a map, those merged with `<<` behind its own. */
  pairs(map: YAMLMap): (readonly [string, unknown, unknown])[] {
    const own: (readonly [string, unknown, unknown])[] = [];
    const merged: (readonly [string, unknown, unknown])[] = [];
    for (const pair of map.items) {
      const key = keyText(pair.key);
      if (key !== '<<') {
        own.push([key, pair.value, pair.key]);
        continue;
      }
      const from = this.resolved(pair.value);
      for (const one of isSeq(from) ? from.items : [from]) {
        const target = this.resolved(one);
        if (isMap(target) && target !== map) merged.push(...this.pairs(target));
      }
    }
    const names = new Set(own.map(([key]) => key));
    for (const pair of merged) {
      if (names.has(pair[0])) continue;
      names.add(pair[0]);
      own.push(pair);
    }
    return own;
  }

  locate(path: Path, what: 'key' | 'value'): Place {
    let node: Node | null = this.document.contents;
    let offset = node?.range?.[0] ?? 0;
    for (const [depth, step] of path.entries()) {
      const parent: Node | null = this.resolved(node);
      if (isMap(parent)) {
        const pair = this.pairs(parent).find(([key]) => key === step);
        if (!pair) break;
        const key = pair[2] as Node | null;
        node = pair[1] as Node | null;
        const chosen: Node | null = what === 'key' && depth === path.length - 1 ? key : node;
        offset = chosen?.range?.[0] ?? key?.range?.[0] ?? offset;
      } else if (isSeq(parent)) {
        if (typeof step !== 'number' || step >= parent.items.length) break;
        node = parent.items[step] as Node | null;
        offset = node?.range?.[0] ?? offset;
      } else break;
    }
    return this.place(offset);
  }
}

/** What a text should be, and what a beginning of it looks like. */
interface ExpectedText {
  readonly what: string;
  readonly hint: string;
}

const VM_CONFIG: ExpectedText = {
  what: 'a VM config',
  hint: 'it needs at least "maxphyaddr: 46"; `eptsweep list presets` names ready ones',
};

function tooLarge({ length }: string, file: string): ConfigProblem {
  const message = `too large: expected at most ${MOST_CHARACTERS / 1e6} million characters, got ${Math.ceil(length / 1e6)} million`;
  const hint = 'the 32,764 slots that KVM has take 2 million';
  return { file, line: 1, column: 1, path: '', message, hint };
}

/** Finds places by the library, which then reads the text all the same: something is wrong with it. */
function located(file: string, text: string): Source['locate'] {
  let reader: Reader | undefined;
  return (path, what = 'value') => {
    reader ??= new Reader(file, text);
    return reader.locate(path, what);
  };
}

/**
 * Reads a text.
 *
 * @param text - YAML 1.2 or JSON
 * @param file - its name, for messages
 * @param expected - what it should be, for messages
 * @throws {@link ConfigError} with line and column where the text is neither, or is empty
 */
export function readSource(text: string, file: string, expected: ExpectedText = VM_CONFIG): Source {
  if (text.length > MOST_CHARACTERS) throw new ConfigError([tooLarge(text, file)]);
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  const plain = bare.length > LARGE_CHARACTERS ? plainValue(bare) : undefined;
  if (plain !== undefined) return { file, value: plain, locate: located(file, bare) };
  const reader = new Reader(file, bare);
  if (reader.document.contents === null) {
    throw new ConfigError([
      {
        file,
        line: 1,
        column: 1,
        path: '',
        message: `empty: expected ${expected.what}`,
        hint: expected.hint,
      },
    ]);
  }
  return {
    file,
    value: reader.plain(reader.document.contents),
    locate: (path, what = 'value') => reader.locate(path, what),
  };
}
