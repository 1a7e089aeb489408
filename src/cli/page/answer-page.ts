/** `-f html`: an answer as the page that shows it, so that a report can be mailed and still be asked. */
import type { Embedded } from '../../write/page/embedded.ts';
import { type InputOptions, openConfig } from '../input/open-config.ts';
import { UsageError } from '../output/exit.ts';
import { writeLines } from '../output/output.ts';
import type { PageInput } from './page-input.ts';

/** What `-f` says of it. */
export const PAGE_FORMAT = 'html';

/** Whether the answer is to be a page. */
export function wantsPage({ format, json }: { readonly format: string; readonly json?: true }): boolean {
  return !json && format === PAGE_FORMAT;
}

/** Refuses several inputs: a report of the program is about one. */
export function refuseFleetPage(options: { readonly format: string; readonly json?: true }): void {
  if (wantsPage(options)) {
    throw new UsageError('several inputs: -f html shows one; eptsweep page takes several');
  }
}

/** Opens the CONFIG argument, its text kept where the answer is to be a page. */
export async function openAnswered(
  argument: string,
  options: InputOptions & { readonly format: string; readonly json?: true },
): Promise<Pick<PageInput, 'opened'> & Partial<PageInput>> {
  if (!wantsPage(options)) return { opened: await openConfig(argument, options) };
  const { openForPage } = await import('./page-input.ts');
  return openForPage(argument, options);
}

/** Writes the page where the answer is to go. */
export async function writePage(embedded: Embedded, output: string | undefined): Promise<void> {
  const { pageText } = await import('./page-file.ts');
  await writeLines(pageText(embedded).replace(/\n$/, '').split('\n'), output);
}
