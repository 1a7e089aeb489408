/** A campaign's summary in the format that was asked for. */
import { documentLines } from '../format/json.ts';
import type { TextStyle } from '../format/table.ts';
import { summaryJson } from './json.ts';
import type { SummaryReport } from './summary.ts';
import { summarySvgLines } from './svg.ts';
import { summaryLines } from './text.ts';

/** What a summary can be written as, the default first. */
export const SUMMARY_FORMATS = ['table', 'json', 'markdown', 'svg'] as const;
/** One of {@link SUMMARY_FORMATS}. */
export type SummaryFormat = (typeof SUMMARY_FORMATS)[number];

/**
 * Lines of a summary.
 *
 * @param options - colours of a table and the width of its lines, and the width of a picture
 */
export function summaryOutput(
  report: SummaryReport,
  format: SummaryFormat,
  { width, ...style }: TextStyle & { readonly width: number },
): Iterable<string> {
  switch (format) {
    case 'json':
      return documentLines(summaryJson(report));
    case 'svg':
      return summarySvgLines(report, width);
    default:
      return summaryLines(report, { ...style, markdown: format === 'markdown' });
  }
}
