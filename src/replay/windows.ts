/** Windows: stretches of events during which vCPUs disagree on some page that a slot maps. */

/** One window. */
export interface Window {
  /** Events that had happened when the vCPUs began to disagree; 0: they did from the start. */
  readonly from: number;
  /** Events that had happened when they agreed again; undefined: they still disagree. */
  readonly to: number | undefined;
  readonly fromTime: number | undefined;
  readonly toTime: number | undefined;
  /** After how many events they disagreed. */
  readonly events: number;
  /** Most pages on which they did at once. */
  readonly peakPages: number;
  /** Sum over these events of the pages. */
  readonly pageEvents: number;
  /** Pages that were accessed meanwhile through an entry that the accessing vCPU's state does not demand. */
  readonly foreignAccesses: number;
}

/** All windows of a replay. */
export interface WindowTotals {
  readonly count: number;
  readonly events: number;
  readonly peakPages: number;
  readonly pageEvents: number;
  readonly foreignAccesses: number;
}

/** Windows that are kept one by one; the totals are of all. */
const KEPT_WINDOWS = 65536;

type Open = { -readonly [Key in keyof Window]: Window[Key] };

/** Takes note of what comes of each event. */
export class WindowLog {
  readonly #closed: Window[] = [];
  #open: Open | undefined;
  #totals = { count: 0, events: 0, peakPages: 0, pageEvents: 0, foreignAccesses: 0 };

  /**
   * @param events - how many have happened
   * @param pages - on which vCPUs disagree now
   * @param foreignAccesses - of the last event
   */
  note(events: number, at: number | undefined, pages: number, foreignAccesses: number): void {
    if (pages === 0) {
      if (this.#open) {
        this.#count(0, foreignAccesses, 0);
        this.#close(events, at);
      }
      return;
    }
    if (!this.#open) {
      const window = { from: events, to: undefined, fromTime: at, toTime: undefined };
      this.#open = { ...window, events: 0, peakPages: 0, pageEvents: 0, foreignAccesses: 0 };
      this.#totals.count += 1;
    }
    this.#count(pages, foreignAccesses, 1);
  }

  #count(pages: number, foreignAccesses: number, events: number): void {
    for (const sums of [this.#open!, this.#totals]) {
      sums.events += events;
      sums.peakPages = Math.max(sums.peakPages, pages);
      sums.pageEvents += pages;
      sums.foreignAccesses += foreignAccesses;
    }
  }

  #close(events: number, at: number | undefined): void {
    const window = { ...this.#open!, to: events, toTime: at };
    if (this.#closed.length < KEPT_WINDOWS) this.#closed.push(window);
    this.#open = undefined;
  }

  get windows(): readonly Window[] {
    return this.#open ? [...this.#closed, { ...this.#open }] : [...this.#closed];
  }
  get totals(): WindowTotals {
    return { ...this.#totals };
  }
}
