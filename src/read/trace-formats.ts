/** All formats that EPT entries come in, and which of them a file is. */
import { entryCsv } from './trace-csv.ts';
import { ftrace, perfScript, traceCmd } from './trace-events.ts';
import { entryJson } from './trace-json.ts';
import type { EntryFormat } from './trace-reader.ts';
import { entryWalk } from './trace-walk.ts';
import { xenEpt } from './trace-xen.ts';

/** The first one that a text matches is taken. */
export const ENTRY_FORMATS: readonly EntryFormat[] = [
  perfScript,
  traceCmd,
  ftrace,
  entryWalk,
  xenEpt,
  entryJson,
  entryCsv,
];
