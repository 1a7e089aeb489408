/** Events of a vCPU that write none of its MTRRs: CR0 and EFER, SMM, nested guests, and whether it is there and runs. */
import type { Cr0Event, ReplayEvent } from '../../replay/index.ts';
import { Fields, type Problems } from '../fields.ts';
import type { EventVcpus, MadeEvents } from './event-vcpus.ts';
import { actorOf, type RegisterEvents, written } from './register-events.ts';

const CR0_BITS = { pg: 31n, wp: 16n, cd: 30n, nw: 29n } as const;
const EFER_NXE = 11n;

function bit(value: bigint, place: bigint): boolean {
  return ((value >> place) & 1n) === 1n;
}

/** All bits from a value, or those that are named. */
function cr0Bits(own: Fields): Pick<Cr0Event, 'pg' | 'wp' | 'cd' | 'nw'> {
  const names = Object.keys(CR0_BITS) as readonly (keyof typeof CR0_BITS)[];
  const named = names.filter((name) => own.has(name));
  if (own.has('value')) {
    if (named.length > 0) own.note(named[0]!, 'expected either value or single bits, got both');
    const value = own.quantity('value') ?? 0n;
    return Object.fromEntries(names.map((name) => [name, bit(value, CR0_BITS[name])]));
  }
  if (named.length === 0) own.note('value', `expected a value, or bits: ${names.join(', ')}; it is missing`);
  return Object.fromEntries(named.map((name) => [name, own.flag(name) ?? false]));
}

function nxOf(own: Fields): boolean {
  if (!own.has('value')) return own.flag('nx') ?? false;
  if (own.has('nx')) own.note('nx', 'expected either value or nx, got both');
  return bit(own.quantity('value') ?? 0n, EFER_NXE);
}

function waitsOf(own: Fields): { readonly waits?: boolean } {
  return own.has('waits') ? { waits: own.flag('waits') ?? false } : {};
}

/** The VMM writes registers after a reset, whatever the vCPU does then. */
const BY_VMM = { by: 'vmm' } as const;

/** Keys of an event's map, beside `vcpu`. */
const KEYS = {
  cr0cd: ['on', 'by'],
  cr0: ['value', 'pg', 'wp', 'cd', 'nw', 'by'],
  efer: ['value', 'nx', 'by'],
  smi: [],
  rsm: [],
  nested: ['on'],
  sipi: [],
  stop: [],
  start: [],
  reset: ['writes', 'by', 'waits', 'paging'],
  init: ['writes', 'by', 'waits', 'paging'],
  hotplug: ['writes', 'waits'],
  unplug: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Reads such an event. */
export function vcpuEvents(
  name: keyof typeof KEYS,
  fields: Fields,
  problems: Problems,
  vcpus: EventVcpus,
  registers: RegisterEvents,
): MadeEvents {
  const own = new Fields(fields.raw(name), [...fields.path, name], problems, ['vcpu', ...KEYS[name]]);
  const each = (event: (vcpu: number) => ReplayEvent) => vcpus.each(own, (vcpu) => [event(vcpu)]);
  const actor = actorOf(own);
  switch (name) {
    case 'cr0cd': {
      const on = own.flag('on') ?? false;
      return each((vcpu) => ({ kind: name, vcpu, ...actor, on }));
    }
    case 'nested': {
      const on = own.flag('on') ?? false;
      return each((vcpu) => ({ kind: name, vcpu, on }));
    }
    case 'cr0': {
      const bits = cr0Bits(own);
      return each((vcpu) => ({ kind: name, vcpu, ...actor, ...bits }));
    }
    case 'efer': {
      const nx = nxOf(own);
      return each((vcpu) => ({ kind: name, vcpu, ...actor, nx }));
    }
    case 'reset':
    case 'init': {
      const writes = registers.writes(own);
      const paging = own.has('paging') ? own.word('paging', ['off', 'kept']) : undefined;
      const rest = { ...actor, ...waitsOf(own), ...(paging && { paging }) };
      return vcpus.each(own, (vcpu) => [{ kind: name, vcpu, ...rest }, ...written(vcpu, writes, BY_VMM)]);
    }
    case 'hotplug': {
      const writes = registers.writes(own);
      const waits = waitsOf(own);
      return vcpus.each(own, (vcpu) => [{ kind: name, vcpu, ...waits }, ...written(vcpu, writes, BY_VMM)]);
    }
    default:
      return each((vcpu) => ({ kind: name, vcpu }));
  }
}
