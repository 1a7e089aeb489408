/** Parquet on the command line: a file or a pipe, and a package that need not be there. */
import { type ParquetFile, type ParquetLibrary, parquetChunks } from '../../write/format/parquet.ts';
import { UsageError } from './exit.ts';
import { writeChunks } from './output.ts';

const PACKAGE = 'hyparquet-writer';

async function parquetLibrary(): Promise<ParquetLibrary> {
  try {
    return await import('hyparquet-writer');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError(`-f parquet needs the package ${PACKAGE}: npm install ${PACKAGE}@0.17`);
  }
}

/** Refuses to fill a terminal with bytes. */
export function requireParquetTarget(output: string | undefined): void {
  const isToStdout = output === undefined || output === '-';
  if (isToStdout && process.stdout.isTTY === true) {
    throw new UsageError('-f parquet is for files: -o FILE, or a pipe (not a terminal)');
  }
}

/**
 * Writes rows as Parquet.
 *
 * @param output - as `-o` gives it
 * @throws UsageError where the package is missing, or standard output is a terminal
 */
export async function writeParquet<Row>(file: ParquetFile<Row>, output: string | undefined): Promise<void> {
  requireParquetTarget(output);
  await writeChunks(parquetChunks(await parquetLibrary(), file), output);
}
