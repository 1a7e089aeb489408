/** An input in pieces, its beginning read ahead so that one can see what it is. */
// Straight from their files: the index brings every reader.
import { joinBytes } from '../read/bytes.ts';
import { type ChunkIterator, type Chunks, iteratorOf, withHead } from '../read/chunks.ts';
import { ReadError } from '../read/read-error.ts';
import { sniff } from '../read/sniff.ts';

/** Largest config that is read, in bytes; dumps are read piece by piece and may have any size. */
const MAX_CONFIG_BYTES = 64 << 20;
/** Bytes by which a config is told from a dump. */
const HEAD_BYTES = 1 << 20;
/** Bytes by which an encoding is told. */
const SNIFFED_BYTES = 512;
const LABELS = { utf8: 'utf-8', utf16le: 'utf-16le', utf16be: 'utf-16be' } as const;

/**
 * The beginning as a text, for a look at what it is.
 *
 * @param input - at its beginning
 */
export function headText({ head }: Input): string {
  return textOf(head);
}

/**
 * What decodes a text in the encoding that its beginning shows, UTF-8 or UTF-16, and takes a mark away.
 *
 * @param head - the first bytes
 */
export function decoderOf(head: Uint8Array): TextDecoder {
  const kind = sniff(head.subarray(0, SNIFFED_BYTES));
  const encoding = kind.kind === 'text' ? kind.encoding : 'utf8';
  return new TextDecoder(LABELS[encoding]);
}

/** Bytes of a text in the encoding that its beginning shows: UTF-8 or UTF-16, with or without a mark. */
export function textOf(bytes: Uint8Array): string {
  return decoderOf(bytes).decode(bytes);
}

/** Whether bytes may be the beginning of gzip. */
function isMaybeGzip(bytes: Uint8Array | undefined): boolean {
  return bytes?.[0] === 0x1f && (bytes[1] ?? 0x8b) === 0x8b;
}

/** An input at its beginning. Take it whole, or in pieces, once. */
export class Input {
  /** Its name for messages. */
  readonly name: string;
  /** Its beginning: a mebibyte, or all of it. */
  readonly head: Uint8Array;
  readonly #rest: ChunkIterator;

  private constructor(name: string, head: Uint8Array, rest: ChunkIterator) {
    this.name = name;
    this.head = head;
    this.#rest = rest;
  }

  /**
   * Reads the beginning; gzip is unpacked on the way.
   *
   * @param name - for messages
   * @param chunks - the bytes
   * @throws what the chunks throw
   */
  static async begin(name: string, chunks: Chunks): Promise<Input> {
    let rest = iteratorOf(chunks);
    let step = await rest.next();
    if (isMaybeGzip(step.value)) {
      const { gunzipped } = await import('../read/gunzip.ts');
      rest = gunzipped(withHead(step.value as Uint8Array, rest), name);
      step = await rest.next();
    }
    const head: Uint8Array[] = [];
    for (let size = 0; !step.done; step = await rest.next()) {
      head.push(step.value);
      size += step.value.length;
      if (size >= HEAD_BYTES) break;
    }
    return new Input(name, joinBytes(head), rest);
  }

  /** The bytes, piece by piece. */
  chunks(): AsyncIterable<Uint8Array> {
    return withHead(this.head, this.#rest);
  }

  /**
   * All of it, as the text of a config.
   *
   * @throws ReadError where it is too large for one, or no text
   */
  async text(): Promise<string> {
    const kind = sniff(this.head);
    if (kind.kind === 'binary') throw new ReadError(this.name, `${kind.what}: expected YAML or JSON`);
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.chunks()) {
      pieces.push(chunk);
      size += chunk.length;
      if (size > MAX_CONFIG_BYTES) throw new ReadError(this.name, 'larger than 64 MiB, no VM config');
    }
    return textOf(joinBytes(pieces));
  }
}
