/** Overlaps without an answer, and device memory with a cacheable type. */
import { FIXED_END, MSR_DEF_TYPE } from '../msr/index.ts';
import { clipped, overlap } from '../ranges.ts';
import { type GfnRange, type MtrrType, typeName, UNDEFINED, WB, WP, WT } from '../types.ts';
import { listed } from '../words.ts';
import { type CheckContext, rangesText } from './context.ts';
import { type Finding, type FindingText, Gathering } from './finding.ts';
import type { NamedRange } from './input.ts';
import { isCutShort, type Stretch } from './stretches.ts';

function overlapText(stretch: Stretch, context: CheckContext): FindingText {
  const types = [...new Set(stretch.pairs.map(({ type }) => type))].sort((a, b) => a - b);
  const who = listed(stretch.pairs.map(({ index, type }) => `#${index} ${typeName(type)}`));
  return {
    rule: 'undefined-overlap',
    severity: 'MEDIUM',
    message: `${listed(types.map(typeName))} overlap, for which the manual has no answer: variable ranges ${who}`,
    remedy: 'let the ranges not overlap, or make the inner one UC; what the CPU does is not to be relied on',
    causes: stretch.pairs.flatMap((pair) => context.pairCauses(pair)),
  };
}

/** Overlaps that the manual leaves undefined. */
export function* checkOverlaps(context: CheckContext): Generator<Finding> {
  const gathered = new Map<string, { readonly gathering: Gathering; inRam: boolean }>();
  const ram = context.input.memory.ram ?? [];
  const isCut = isCutShort(context, [{ start: 0, end: context.registers.frames }], (stretch) => {
    if (stretch.type !== UNDEFINED) return;
    const key = stretch.pairs.map(({ index }) => index).join();
    const entry = gathered.get(key) ?? {
      gathering: new Gathering(overlapText(stretch, context)),
      inRam: false,
    };
    gathered.set(key, entry);
    entry.gathering.add(stretch);
    entry.inRam ||= ram.some((range) => overlap(range, stretch));
  });
  for (const { gathering, inRam } of gathered.values()) {
    yield gathering.finding(isCut, inRam ? { severity: 'HIGH' } : {});
  }
}

/** Cacheable types: an access may be answered by a cache line, or be done twice. */
const CACHEABLE: readonly MtrrType[] = [WT, WP, WB];
/** Firmware flash ends at 4 GiB; WP and WT are what makes it fast. */
const FLASH = { start: 0xff000, end: 0x100000 };

/** Devices that every PC has in the same place: Intel SDM vol. 3A, "APIC"; ICH and FCH data sheets. */
const FIXTURES: readonly NamedRange[] = [
  { start: 0xa0, end: 0xc0, name: 'the VGA window' },
  { start: 0xfec00, end: 0xfec01, name: 'the I/O APIC' },
  { start: 0xfee00, end: 0xfee01, name: 'the local APIC' },
];

/** I/O APIC, HPET, and local APIC with its messages, of a guest: no hypervisor maps them, no access is ever cached. */
const EMULATED: readonly GfnRange[] = [
  { start: 0xfec00, end: 0xfec01 },
  { start: 0xfed00, end: 0xfed01 },
  { start: 0xfee00, end: 0xfef00 },
];

function isHarmless(stretch: Stretch): boolean {
  return stretch.type !== WB && stretch.start >= FLASH.start && stretch.end <= FLASH.end;
}

function cacheableText(stretch: Stretch, device: string, context: CheckContext): FindingText {
  const type = typeName(stretch.type);
  const rest = { rule: 'mmio-cacheable' as const, message: `${device} is ${type}` };
  switch (stretch.by) {
    case 'variable': {
      const isOne = stretch.pairs.length === 1;
      return {
        ...rest,
        severity: 'MEDIUM',
        message: `${rest.message}: ${rangesText(stretch.pairs)} ${isOne ? 'reaches' : 'reach'} over it`,
        remedy: `put a UC range over it, or shrink the ${isOne ? 'range that covers' : 'ranges that cover'} it`,
        causes: stretch.pairs.flatMap((pair) => context.pairCauses(pair)),
      };
    }
    case 'default':
      return {
        ...rest,
        severity: 'LOW',
        message: `${rest.message} by default: no register covers it`,
        remedy: 'put a UC range over it; until then only a UC page-table entry keeps it uncached',
        causes: [context.cause(MSR_DEF_TYPE)],
      };
    default: {
      const cause = context.cause(stretch.msr);
      return {
        ...rest,
        // Many AMD boards have the VGA window WT.
        severity: stretch.by === 'fixed' ? 'LOW' : 'MEDIUM',
        message: `${rest.message}: ${cause.register} says so`,
        remedy:
          stretch.by === 'tom2'
            ? 'put a UC range over it'
            : `write UC (0) into its bytes of ${cause.register}`,
        causes: [cause],
      };
    }
  }
}

/** Device memory that a CPU would cache. */
export function* checkMmio(context: CheckContext): Generator<Finding> {
  const { registers, input } = context;
  if (!registers.isEnabled) return;
  const named = clipped(input.memory.mmio, { start: 0, end: registers.frames });
  const isMachine = input.memory.described.length > 0 || named.length > 0;
  // A guest without fixed ranges has no VGA; where nothing is said of memory, nothing is presumed of devices.
  const isPresent = ({ start }: NamedRange) => start > FIXED_END || registers.isFixedEnabled;
  const fixtures = isMachine ? FIXTURES.filter(isPresent) : [];
  const seen: GfnRange[] = input.isGuest ? [...EMULATED] : [];
  for (const device of [...named, ...fixtures]) {
    if (seen.some(({ start, end }) => start <= device.start && device.end <= end)) continue;
    seen.push(device);
    yield* cacheableParts(context, { ...device, end: Math.min(device.end, registers.frames) });
  }
}

function* cacheableParts(context: CheckContext, device: NamedRange): Generator<Finding> {
  const gathered = new Map<string, Gathering>();
  const isCut = isCutShort(context, [device], (stretch) => {
    if (!CACHEABLE.includes(stretch.type) || isHarmless(stretch)) return;
    const key = `${stretch.by} ${stretch.type} ${stretch.pairs.map(({ index }) => index).join()}`;
    const gathering = gathered.get(key) ?? new Gathering(cacheableText(stretch, device.name, context));
    gathered.set(key, gathering);
    gathering.add(stretch);
  });
  for (const gathering of gathered.values()) yield gathering.finding(isCut);
}
