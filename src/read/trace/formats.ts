/** All formats that EPT entries come in, and which of them a file is. */
import { entryCsv } from './csv.ts';
import { ftrace, perfScript, traceCmd } from './events.ts';
import { entryJson } from './json.ts';
import { kvmWalk } from './kvm-walk.ts';
import type { EntryFormat } from './reader.ts';
import { entryWalk } from './walk.ts';
import { xenEpt } from './xen.ts';

/** The first one that a text matches is taken. */
export const ENTRY_FORMATS: readonly EntryFormat[] = [
  perfScript,
  traceCmd,
  ftrace,
  entryWalk,
  kvmWalk,
  xenEpt,
  entryJson,
  entryCsv,
];
