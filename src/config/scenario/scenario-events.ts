/**
 * The events of a scenario as people write them: one map an event, with the event's name as its key. vCPUs are
 * named by number, by lists, or as `all`, `bsp`, `aps`; one such line is one event for each of them, one after
 * the other.
 */
import { QUIRKS } from '../../policy/index.ts';
import type { ReplayEvent } from '../../replay/index.ts';
import { frameCount, type SlotInit } from '../../vm/index.ts';
import { Fields, type Problems } from '../fields.ts';
import type { Path } from '../path.ts';
import { parseLevel, parseQuirk, shown } from '../values.ts';
import { EventVcpus, type MadeEvents, type PresentVcpus } from './event-vcpus.ts';
import { RegisterEvents } from './register-events.ts';
import { vcpuEvents } from './vcpu-events.ts';

/** An event, or events that are repeated, with its place in the scenario. */
export type ScenarioItem =
  | {
      readonly path: Path;
      /** Name of the event as it is written. */
      readonly key: string;
      readonly make: MadeEvents;
    }
  | { readonly path: Path; readonly times: number; readonly body: readonly ScenarioItem[] };

/** Names of events. */
export const EVENT_NAMES = [
  'wrmsr',
  'program',
  'cr0cd',
  'cr0',
  'efer',
  'smi',
  'rsm',
  'nested',
  'sipi',
  'stop',
  'start',
  'noncoherentDma',
  'fault',
  'touch',
  'slotAdd',
  'slotMove',
  'slotRemove',
  'dirtyLog',
  'quirk',
  'reset',
  'init',
  'hotplug',
  'unplug',
  'report',
  'repeat',
  'each',
] as const;
type EventName = Exclude<(typeof EVENT_NAMES)[number], 'repeat'>;

const MOST_REPEATS = 100_000_000;
const ITEM_KEYS = ['at', 'note', ...EVENT_NAMES];

/** Reads events. */
export class EventReader {
  readonly #problems: Problems;
  readonly #maxphyaddr: number;
  readonly #vcpus: EventVcpus;
  readonly #registers: RegisterEvents;

  constructor(problems: Problems, maxphyaddr: number) {
    this.#problems = problems;
    this.#vcpus = new EventVcpus();
    this.#registers = new RegisterEvents(problems, this.#vcpus, maxphyaddr);
    this.#maxphyaddr = maxphyaddr;
  }

  items(list: readonly unknown[], path: Path): readonly ScenarioItem[] {
    const items: ScenarioItem[] = [];
    for (const [index, value] of list.entries()) {
      if (this.#problems.isFull) break;
      const item = this.#item(value, [...path, index]);
      if (item) items.push(item);
    }
    return items;
  }

  /** Events that are read as they are asked for, each time anew. */
  streamed(values: () => Iterable<unknown>): Iterable<ScenarioItem> {
    const items = function* (this: EventReader): Generator<ScenarioItem, void, undefined> {
      let index = 0;
      for (const value of values()) {
        if (this.#problems.isFull) return;
        const item = this.#item(value, ['events', index]);
        if (item) yield item;
        index += 1;
      }
    };
    return { [Symbol.iterator]: () => items.call(this) };
  }

  #item(value: unknown, path: Path): ScenarioItem | undefined {
    if (typeof value === 'string' && value === 'report')
      return { path, key: 'report', make: [{ kind: 'report' }] };
    const before = this.#problems.list.length;
    const fields = new Fields(value, path, this.#problems, ITEM_KEYS);
    const names = EVENT_NAMES.filter((name) => fields.has(name));
    const at = fields.raw('at');
    if (at !== undefined && (typeof at !== 'number' || !Number.isFinite(at))) {
      fields.note('at', `expected a number, got ${shown(at)}`);
    }
    const [name] = names;
    if (names.length !== 1 && this.#problems.list.length === before) {
      const got = names.length === 0 ? 'none' : names.join(' and ');
      this.#problems.note(path, `expected one event, got ${got}`, `events: ${EVENT_NAMES.join(', ')}`);
    }
    if (!name || names.length > 1) return undefined;
    const note = fields.raw('note');
    const made = name === 'repeat' ? this.#repeat(fields) : this.#event(name, fields);
    if (!made || this.#problems.list.length > before) return undefined;
    if ('times' in made) return { path, ...made };
    const marks = {
      ...(at !== undefined && { at: at as number }),
      ...(note !== undefined && { note: String(note) }),
    };
    return { path, key: name, make: Object.keys(marks).length === 0 ? made : marked(made, marks) };
  }

  /** Events that each of some vCPUs goes through before the next one does. */
  #turns(fields: Fields): MadeEvents | undefined {
    const own = this.#fields(fields, 'each', ['vcpu', 'events']);
    const vcpus = this.#vcpus.named(own);
    const list = own.list('events');
    if (!list) return undefined;
    if (this.#vcpus.isWithinEach) own.note('events', 'expected no each within an each');
    this.#vcpus.isWithinEach = true;
    const body = this.items(list, [...own.path, 'events']);
    this.#vcpus.isWithinEach = false;
    const makers = body.flatMap((item) => {
      if ('key' in item) return [item.make];
      this.#problems.note(item.path, 'expected no repeat within an each: put the each into the repeat');
      return [];
    });
    return (present: PresentVcpus): readonly ReplayEvent[] =>
      vcpus(present).flatMap((turn) =>
        makers.flatMap((make) => (typeof make === 'function' ? make(present, turn) : make)),
      );
  }

  #repeat(fields: Fields): { times: number; body: readonly ScenarioItem[] } | undefined {
    const path = [...fields.path, 'repeat'];
    const own = new Fields(fields.raw('repeat'), path, this.#problems, ['times', 'events']);
    const times = own.integer('times', 0, MOST_REPEATS);
    const list = own.list('events');
    if (times === undefined || !list) return undefined;
    return { times, body: this.items(list, [...path, 'events']) };
  }

  #fields(fields: Fields, name: EventName, keys: readonly string[]): Fields {
    return new Fields(fields.raw(name), [...fields.path, name], this.#problems, keys);
  }

  #event(name: EventName, fields: Fields): MadeEvents | undefined {
    switch (name) {
      case 'wrmsr':
        return this.#registers.wrmsr(this.#fields(fields, name, ['vcpu', 'by', 'msr', 'value', 'msrs']));
      case 'program':
        return this.#registers.program(this.#fields(fields, name, ['vcpu', 'mtrr']));
      case 'noncoherentDma': {
        const word = fields.word('noncoherentDma', ['start', 'stop']);
        return [{ kind: 'dma', on: word === 'start' }];
      }
      case 'fault': {
        const own = this.#fields(fields, name, ['vcpu', 'gpa', 'access']);
        const gfn = own.frameAround('gpa') ?? 0;
        return this.#touch(own, { start: gfn, end: gfn + 1 });
      }
      case 'touch': {
        const own = this.#fields(fields, name, ['vcpu', 'range', 'access']);
        return this.#touch(own, own.range('range') ?? { start: 0, end: 1 });
      }
      case 'slotAdd':
        return this.#slotAdd(fields);
      case 'slotMove': {
        const own = this.#fields(fields, name, ['slot', 'to']);
        const [gfn = 0, to = 0] = [own.frame('slot'), own.frame('to')];
        return [{ kind: 'slot-move', gfn, to }];
      }
      case 'slotRemove': {
        const own = this.#fields(fields, name, ['slot']);
        const gfn = own.frame('slot') ?? 0;
        return [{ kind: 'slot-remove', gfn }];
      }
      case 'dirtyLog': {
        const own = this.#fields(fields, name, ['slot', 'on']);
        const [gfn = 0, on = false] = [own.frame('slot'), own.flag('on')];
        return [{ kind: 'dirty-log', gfn, on }];
      }
      case 'quirk': {
        const own = this.#fields(fields, name, ['name', 'on']);
        const quirk = parseQuirk(own.raw('name')) ?? own.word('name', QUIRKS) ?? 'cd-nw-cleared';
        const on = own.flag('on') ?? false;
        return [{ kind: 'quirk', quirk, on }];
      }
      case 'each':
        return this.#turns(fields);
      case 'report':
        return [{ kind: 'report' }];
      default:
        return vcpuEvents(name, fields, this.#problems, this.#vcpus, this.#registers);
    }
  }

  #touch(own: Fields, range: { start: number; end: number }) {
    const access = own.word('access', ['read', 'write'], 'write') ?? 'write';
    const frames = frameCount(this.#maxphyaddr);
    if (range.end > frames) {
      const last = `0x${((1n << BigInt(this.#maxphyaddr)) - 1n).toString(16)}`;
      own.note(own.has('gpa') ? 'gpa' : 'range', `lies beyond the guest's space, which ends at ${last}`);
    }
    return this.#vcpus.each(own, (vcpu) => [{ kind: 'touch', vcpu, range, access }]);
  }

  #slotAdd(fields: Fields): MadeEvents | undefined {
    const keys = ['range', 'base', 'size', 'kind', 'hpa', 'maxLevel'];
    const own = this.#fields(fields, 'slotAdd', keys);
    const range = own.has('range') ? own.range('range') : this.#baseAndSize(own);
    const kind = own.word('kind', ['ram', 'readonly', 'mmio'], 'ram');
    const pfn = own.has('hpa') ? own.frame('hpa') : range?.start;
    const maxLevel = parseLevel(own.raw('maxLevel') ?? '1G');
    if (maxLevel === undefined)
      own.note('maxLevel', `expected 4K, 2M or 1G, got ${shown(own.raw('maxLevel'))}`);
    if (!range || pfn === undefined || maxLevel === undefined) return undefined;
    const { start, end } = range;
    const slot: SlotInit = { gfn: start, count: end - start, pfn, readonly: kind === 'readonly', maxLevel };
    return [{ kind: 'slot-add', slot, mmio: kind === 'mmio' }];
  }

  #baseAndSize(own: Fields): { start: number; end: number } | undefined {
    const start = own.frame('base');
    const count = own.frame('size');
    return start === undefined || count === undefined ? undefined : { start, end: start + count };
  }
}

/** The same events, all at one time and with one note; those of an `each` keep notes of their own. */
function marked(made: MadeEvents, marks: Pick<ReplayEvent, 'at' | 'note'>): MadeEvents {
  const stamp = (events: readonly ReplayEvent[]) => events.map((event) => ({ ...marks, ...event }));
  return typeof made === 'function' ? (present, turn) => stamp(made(present, turn)) : stamp(made);
}
