/**
 * The events of a scenario as people write them: one map an event, with the event's name as its key. vCPUs are
 * named by number, by lists, or as `all`, `bsp`, `aps`; one such line is one event for each of them, one after
 * the other.
 */
import { ConfigError } from '../../errors.ts';
import {
  DEF_TYPE_E,
  FIXED_MSRS,
  MSR_DEF_TYPE,
  MSR_SPELLINGS,
  physBase,
  USUAL_VARIABLE_RANGES,
} from '../../msr/index.ts';
import { QUIRKS } from '../../policy/index.ts';
import type { ReplayEvent } from '../../replay/index.ts';
import { didYouMean } from '../../suggest.ts';
import { frameCount, type MsrWrite, type SlotInit } from '../../vm/index.ts';
import { Fields, type Problems } from '../fields.ts';
import { msrNumber } from '../msr-key.ts';
import type { Path } from '../path.ts';
import type { Source } from '../source.ts';
import { parseLevel, parseQuantity, parseQuirk, shown } from '../values.ts';
import { configOf } from '../vm/load.ts';
import { areWords, type NamedVcpus, type PresentVcpus, vcpusOf } from './event-vcpus.ts';

/**
 * The same events whenever it happens, or what the vCPUs of the moment make of it. A list is a list, and no
 * function that returns it, since that would keep all it was read from: a million events are to fit into memory.
 */
export type MadeEvents =
  | readonly ReplayEvent[]
  | ((present: PresentVcpus, turn?: number) => readonly ReplayEvent[]);

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
type EventName = (typeof EVENT_NAMES)[number];

const MOST_REPEATS = 100_000_000;
const ITEM_KEYS = ['at', 'note', ...EVENT_NAMES];

/** Every MTRR to 0, as a VMM puts a vCPU back to reset: DEF_TYPE before and behind the ranges. */
const ZEROES: readonly MsrWrite[] = [
  { msr: MSR_DEF_TYPE, value: 0n },
  ...FIXED_MSRS.map((msr) => ({ msr, value: 0n })),
  ...Array.from({ length: 2 * USUAL_VARIABLE_RANGES }, (_, k) => ({ msr: physBase(0) + k, value: 0n })),
  { msr: MSR_DEF_TYPE, value: 0n },
];

/** Reads events. */
export class EventReader {
  readonly #problems: Problems;
  readonly #maxphyaddr: number;
  /** Whether the events of an `each` are read: `vcpu: each` has a meaning there, and only it. */
  #isWithinEach = false;

  constructor(problems: Problems, maxphyaddr: number) {
    this.#problems = problems;
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
    const vcpus = this.#vcpus(own);
    const list = own.list('events');
    if (!list) return undefined;
    if (this.#isWithinEach) own.note('events', 'expected no each within an each');
    this.#isWithinEach = true;
    const body = this.items(list, [...own.path, 'events']);
    this.#isWithinEach = false;
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

  #vcpus(own: Fields): NamedVcpus {
    const vcpus = vcpusOf(own.raw('vcpu'));
    if (vcpus && own.raw('vcpu') === 'each' && !this.#isWithinEach) {
      own.note('vcpu', 'expected "each" only for events of an each: {vcpu, events}');
    }
    if (vcpus) return vcpus;
    const got = own.has('vcpu') ? `got ${shown(own.raw('vcpu'))}` : 'it is missing';
    own.note('vcpu', `expected a vCPU number, a list such as 0-3,7, all, bsp or aps, ${got}`);
    return () => [];
  }

  #each(own: Fields, events: (vcpu: number) => readonly ReplayEvent[]): MadeEvents {
    const vcpus = this.#vcpus(own);
    if (!areWords(own.raw('vcpu'))) {
      // The same vCPUs whenever it happens: a million events are made once.
      const made = vcpus(() => []).flatMap(events);
      return made;
    }
    return (present, turn) => vcpus(present, turn).flatMap(events);
  }

  #event(name: EventName, fields: Fields): MadeEvents | undefined {
    switch (name) {
      case 'wrmsr':
        return this.#wrmsr(this.#fields(fields, name, ['vcpu', 'msr', 'value', 'msrs']));
      case 'program':
        return this.#program(this.#fields(fields, name, ['vcpu', 'mtrr']));
      case 'cr0cd': {
        const own = this.#fields(fields, name, ['vcpu', 'on']);
        const on = own.flag('on') ?? false;
        return this.#each(own, (vcpu) => [{ kind: 'cr0cd', vcpu, on }]);
      }
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
      case 'reset':
      case 'init':
      case 'hotplug': {
        const own = this.#fields(fields, name, ['vcpu', 'writes']);
        const writes = this.#writes(own);
        return this.#each(own, (vcpu) => [{ kind: name, vcpu }, ...written(vcpu, writes)]);
      }
      case 'unplug':
        return this.#each(this.#fields(fields, name, ['vcpu']), (vcpu) => [{ kind: 'unplug', vcpu }]);
      case 'each':
        return this.#turns(fields);
      default:
        return [{ kind: 'report' }];
    }
  }

  #touch(own: Fields, range: { start: number; end: number }) {
    const access = own.word('access', ['read', 'write'], 'write') ?? 'write';
    const frames = frameCount(this.#maxphyaddr);
    if (range.end > frames) {
      const last = `0x${((1n << BigInt(this.#maxphyaddr)) - 1n).toString(16)}`;
      own.note(own.has('gpa') ? 'gpa' : 'range', `lies beyond the guest's space, which ends at ${last}`);
    }
    return this.#each(own, (vcpu) => [{ kind: 'touch', vcpu, range, access }]);
  }

  #msr(own: Fields, key: string, path: Path): number | undefined {
    const msr = msrNumber(key);
    if (msr !== undefined) return msr;
    const bare = /^[0-9a-f]{2,8}$/i.test(key);
    const hint = bare ? `did you mean 0x${key}?` : didYouMean(key, MSR_SPELLINGS);
    this.#problems.note(
      path,
      `expected the number or name of an MSR, got "${key}"`,
      hint,
      own.has('msrs') ? 'key' : 'value',
    );
    return undefined;
  }

  /** A map of registers to values, in its order. */
  #msrMap(own: Fields, key: string): readonly MsrWrite[] {
    const value = own.raw(key);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      own.note(key, `expected a map of MSRs to values, got ${shown(value)}`);
      return [];
    }
    const path = [...own.path, key];
    return Object.entries(value).flatMap(([name, text]) => {
      const msr = this.#msr(own, name, [...path, name]);
      const number = parseQuantity(text);
      if (number === undefined || number >> 64n !== 0n) {
        this.#problems.note([...path, name], `expected a value of 64 bits, got ${shown(text)}`);
        return [];
      }
      return msr === undefined ? [] : [{ msr, value: number }];
    });
  }

  #wrmsr(own: Fields) {
    if (own.has('msrs')) {
      if (own.has('msr')) own.note('msr', 'expected either msr and value, or msrs, got both');
      const writes = this.#msrMap(own, 'msrs');
      return this.#each(own, (vcpu) => written(vcpu, writes));
    }
    const name = own.raw('msr');
    const value = own.quantity('value') ?? 0n;
    if (name === undefined) {
      own.note('msr', 'expected the number or name of an MSR, it is missing');
      return undefined;
    }
    const msr = this.#msr(own, String(name), [...own.path, 'msr']) ?? 0;
    return this.#each(own, (vcpu) => [{ kind: 'wrmsr', vcpu, msr, value }]);
  }

  #writes(own: Fields): readonly MsrWrite[] {
    if (!own.has('writes')) return [];
    return own.raw('writes') === 'zeroes' ? ZEROES : this.#msrMap(own, 'writes');
  }

  /** As firmware and operating systems do it: CD=1, MTRRs off, the ranges, MTRRs on, CD=0. */
  #program(own: Fields) {
    if (!own.has('mtrr')) own.note('mtrr', 'expected MTRRs in words, as in a VM config, they are missing');
    const writes = own.has('mtrr') ? this.#mtrrWrites(own) : undefined;
    if (!writes) return undefined;
    const last = writes.find(({ msr }) => msr === MSR_DEF_TYPE)?.value ?? 0n;
    const ranges = writes.filter(({ msr }) => msr !== MSR_DEF_TYPE);
    return this.#each(own, (vcpu): readonly ReplayEvent[] => [
      { kind: 'cr0cd', vcpu, on: true },
      { kind: 'wrmsr', vcpu, msr: MSR_DEF_TYPE, value: last & ~DEF_TYPE_E },
      ...written(vcpu, ranges),
      { kind: 'wrmsr', vcpu, msr: MSR_DEF_TYPE, value: last },
      { kind: 'cr0cd', vcpu, on: false },
    ]);
  }

  /** MTRRs in words are read as those of a VM config are. */
  #mtrrWrites(own: Fields): readonly MsrWrite[] | undefined {
    const { places } = this.#problems;
    const source: Source = {
      file: places.file,
      value: { maxphyaddr: this.#maxphyaddr, mtrr: own.raw('mtrr') },
      locate: (path, what) => places.locate([...own.path, ...path], what),
    };
    try {
      return configOf(source).vm.vcpus[0]!.state.msrs;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problems.take(error.problems);
      return undefined;
    }
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

function written(vcpu: number, writes: readonly MsrWrite[]): readonly ReplayEvent[] {
  return writes.map(({ msr, value }) => ({ kind: 'wrmsr', vcpu, msr, value }));
}

/** The same events, all at one time and with one note; those of an `each` keep notes of their own. */
function marked(made: MadeEvents, marks: Pick<ReplayEvent, 'at' | 'note'>): MadeEvents {
  const stamp = (events: readonly ReplayEvent[]) => events.map((event) => ({ ...marks, ...event }));
  return typeof made === 'function' ? (present, turn) => stamp(made(present, turn)) : stamp(made);
}
