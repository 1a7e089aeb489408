/** Events and zaps of a replay as JSON. */
import type { Actor, ReplayEvent, Zap } from '../../replay/index.ts';
import type { JsonValue } from '../format/column.ts';
import { addressJson, msrJson, rangeJson } from '../json/vocabulary.ts';

/** A zap; an empty range says where it was to end. */
export function zapJson({ reason, ranges, lost, withRoot }: Zap): JsonValue {
  return {
    reason,
    ranges: ranges.map((range) => ({
      ...rangeJson(range),
      ...(range.end <= range.start && { emptyEnd: addressJson(range.end) }),
    })),
    entries: lost.entries,
    pages: lost.pages,
    ...(withRoot && { withRoot: { entries: withRoot.entries, pages: withRoot.pages } }),
  };
}

function actorJson({ by }: { readonly by?: Actor }): Record<string, JsonValue> {
  return by === undefined ? {} : { by };
}

function membersOf(event: ReplayEvent): Record<string, JsonValue> {
  switch (event.kind) {
    case 'wrmsr':
      return { vcpu: event.vcpu, ...actorJson(event), ...msrJson(event) };
    case 'cr0cd':
      return { vcpu: event.vcpu, ...actorJson(event), on: event.on };
    case 'cr0': {
      const { pg, wp, cd, nw } = event;
      const bits = Object.entries({ pg, wp, cd, nw }).filter(([, bit]) => bit !== undefined);
      return { vcpu: event.vcpu, ...actorJson(event), ...Object.fromEntries(bits) };
    }
    case 'efer':
      return { vcpu: event.vcpu, ...actorJson(event), nx: event.nx };
    case 'nested':
      return { vcpu: event.vcpu, on: event.on };
    case 'dma':
      return { on: event.on };
    case 'touch':
      return { vcpu: event.vcpu, range: rangeJson(event.range), access: event.access };
    case 'slot-add': {
      const { gfn, count, pfn, ...rest } = event.slot;
      const slot = { range: rangeJson({ start: gfn, end: gfn + count }), pfn, ...rest };
      return { slot, ...(event.mmio !== undefined && { mmio: event.mmio }) };
    }
    case 'slot-move':
      return { gfn: event.gfn, to: event.to };
    case 'slot-remove':
      return { gfn: event.gfn };
    case 'dirty-log':
      return { gfn: event.gfn, on: event.on };
    case 'quirk':
      return { quirk: event.quirk, on: event.on };
    case 'reset':
    case 'init': {
      const { vcpu, waits, paging } = event;
      return {
        vcpu,
        ...actorJson(event),
        ...(waits !== undefined && { waits }),
        ...(paging !== undefined && { paging }),
      };
    }
    case 'hotplug':
      return { vcpu: event.vcpu, ...(event.waits !== undefined && { waits: event.waits }) };
    case 'unplug':
    case 'smi':
    case 'rsm':
    case 'sipi':
    case 'stop':
    case 'start':
      return { vcpu: event.vcpu };
    case 'report':
      return {};
  }
}

/** An event: its kind, when, what it is about, and what the scenario notes of it. */
export function eventJson(event: ReplayEvent): Record<string, JsonValue> {
  const { kind, at, note } = event;
  return { kind, ...(at !== undefined && { at }), ...membersOf(event), ...(note !== undefined && { note }) };
}
