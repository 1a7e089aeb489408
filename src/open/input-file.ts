/** A file or standard input, its beginning read ahead so that one can see what it is. */
import { InputError } from '../errors.ts';

/** Largest config that is read, in bytes; dumps are read piece by piece and may have any size. */
const MAX_CONFIG_BYTES = 64 << 20;
/** Bytes by which a config is told from a dump. */
const HEAD_BYTES = 1 << 20;
const CHUNK_BYTES = 1 << 18;

const STDIN_TWICE = 'standard input (-) can be one of the files, not two';
/** Whether standard input was given out: it can be read once. */
let isStdinTaken = false;

/**
 * For a command that goes on with its other files where one of them fails: refuses before any is read.
 *
 * @param files - all that it was given
 * @throws InputError where two of them are standard input
 */
export function requireOneStdin(files: readonly string[]): void {
  if (files.filter((file) => file === '-').length > 1) throw new InputError('', STDIN_TWICE);
}

/**
 * Standard input, for one of the files that a command takes.
 *
 * @throws InputError the second time
 */
export function takeStdin(): NodeJS.ReadStream {
  if (isStdinTaken) throw new InputError('', STDIN_TWICE);
  isStdinTaken = true;
  return process.stdin;
}

/** An input at its beginning. Take it whole, or in pieces, once. */
export class InputFile {
  /** Its name for messages. */
  readonly name: string;
  /** Its beginning: a mebibyte, or all of it. */
  readonly head: Buffer;
  readonly #rest: AsyncIterator<Buffer>;

  private constructor(name: string, head: Buffer, rest: AsyncIterator<Buffer>) {
    this.name = name;
    this.head = head;
    this.#rest = rest;
  }

  /**
   * @param argument - a path, or `-` for standard input
   * @throws the file system's error; InputError for `-` the second time
   */
  static async open(argument: string): Promise<InputFile> {
    const stream =
      argument === '-'
        ? takeStdin()
        : (await import('node:fs')).createReadStream(argument, { highWaterMark: CHUNK_BYTES });
    const rest = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const chunks: Buffer[] = [];
    for (let size = 0; size < HEAD_BYTES; size += chunks.at(-1)!.length) {
      const step = await rest.next();
      if (step.done) break;
      chunks.push(step.value);
    }
    return new InputFile(argument === '-' ? '<stdin>' : argument, Buffer.concat(chunks), rest);
  }

  /** The bytes, piece by piece. */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    if (this.head.length > 0) yield this.head;
    for (let step = await this.#rest.next(); !step.done; step = await this.#rest.next()) yield step.value;
  }

  /**
   * All of it, as the text of a config.
   *
   * @throws InputError where it is too large for one, or no text
   */
  async text(): Promise<string> {
    const { sniff } = await import('../read/sniff.ts');
    const kind = sniff(this.head);
    if (kind.kind === 'binary') throw new InputError('', `${this.name}: ${kind.what}: expected YAML or JSON`);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.chunks()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_CONFIG_BYTES) throw new InputError('', `${this.name}: larger than 64 MiB, no VM config`);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
