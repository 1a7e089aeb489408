/** What becomes of entries one by one, for who has to know more than their number. */

/** Takes note of runs of entries of one value, which are whole entries. */
export interface EntryJournal {
  /**
   * Entries are gone.
   *
   * @param isPassedOn - those that take their place inherit from them: they were split, or recovered
   */
  lost(start: number, end: number, value: number, isPassedOn: boolean): void;
  /**
   * Entries are there.
   *
   * @param isInherited - they have their type from those whose place they took
   */
  put(start: number, end: number, value: number, isInherited: boolean): void;
}

/** Who takes note of a root, by the key that names it. */
export type JournalOfRoot = (key: string) => EntryJournal | undefined;
