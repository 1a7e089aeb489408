/** Parquet on the command line: a file or a pipe, and a package that need not be there. */
import { parquetLibrary } from '../../campaign/parquet-library.ts';
import { type ParquetFile, parquetChunks } from '../../write/format/parquet.ts';
import { UsageError } from './exit.ts';
import { writeChunks } from './output.ts';
import { isTerminal, STDOUT } from './streams.ts';

/** Refuses to fill a terminal with bytes. */
export function requireParquetTarget(output: string | undefined): void {
  const isToStdout = output === undefined || output === '-';
  if (isToStdout && isTerminal(STDOUT)) {
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
  await writeChunks(parquetChunks(await parquetLibrary('-f parquet'), file), output);
}
