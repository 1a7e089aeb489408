/** A text becomes a wanted map: YAML or JSON of the program's own, or the list in a firmware's log. */
import { parseWanted, type WantedText, wantedOfList } from '../config/fit/wanted.ts';
import { wantedList } from '../read/wanted.ts';

/** A wanted map, and where it comes from. */
export interface OpenedWanted {
  readonly text: WantedText;
  /** What had to be assumed: a fact, and why. */
  readonly assumed: readonly (readonly [what: string, why: string])[];
}

/**
 * Opens a wanted map.
 *
 * @param text - the whole text
 * @param file - its name, for messages
 * @throws ConfigError with the place of everything that is wrong
 * @example
 * openWanted('Memory Ranges:\nWB:000000000000-00007fffffff\nUC:000080000000-000fffffffff\n', 'log').text.maxphyaddr; // 36
 */
export function openWanted(text: string, file: string): OpenedWanted {
  const list = wantedList(text);
  if (!list) return { text: parseWanted(text, file), assumed: [] };
  const assumed = list.isTemporary
    ? ([['the TEMPORARY address space is the one that is wanted', 'the log has no other']] as const)
    : [];
  return { text: wantedOfList(list.ranges, { file, ...list }), assumed };
}
