/** Reads EPT entries from a stream of any length, at constant memory. */
import type { LiveLine } from '../../replay/index.ts';
import type { EntryBatch, TraceSource } from '../../trace/index.ts';
import { joinBytes, oneByteText, utf8Bytes } from '../bytes.ts';
import { ReadError } from '../read-error.ts';
import { sniff } from '../sniff.ts';
import { ByteLines, MOST_LINE_BYTES } from './byte-lines.ts';
import { ENTRY_FORMATS } from './formats.ts';
import { type EntryFormat, type EntryReader, EntrySink } from './reader.ts';

/** How a trace is read. */
export interface TraceReadOptions {
  /** Its name, for messages. */
  readonly file: string;
  /** A format's name; default: found from the content. */
  readonly from?: string;
  /** Called now and then with the bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Takes what an event trace says of time, line by line: marks, changes with what was there before, losses. */
  readonly onLine?: (line: LiveLine) => void;
}

/** Bytes at the beginning in which the format is looked for. */
const HEAD_BYTES = 1 << 20;
/** What other programs write before they make text of it. */
const BINARIES: readonly { readonly magic: string; readonly message: string }[] = [
  {
    magic: '\x17\x08\x44tracing',
    message: 'this is a trace.dat of trace-cmd: give the text that trace-cmd report -i FILE prints',
  },
  {
    magic: 'PERFILE2',
    message: 'this is a perf.data: give the text that perf script -i FILE prints',
  },
];

const isBlank = (text: string): boolean => text.trim() === '';

function formatNamed(name: string, file: string): EntryFormat {
  const found = ENTRY_FORMATS.find((one) => one.name === name);
  if (found) return found;
  const known = ENTRY_FORMATS.map((one) => one.name).join(', ');
  throw new ReadError(file, `no format "${name}" (known: ${known})`);
}

function tooLong(file: string): ReadError {
  const size = `${MOST_LINE_BYTES / 1024} KiB`;
  return new ReadError(file, `a line is over ${size} long, and no other holds an EPT entry`);
}

/** @throws ReadError where the beginning is nothing that holds entries */
function formatOf(head: Uint8Array, { file, from }: TraceReadOptions): EntryFormat {
  const text = oneByteText(head);
  const binary = BINARIES.find(({ magic }) => text.startsWith(magic));
  if (binary) throw new ReadError(file, binary.message);
  const kind = sniff(head);
  if (kind.kind === 'gzip') {
    throw new ReadError(file, 'this is gzip: unpack it on the way (gzip -dc FILE | eptsweep trace CONFIG -)');
  }
  if (kind.kind === 'binary') throw new ReadError(file, `this is ${kind.what}: give a trace as text`);
  if (from !== undefined) return formatNamed(from, file);
  const found = ENTRY_FORMATS.find((one) => one.matches(text));
  if (found) return found;
  if (isBlank(text)) throw new ReadError(file, 'is empty: it holds no EPT entry');
  const known = ENTRY_FORMATS.map((one) => one.name).join(', ');
  if (text.split('\n').some((line) => line.length > MOST_LINE_BYTES)) throw tooLong(file);
  throw new ReadError(
    file,
    `holds nothing that looks like EPT entries (known: ${known}; --trace-from names one)`,
  );
}

/** UTF-16 as Windows tools redirect it, to one byte a character: the lower one. */
class Recoder {
  /** Where the first lower byte of the next piece stands: 1 if a character lies across. */
  #first = 0;

  decode(chunk: Uint8Array): Uint8Array {
    const first = this.#first;
    this.#first = (first + chunk.length) % 2;
    const lower = new Uint8Array((chunk.length - first + 1) >> 1);
    for (let at = 0; at < lower.length; at++) lower[at] = chunk[first + 2 * at]!;
    return lower;
  }
}

/** Takes the stream to pieces. */
class TraceStream {
  readonly #options: TraceReadOptions;
  readonly #sink: EntrySink;
  readonly #head: Uint8Array[] = [];
  #headBytes = 0;
  #recoder: Recoder | undefined;
  #format: EntryFormat | undefined;
  #reader: EntryReader | undefined;
  #overlong = 0;
  #firstOverlong = 0;
  readonly #lines: ByteLines;

  constructor(give: (batch: EntryBatch) => void, options: TraceReadOptions) {
    this.#options = options;
    this.#sink = new EntrySink(give, options.onLine);
    this.#lines = new ByteLines({
      line: (bytes, start, end, number) => this.#reader?.line(bytes, start, end, number),
      overlong: (number) => {
        this.#overlong += 1;
        if (this.#firstOverlong === 0) this.#firstOverlong = number;
      },
    });
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#recoder ? this.#recoder.decode(chunk) : chunk;
    if (this.#reader) {
      this.#lines.push(bytes);
      return;
    }
    this.#head.push(bytes);
    this.#headBytes += bytes.length;
    if (this.#headBytes >= HEAD_BYTES) this.#begin(false);
  }

  /** Passes over a line that is longer than all that the format is looked for in. */
  #passOver(head: Uint8Array): void {
    const end = head.indexOf(0x0a) + 1 || head.length;
    this.#lines.push(head.subarray(0, end));
    this.#headBytes = head.length - end;
    this.#head.push(head.subarray(end));
  }

  /** The beginning without a mark of its encoding, one byte a character. */
  #unmarked(head: Uint8Array): Uint8Array {
    const kind = sniff(head);
    if (kind.kind !== 'text') return head;
    if (kind.encoding === 'utf8') return head.subarray(kind.skip);
    if (kind.encoding === 'utf16be') {
      throw new ReadError(this.#options.file, 'this is big-endian UTF-16: save it as UTF-8');
    }
    this.#recoder = new Recoder();
    return this.#recoder.decode(head.subarray(kind.skip));
  }

  #begin(isEnd: boolean): void {
    let head = joinBytes(this.#head);
    this.#head.length = 0;
    if (!this.#recoder) head = this.#unmarked(head);
    const isInLongLine = this.#lines.isInLine || head.indexOf(0x0a) < 0;
    if (isInLongLine && !isEnd) {
      this.#passOver(head);
      return;
    }
    if (this.#lines.isInLine && isBlank(oneByteText(head))) throw tooLong(this.#options.file);
    this.#format = formatOf(head, this.#options);
    this.#reader = this.#format.open(this.#sink);
    this.#lines.push(head);
  }

  finish(): TraceSource {
    if (!this.#reader) this.#begin(true);
    this.#lines.finish();
    this.#reader!.finish();
    this.#sink.flush();
    const text = `over ${MOST_LINE_BYTES / 1024} KiB long`;
    const { entries, splits, otherEvents, lostEvents, foreignEntries, truncated } = this.#sink;
    return {
      file: this.#options.file,
      format: this.#format!.name,
      isKvm: this.#format!.isKvm,
      lines: this.#lines.lineCount,
      entries,
      splits,
      otherEvents,
      lostEvents,
      foreignEntries,
      truncated,
      overlong: {
        count: this.#overlong,
        first: this.#overlong > 0 ? { line: this.#firstOverlong, text } : undefined,
      },
    };
  }
}

/**
 * Reads EPT entries.
 *
 * @param chunks - the bytes, in pieces of any size
 * @param give - takes the entries, batch by batch; a batch is used again afterwards
 * @returns what else the file held
 * @throws ReadError where it is nothing that holds entries
 */
export async function readTrace(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  give: (batch: EntryBatch) => void,
  options: TraceReadOptions,
): Promise<TraceSource> {
  const stream = new TraceStream(give, options);
  let bytes = 0;
  for await (const chunk of chunks) {
    stream.push(chunk);
    bytes += chunk.length;
    options.onProgress?.(bytes);
  }
  return stream.finish();
}

/**
 * The entries of a text that is at hand.
 *
 * @throws ReadError as {@link readTrace}
 */
export function readTraceText(
  text: string,
  give: (batch: EntryBatch) => void,
  options: TraceReadOptions,
): TraceSource {
  const stream = new TraceStream(give, options);
  stream.push(utf8Bytes(text));
  return stream.finish();
}
