/** Reading dumps from files: the one door to dumps that needs Node. */
import { createReadStream } from 'node:fs';
import { type Facts, ReadError, type ReadOptions, readStream } from '../read/index.ts';
import { unpacked } from './unpacked.ts';

/** Size of the pieces that files are read in. */
const CHUNK_BYTES = 1 << 18;

export { findFiles } from './find-files.ts';

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory: name a file',
  EIO: 'input/output error: /proc/mtrr gives it where MTRRs are disabled',
};

function fileError(file: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  const reason = typeof code === 'string' ? FILE_ERRORS[code] : undefined;
  return reason === undefined ? error : new ReadError(file, reason);
}

/**
 * Reads a file, in constant memory; gzip is unpacked on the way, of several parts too, and zstd where Node can.
 *
 * @param path - its path; `-` is standard input
 * @param options - format, and which boot
 * @returns its facts
 * @throws ReadError as readStream, and where the file cannot be opened
 * @example
 * const facts = await readFile('examples/dumps/slow.mtrr');
 * toVm(facts).vm.vcpus.length; // 1
 */
export async function readFile(path: string, options: ReadOptions = {}): Promise<Facts> {
  const named = { file: path, ...options };
  if (path === '-') {
    return readStream(unpacked(process.stdin as AsyncIterable<Uint8Array>, path), named);
  }
  try {
    const chunks = createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>;
    return await readStream(unpacked(chunks, named.file), named);
  } catch (error) {
    throw fileError(named.file, error);
  }
}
