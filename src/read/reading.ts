/** One file being read: bytes are pushed in, facts come out. */

import { requireKeys } from '../arguments.ts';
import { counted } from '../words.ts';
import { joinBytes, oneByteText } from './bytes.ts';
import { visits } from './document.ts';
import { recordOf } from './dress/journal.ts';
import { ALL_USED } from './facts/coverage.ts';
import { type Facts, type Message, NO_FACTS, saysAnything } from './facts/facts.ts';
import { mergeFacts } from './facts/merge.ts';
import { DOCUMENT_FORMATS, FORMATS, LINE_FORMATS } from './formats.ts';
import { type JsonNode, parseJsonSequence, readJson } from './json-text.ts';
import { JOINED } from './line-feeder.ts';
import { ReadError } from './read-error.ts';
import type { ReadContext } from './reader.ts';
import { sniff } from './sniff.ts';
import { TextLines } from './text-lines.ts';
import { Undressing } from './undressing.ts';

/** How a text is to be read. */
export interface ReadOptions {
  /** Name of the file for messages. Default `-`, standard input. */
  readonly file?: string;
  /** The format's name; default: found from the content, several in one file too. */
  readonly from?: string;
  /** Which boot (or dump) of a file that holds several, from 1. Default: the last. */
  readonly boot?: number | 'last';
  /** Which host of a text that names several, as `host1 kernel:` or `host1: ` do. Default: the last with registers. */
  readonly host?: string;
  /** Which state of a text that shows several: `firmware`, `after-cleanup`, `permanent`, `temporary`. Default: the newest that is whole. */
  readonly stage?: string;
}

const OPTION_KEYS: readonly string[] = ['file', 'from', 'boot', 'host', 'stage'];
/** Bytes that are looked at before the encoding is settled. */
const HEAD_BYTES = 512;
/** Largest JSON document; larger ones are read line by line. */
const MOST_JSON = 64 << 20;
/** Longest text of several documents that are cut at a column; longer ones are read line by line. */
const MOST_SEQUENCE = 4 << 20;

const OPEN_END = 'the last line has no line end: if the text was cut there, it may say less than it did';

/** What shows a last line to be whole: a type, a word that ends a line of a kernel, a closing bracket, or nothing. */
const WHOLE =
  /(?:^|write-(?:back|through|protect|combining)|uncachable|disabled|usable|reserved|System RAM|[\])}])\s*$/i;

/** What is said of a text of which everything was read, or nothing: no reason for the latter. */
const NO_REASONS = [OPEN_END, JOINED, ALL_USED];

const BREAKS_OFF = 'the JSON breaks off here, before all that it opens is closed: take it again, whole';

const CAPTURE = '"eptsweep capture" prints the commands that collect what is needed';

/** Reads one file piece by piece. The bytes must not be compressed. */
export class Reading {
  readonly #context: ReadContext;
  readonly #from: string | undefined;
  readonly #feeder: Undressing;
  #head: Uint8Array | undefined = new Uint8Array(0);
  #lines: TextLines | undefined;
  /** The text so far while it may be a JSON document. */
  #json: string[] | undefined;
  #jsonLength = 0;
  /** Of a document that breaks off, its last line. */
  #jsonEnd: number | undefined;
  #lineCount = 0;

  /** @throws ReadError where `from` or `boot` is nothing that there is */
  constructor(options: ReadOptions = {}) {
    requireKeys('', options, OPTION_KEYS, 'options such as { file }');
    const { from, file = '-', boot = 'last', host, stage } = options;
    if (from !== undefined && !FORMATS.some(({ name }) => name === from)) {
      throw new ReadError(
        file,
        `unknown format "${from}": expected ${FORMATS.map(({ name }) => name).join(', ')}`,
      );
    }
    if (boot !== 'last' && (!Number.isInteger(boot) || boot < 1)) {
      throw new ReadError(file, `--boot ${boot}: expected a number from 1, or last`);
    }
    this.#from = from;
    this.#context = { file, boot, host, stage };
    const formats = LINE_FORMATS.filter(({ name }) => from === undefined || name === from);
    this.#feeder = new Undressing(formats, this.#context);
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes - a piece of any size
   * @throws ReadError where the bytes are no text
   */
  push(bytes: Uint8Array): void {
    if (this.#head === undefined) {
      this.#lines!.push(bytes);
      return;
    }
    // A piece that is enough by itself is read at once: it need not be kept.
    this.#head =
      this.#head.length === 0 && bytes.length >= HEAD_BYTES ? bytes : joinBytes([this.#head, bytes]);
    if (this.#head.length >= HEAD_BYTES) this.#settle();
  }

  #settle(): void {
    const head = this.#head!;
    this.#head = undefined;
    const kind = sniff(head);
    if (kind.kind === 'gzip') throw new ReadError(this.#context.file, 'gzip inside gzip: unpack it first');
    if (kind.kind === 'binary') throw new ReadError(this.#context.file, `${kind.what}: ${kind.remedy}`);
    this.#lines = new TextLines(kind.encoding, (text) => this.#line(text));
    const start = oneByteText(head.subarray(kind.skip, HEAD_BYTES));
    if (/^[\s\0]*(?:\{|\[[\s\0]*[{["\]])/.test(start)) this.#json = [];
    this.#lines.push(head.subarray(kind.skip));
  }

  #line(text: string): void {
    this.#lineCount++;
    if (this.#json === undefined) {
      this.#feeder.feed(text);
      return;
    }
    this.#json.push(text);
    this.#jsonLength += text.length + 1;
    if (this.#jsonLength > MOST_JSON) this.#feedJsonAsLines();
  }

  #feedJsonAsLines(): void {
    const lines = this.#json ?? [];
    this.#json = undefined;
    for (const line of lines) this.#feeder.feed(line);
  }

  /**
   * The facts, once all bytes are in.
   *
   * @returns what the file says
   * @throws ReadError where the text says nothing that can be used, with the reason
   */
  finish(): Facts {
    if (this.#head?.length === 0)
      throw new ReadError(this.#context.file, `empty: nothing to read; ${CAPTURE}`);
    if (this.#head !== undefined) this.#settle();
    const open = this.#lines!.finish();
    const found = this.#json === undefined ? [] : this.#readDocument(this.#json.join('\n'));
    this.#feedJsonAsLines();
    const facts = mergeFacts([...found, ...this.#feeder.finish(), ...this.#openEnd(open)]);
    if (!saysAnything(facts)) throw this.#nothing(facts);
    this.#requireBoot(facts);
    this.#requireStage(facts);
    return facts;
  }

  /** The last line, where it has no line end and does not end in a word that shows it to be whole. */
  #openEnd(last: string | undefined): Facts[] {
    if (last === undefined || WHOLE.test(last)) return [];
    const at = { file: this.#context.file, line: this.#lineCount };
    return [{ ...NO_FACTS, messages: [{ severity: 'note', text: OPEN_END, at }] }];
  }

  #readDocument(text: string): Facts[] {
    const { root, isCut } = readJson(text);
    if (root) return this.#readRoot(root);
    // No string of a document holds a line feed: one that was cut at a column is whole without them.
    const unbroken = text.replaceAll(/\r?\n/g, '');
    const whole = readJson(unbroken);
    if (whole.root) return this.#readRoot(whole.root);
    if (isCut || whole.isCut) this.#jsonEnd = text.trimEnd().split('\n').length;
    this.#readRecords(text, unbroken);
    return [];
  }

  #readRoot(root: JsonNode): Facts[] {
    this.#json = undefined;
    const formats = DOCUMENT_FORMATS.filter(({ name }) => this.#from === undefined || name === this.#from);
    const found = formats.map((format) => format.read(root, this.#context));
    if (found.some(saysAnything)) return found;
    // Logs come wrapped in JSON too: a list of lines, or a member with the whole text.
    for (const { node } of visits(root)) {
      if (node.kind !== 'string' || !/\s/.test(node.text)) continue;
      for (const line of node.text.split('\n')) this.#feeder.feed(line, node.line);
    }
    return found;
  }

  /** Records of a journal, over several lines each or cut at a column. */
  #readRecords(text: string, unbroken: string): void {
    if (text.length > MOST_SEQUENCE) return;
    const roots = parseJsonSequence(text) ?? parseJsonSequence(unbroken);
    if (!roots?.some((root) => root.kind === 'object' && root.members.has('MESSAGE'))) return;
    this.#json = undefined;
    for (const root of roots) {
      if (root.kind !== 'object') continue;
      const record = recordOf((name) => {
        const node = root.members.get(name);
        return node?.kind === 'string' ? node.text : undefined;
      });
      this.#feeder.feedRecord(record, root.line);
    }
  }

  #nothing(facts: Facts): ReadError {
    // All that there is may be of other stages than the one that was asked for.
    if (facts.stages.length > 0) this.#requireStage(facts);
    const { file } = this.#context;
    if (this.#jsonEnd !== undefined) return new ReadError(file, BREAKS_OFF, this.#jsonEnd);
    const reasons = facts.messages.filter(({ text }) => !NO_REASONS.some((end) => text.endsWith(end)));
    const worst = (['error', 'warning', 'note'] as const)
      .map((severity) => reasons.find((message) => message.severity === severity))
      .find((message): message is Message => message !== undefined);
    if (worst) return new ReadError(file, worst.text, worst.at.line);
    const what = this.#from ?? 'MTRR, PAT or memory-map';
    const lines = counted(this.#lineCount, 'line');
    const problem = `no ${what} text that is known here in ${lines}; ${CAPTURE}`;
    return new ReadError(file, problem, undefined, 'not-recognised');
  }

  #requireStage({ stages }: Facts): void {
    const { file, stage } = this.#context;
    if (stage === undefined || stages.some(({ name, taken }) => name === stage && taken)) return;
    const names = [...new Set(stages.map(({ name }) => name))];
    const what = names.length === 0 ? 'one state of the registers alone' : names.join(' and ');
    throw new ReadError(file, `--stage ${stage} was asked for, and the text shows ${what}`);
  }

  #requireBoot({ recognised }: Facts): void {
    const { file, boot } = this.#context;
    const most = Math.max(0, ...recognised.map(({ blocks }) => blocks));
    if (boot === 'last' || boot <= most) return;
    throw new ReadError(file, `--boot ${boot} was asked for, and there ${most === 1 ? 'is' : 'are'} ${most}`);
  }
}
