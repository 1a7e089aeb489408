/** The page: what is opened and looked at, as signals, and what can be done with it. */
import { batch, type Signal, signal } from '@preact/signals';
import type { GfnRange } from '../../src/index.ts';
import {
  type Catalogue,
  type Failure,
  type Input,
  LARGE_BYTES,
  type Lane,
  type Machine,
  type MachineId,
  type Progress,
  type ReadingOptions,
} from '../worker/protocol.ts';
import { type Companion, type Companions, lanesFrom, nameBeside } from './companions.ts';
import type { PlacedLane } from './embedded.ts';
import { pageToAsk } from './first-page.ts';
import { type Given, inputName } from './given.ts';
import { failureOf } from './refusal.ts';
import { FIRST_VIEW, isSameLane, MOST_LANES, usualLanes, type ViewState, viewWithin } from './view-state.ts';
import type { Ask } from './worker-client.ts';

/** What the page is at. */
export type Phase =
  | { readonly kind: 'starting' }
  /** No engine: no WebAssembly, or a program that is not whole. */
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'empty' }
  /** A file that is asked about before it is read. */
  | { readonly kind: 'large'; readonly given: Given; readonly bytes: number }
  | { readonly kind: 'reading'; readonly name: string; readonly progress?: Progress }
  | { readonly kind: 'refused'; readonly given: Given; readonly failure: Failure }
  /** A link or a block that cannot be opened, in a sentence. */
  | { readonly kind: 'broken'; readonly sentence: string }
  | { readonly kind: 'open'; readonly given: Given; readonly machine: Machine };

/** The page's state. */
export class Page {
  readonly ask: Ask;
  readonly phase: Signal<Phase> = signal({ kind: 'starting' });
  readonly view: Signal<ViewState> = signal(FIRST_VIEW);
  readonly catalogue: Signal<Catalogue | undefined> = signal(undefined);
  /** The machines that the one which is looked at is held against. */
  readonly companions: Signal<Companions> = signal(new Map());
  /** What a screen reader is told. */
  readonly said: Signal<string> = signal('');
  #reading: AbortController | undefined;
  /** The page that was chosen because nobody had. */
  #proposed: number | undefined;
  /** Until the engine is there: what is opened meanwhile waits for it. */
  #beginning: Promise<boolean> | undefined;

  constructor(ask: Ask) {
    this.ask = ask;
  }

  /**
   * Begins, once the worker is there.
   *
   * @returns false where there is no engine
   */
  async begin(ready: Promise<void>): Promise<boolean> {
    this.#beginning = this.#begin(ready);
    const hasBegun = await this.#beginning;
    this.#beginning = undefined;
    return hasBegun;
  }

  async #begin(ready: Promise<void>): Promise<boolean> {
    try {
      await ready;
      this.catalogue.value = await this.ask('catalogue', {});
      if (this.phase.value.kind === 'starting') this.phase.value = { kind: 'empty' };
      return true;
    } catch (error) {
      this.phase.value = { kind: 'unusable', reason: failureOf(error).message };
      return false;
    }
  }

  /** Says something to those who do not see the page. */
  say(text: string): void {
    this.said.value = text;
  }

  /** Changes what is looked at. */
  look(change: Partial<ViewState>): void {
    this.view.value = { ...this.view.value, ...change };
  }

  /**
   * Opens an input, which takes the place of what is open.
   *
   * @param view - what is looked at then; default: the usual
   */
  async open(input: Input, options: ReadingOptions = {}, view: Partial<ViewState> = {}): Promise<void> {
    const given = { input, options };
    const bytes = 'blob' in input ? input.blob.size : 0;
    if (bytes > LARGE_BYTES && this.phase.value.kind !== 'large') {
      this.phase.value = { kind: 'large', given, bytes };
      return;
    }
    this.cancel();
    const reading = new AbortController();
    this.#reading = reading;
    const before = this.phase.value;
    const name = inputName(input);
    this.phase.value = { kind: 'reading', name };
    const isCurrent = () => this.#reading === reading;
    if (this.#beginning && !(await this.#beginning)) return;
    if (!isCurrent()) return;
    try {
      const machine = await this.ask(
        'open',
        { input, options },
        {
          signal: reading.signal,
          onProgress: (progress) => {
            if (isCurrent()) this.phase.value = { kind: 'reading', name, progress };
          },
        },
      );
      if (isCurrent()) this.#show(given, machine, view);
      else await this.ask('close', { machine: machine.machine });
      if (before.kind === 'open') await this.ask('close', { machine: before.machine.machine });
      if (isCurrent() && !view.lanes?.some(({ machine: beside }) => beside !== undefined))
        await this.#closeCompanions();
      if (isCurrent()) await this.#propose();
    } catch (error) {
      if (!isCurrent()) return;
      const failure = failureOf(error);
      this.phase.value =
        failure.code === 'cancelled'
          ? before.kind === 'open'
            ? before
            : { kind: 'empty' }
          : { kind: 'refused', given, failure };
      this.say(failure.code === 'cancelled' ? 'Reading was given up' : failure.message);
    }
  }

  #show(given: Given, machine: Machine, view: Partial<ViewState>): void {
    const lanes = view.lanes?.length ? view.lanes : usualLanes(machine, this.catalogue.value);
    const tab = machine.hasRegisters ? FIRST_VIEW.tab : 'findings';
    this.#proposed = undefined;
    this.view.value = viewWithin({ ...FIRST_VIEW, tab, ...view, lanes }, machine.frames);
    this.phase.value = { kind: 'open', given, machine };
    this.say(`${machine.name}: ${machine.maxphyaddr} address bits, ${lanes.length} lanes`);
  }

  /** Chooses a page as long as nobody has, so that there is something to read. */
  async #propose(): Promise<void> {
    const phase = this.phase.value;
    const isFree = () =>
      this.phase.value === phase && [undefined, this.#proposed].includes(this.view.value.at);
    if (phase.kind !== 'open' || !phase.machine.hasRegisters || !isFree()) return;
    try {
      const at = await pageToAsk(this.ask, phase.machine, this.view.value);
      if (!isFree()) return;
      this.#proposed = at;
      this.look({ at });
    } catch {
      // A lane is refused: its place in the map says why.
    }
  }

  /** Opens what is open, or was refused, with other options; what is looked at stays. */
  async reopen(change: ReadingOptions): Promise<void> {
    const phase = this.phase.value;
    if (phase.kind !== 'open' && phase.kind !== 'refused') return;
    const { input, options } = phase.given;
    await this.open(input, { ...options, ...change }, phase.kind === 'open' ? this.view.value : {});
  }

  /**
   * Opens further inputs beside what is open.
   *
   * @param lanes - which lanes there are then; default: one more for each input, under its own policy
   */
  async accompany(others: readonly Input[], lanes?: readonly PlacedLane[]): Promise<void> {
    const opened: (Machine | undefined)[] = [];
    for (const input of others) opened.push(await this.#openBeside({ input, options: {} }));
    const machines = opened.filter((machine) => machine !== undefined);
    const own = machines.map(({ machine, policy }): Lane => ({ policy, machine }));
    const placed = lanes?.flatMap(({ input = 0, ...lane }): Lane[] => {
      const machine = opened[input - 1]?.machine;
      if (input === 0) return [lane];
      return machine === undefined ? [] : [{ ...lane, machine }];
    });
    this.look({ lanes: (placed ?? [...this.view.value.lanes, ...own]).slice(0, MOST_LANES) });
    await this.#propose();
  }

  /**
   * Opens what is open once more, read otherwise, beside it: another boot, state or host of one text.
   *
   * @param name - of its lanes
   */
  async beside(change: ReadingOptions, name: string): Promise<void> {
    const phase = this.phase.value;
    if (phase.kind !== 'open') return;
    const { input, options } = phase.given;
    const machine = await this.#openBeside({ input, options: { ...options, ...change } }, name);
    if (machine) this.addLane({ policy: machine.policy, machine: machine.machine });
  }

  /** @returns undefined where it is refused, which has been said */
  async #openBeside(given: Given, name?: string): Promise<Machine | undefined> {
    try {
      const machine = await this.ask('open', given);
      const taken = [...this.companions.value.values()].map((one) => one.name);
      const companion: Companion = { name: nameBeside(name ?? machine.name, taken), given, machine };
      this.companions.value = new Map([...this.companions.value, [machine.machine, companion]]);
      return machine;
    } catch (error) {
      this.say(failureOf(error).message);
      return undefined;
    }
  }

  /** Looks at a machine that is open beside; the one that was looked at stays beside it, and the lanes are the same. */
  turnTo(id: MachineId): void {
    const phase = this.phase.value;
    const there = this.companions.value.get(id);
    if (phase.kind !== 'open' || !there) return;
    const { given, machine } = phase;
    const here: Companion = { name: machine.name, given, machine };
    const others = [...this.companions.value].filter(([other]) => other !== id);
    const { view } = this;
    const lanes = lanesFrom(view.value.lanes, machine.machine, id);
    batch(() => {
      this.companions.value = new Map([[machine.machine, here], ...others]);
      view.value = viewWithin({ ...view.value, lanes }, there.machine.frames);
      this.phase.value = {
        kind: 'open',
        given: there.given,
        machine: { ...there.machine, name: there.name },
      };
    });
    this.say(`${there.name} is looked at`);
  }

  /** Forgets machines that no lane is of. */
  async #closeCompanions(): Promise<void> {
    const ids = [...this.companions.value.keys()];
    this.companions.value = new Map();
    for (const machine of ids) await this.ask('close', { machine });
  }

  /** Gives up what is being read. */
  cancel(): void {
    this.#reading?.abort();
  }

  /** Back to the first screen. */
  async reset(): Promise<void> {
    this.cancel();
    this.#reading = undefined;
    const before = this.phase.value;
    this.phase.value = { kind: 'empty' };
    this.view.value = FIRST_VIEW;
    if (before.kind === 'open') await this.ask('close', { machine: before.machine.machine });
    await this.#closeCompanions();
  }

  /** Adds a lane, or goes to the one that is there already. */
  addLane(lane: Lane): void {
    const { lanes } = this.view.value;
    const known = lanes.findIndex((one) => isSameLane(one, lane));
    if (known >= 0) this.look({ lane: known });
    else if (lanes.length < MOST_LANES) this.look({ lanes: [...lanes, lane], lane: lanes.length });
    else this.say(`There are ${MOST_LANES} lanes: remove one first`);
  }

  /** Removes a lane; the last one stays. */
  removeLane(index: number): void {
    const { lanes, lane } = this.view.value;
    if (lanes.length < 2) return;
    const left = lanes.filter((_, k) => k !== index);
    this.look({ lanes: left, lane: Math.min(lane > index ? lane - 1 : lane, left.length - 1) });
  }

  /** Makes a lane the reference. */
  putFirst(index: number): void {
    const { lanes } = this.view.value;
    const lane = lanes[index];
    if (lane) this.look({ lanes: [lane, ...lanes.filter((_, k) => k !== index)], lane: 0 });
  }

  /** Asks about a page; the window follows if it lies outside. */
  select(at: number, lane = this.view.value.lane): void {
    const phase = this.phase.value;
    if (phase.kind !== 'open') return;
    const view = this.view.value;
    const window = view.window && around(view.window, at);
    this.view.value = viewWithin({ ...view, at, lane, window }, phase.machine.frames);
  }

  /** Goes to the next or previous place where something changes. */
  async seek(to: 'boundary' | 'difference', direction: 'next' | 'previous'): Promise<void> {
    const phase = this.phase.value;
    const { lanes, want, pat, at, window } = this.view.value;
    if (phase.kind !== 'open' || lanes.length === 0) return;
    const from = at ?? window?.start ?? (direction === 'next' ? 0 : phase.machine.frames - 1);
    try {
      const { machine } = phase.machine;
      const found = await this.ask('seek', { machine, lanes, want, pat, from, to, direction });
      if (found === null) this.say(`There is no ${direction} ${to}`);
      else this.select(found);
    } catch (error) {
      this.say(failureOf(error).message);
    }
  }
}

/** A window of the same size that shows a frame. */
function around(window: GfnRange, gfn: number): GfnRange {
  if (window.start <= gfn && gfn < window.end) return window;
  const size = window.end - window.start;
  const start = Math.max(0, Math.floor(gfn - size / 2));
  return { start, end: start + size };
}
