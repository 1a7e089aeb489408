/** RAM that is not write-back, and whose fault it is. */
import { MSR_DEF_TYPE, MSR_SYSCFG, MSR_TOP_MEM2 } from '../msr/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import { type GfnRange, typeName, UNDEFINED, WB, WP, WT } from '../types.ts';
import { counted, hexText, listed } from '../words.ts';
import { type CheckContext, numbersOf, rangesText } from './context.ts';
import { type Finding, type FindingText, finding, Gathering } from './finding.ts';
import { isCutShort, type Stretch } from './stretches.ts';

/** Pages past RAM from which a device may lie there, 64 MiB: less is what firmware keeps for itself. */
const FELT_BEYOND = 16384n;
/** RAM on every PC: from 1 MiB to where old ISA cards began, 15 MiB. */
const LOW_RAM = { start: 0x100, end: 0xf00 };
/** Pages from which RAM of a slow type is felt: 1 MiB. */
const MANY_PAGES = 256n;

/** Fixed ranges of one type are filled in one after the other: however many registers, one finding. */
function byFixed(type: Stretch['type'], msrs: ReadonlySet<number>, context: CheckContext): FindingText {
  const causes = [...msrs].map((msr) => context.cause(msr));
  const names = listed(causes.map(({ register }) => register));
  return {
    rule: 'ram-not-wb',
    severity: 'HIGH',
    message: `RAM is ${typeName(type)}, not WB: ${names} ${msrs.size === 1 ? 'makes' : 'make'} it so`,
    remedy: `write WB (6) into the bytes of ${names}`,
    causes,
  };
}

function uncoveredRemedy(context: CheckContext, start: number): string {
  const cover = 'cover it with a WB variable range, or make WB the default type';
  if (context.input.isTom2Stated || start < FOUR_GIB) return cover;
  return `${cover}; on AMD bring MSRs 0xc0010010 and 0xc001001d too, since TOM2 can make it WB`;
}

/**
 * Whether AMD's TOM2 is given and reaches over a stretch, and nothing says whether SYSCFG makes RAM below it WB, as
 * firmware has it.
 */
function hasOnlyTom2(stretch: Stretch, { registers: { values } }: CheckContext): boolean {
  const top = values.get(MSR_TOP_MEM2) ?? 0n;
  if (stretch.by !== 'default' || stretch.start < FOUR_GIB || values.has(MSR_SYSCFG)) return false;
  return BigInt(stretch.end) << 12n <= top;
}

function belowTom2(type: string, context: CheckContext): FindingText {
  const top = context.cause(MSR_TOP_MEM2);
  return {
    rule: 'ram-uncovered',
    severity: 'LOW',
    message: `RAM from 4 GiB to TOM2, ${hexText(top.value)}, is ${type} by default unless SYSCFG makes it WB, and SYSCFG is not given`,
    remedy:
      'bring MSR 0xc0010010 too: with bits 21 and 22, as AMD firmware sets them, that RAM is WB; for a VM give its RAM a range',
    causes: [top],
  };
}

function notWb(stretch: Stretch, context: CheckContext): FindingText {
  const type = typeName(stretch.type);
  if (hasOnlyTom2(stretch, context)) return belowTom2(type, context);
  if (stretch.by === 'default') {
    return {
      rule: 'ram-uncovered',
      severity: 'HIGH',
      message: `RAM that no register covers is ${type} by default`,
      remedy: uncoveredRemedy(context, stretch.start),
      causes: [context.cause(MSR_DEF_TYPE)],
    };
  }
  if (stretch.by === 'fixed') return byFixed(stretch.type, new Set([stretch.msr]), context);
  const isOne = stretch.pairs.length === 1;
  return {
    rule: 'ram-not-wb',
    severity: 'HIGH',
    message: `RAM is ${type}, not WB: ${rangesText(stretch.pairs)} ${isOne ? 'makes' : 'make'} it so`,
    remedy: `switch ${numbersOf(stretch.pairs)} off, or shrink ${isOne ? 'it' : 'them'} to what is not RAM`,
    causes: stretch.pairs.flatMap((pair) => context.pairCauses(pair)),
  };
}

/** A stretch that starts the finding of its own, or joins another with the same cause. */
function keyOf(stretch: Stretch, context: CheckContext): string {
  const { by, type, pairs, msr } = stretch;
  if (by === 'fixed') return `${by} ${type}`;
  const numbers = pairs.map(({ index }) => index).join();
  // What lies above may be WB by TOM2, what lies below cannot.
  const isAbove = !context.input.isTom2Stated && stretch.start >= FOUR_GIB;
  return `${by} ${type} ${msr} ${numbers} ${hasOnlyTom2(stretch, context)} ${isAbove}`;
}

/** RAM of one type by one cause. */
interface Blamed {
  readonly first: Stretch;
  readonly text: FindingText;
  readonly gathering: Gathering;
  /** Registers that decide there. */
  readonly msrs: Set<number>;
}

function* inRam(
  context: CheckContext,
  ram: readonly GfnRange[],
  isBlamed: (stretch: Stretch) => boolean = () => true,
): Generator<Finding> {
  const gathered = new Map<string, Blamed>();
  const isCut = isCutShort(context, ram, (stretch) => {
    // An undefined overlap has a rule of its own.
    if (stretch.type === WB || stretch.type === UNDEFINED || !isBlamed(stretch)) return;
    const key = keyOf(stretch, context);
    let entry = gathered.get(key);
    if (!entry) {
      const text = notWb(stretch, context);
      entry = { first: stretch, text, gathering: new Gathering(text), msrs: new Set() };
      gathered.set(key, entry);
    }
    entry.gathering.add(stretch);
    entry.msrs.add(stretch.msr);
  });
  for (const { first, text, gathering, msrs } of gathered.values()) {
    const isFew = text.severity === 'HIGH' && gathering.pages < MANY_PAGES;
    const whose = first.by === 'fixed' ? byFixed(first.type, msrs, context) : text;
    yield gathering.finding(isCut, { ...whose, ...(isFew && { severity: 'MEDIUM' as const }) });
  }
}

/**
 * Without a map: there is RAM from 1 MiB on in every PC, and firmware has its flash below 4 GiB, so that what is
 * WP or WT above is RAM too.
 */
function* presumed(context: CheckContext): Generator<Finding> {
  // What no register speaks for may be missing from the text.
  yield* inRam(context, [LOW_RAM], ({ by }) => by === 'variable');
  const above = { start: FOUR_GIB, end: context.registers.frames };
  for (const pair of context.valid) {
    if (pair.type !== WP && pair.type !== WT) continue;
    const found = new Gathering({
      rule: 'ram-not-wb',
      severity: 'HIGH',
      message: `variable range #${pair.index} makes addresses from 4 GiB on ${typeName(pair.type)}: RAM goes on there, flash does not reach there`,
      remedy: `switch #${pair.index} off, or move it below 4 GiB; --ram FILE (dmesg or /proc/iomem) says what is RAM`,
      causes: context.pairCauses(pair),
    });
    const isCut = isCutShort(context, [above], (stretch) => {
      if (stretch.type === pair.type && stretch.pairs.includes(pair)) found.add(stretch);
    });
    if (found.pages > 0n) yield found.finding(isCut);
  }
}

/** RAM that is not WB, by the register that is to blame. */
export function* checkRam(context: CheckContext): Generator<Finding> {
  const { ram } = context.input.memory;
  if (!context.registers.isEnabled) return;
  if (ram === undefined) yield* presumed(context);
  else yield* inRam(context, ram);
}

/** WB ranges that go on where no RAM is, and nothing else that the map knows. */
export function* checkBeyondRam(context: CheckContext): Generator<Finding> {
  const { ram, described } = context.input.memory;
  if (ram === undefined || ram.length === 0 || !context.registers.isEnabled) return;
  const top = described.reduce((end, range) => Math.max(end, range.end), 0);
  const start = Math.max(top, FOUR_GIB);
  const beyond = new Map<number, Gathering>();
  const isCut = isCutShort(context, [{ start, end: context.registers.frames }], (stretch) => {
    if (stretch.type !== WB || stretch.by !== 'variable') return;
    for (const pair of stretch.pairs) {
      const known = beyond.get(pair.index);
      const gathering =
        known ??
        new Gathering({
          rule: 'wb-beyond-ram',
          severity: 'LOW',
          message: `WB variable range #${pair.index} reaches past the last thing in memory, ${hexText(BigInt(top) << 12n)}`,
          remedy: 'shrink it to the RAM: a device that is placed there would be cached and prefetched',
          causes: context.pairCauses(pair),
        });
      if (!known) beyond.set(pair.index, gathering);
      gathering.add(stretch);
    }
  });
  for (const gathering of beyond.values()) {
    yield gathering.finding(isCut, { severity: gathering.pages >= FELT_BEYOND ? 'LOW' : 'INFO' });
  }
}

/** How MTRRs that are off are told: a guest's hypervisor may ignore them, a machine runs without caches. */
function offText(context: CheckContext): Pick<FindingText, 'severity' | 'message' | 'remedy'> {
  const { input, valid } = context;
  const off = 'the MTRRs are off (E=0), so that every page is UC by the manual';
  const filled =
    valid.length > 0
      ? `, although ${counted(valid.length, 'variable range')} ${valid.length === 1 ? 'is' : 'are'} filled in`
      : '';
  if (input.isGuest || (!input.isMetal && valid.length === 0)) {
    return {
      severity: 'LOW',
      message: input.isGuest ? `${off}; the text is of a guest, whose hypervisor may ignore them` : off,
      remedy: input.isGuest
        ? 'normal for a guest; where its hypervisor does honour MTRRs, its firmware has to set bit 11'
        : 'normal for a guest whose hypervisor ignores MTRRs; on a machine the firmware has to set bit 11',
    };
  }
  const { register } = context.cause(MSR_DEF_TYPE);
  return {
    severity: 'HIGH',
    message: `${off}${filled}: ${input.isMetal ? 'no hypervisor is below, and ' : ''}the machine runs without caches`,
    remedy: `the firmware has to set bit 11 of ${register}: look for a setting that switches caches or a compatible mode of the CPU`,
  };
}

/** MTRRs that are off altogether. */
export function* checkEnabled(context: CheckContext): Generator<Finding> {
  if (context.registers.isEnabled) return;
  const whole = [{ start: 0, end: context.registers.frames }];
  const causes = [context.cause(MSR_DEF_TYPE)];
  yield finding({ rule: 'mtrrs-off', ...offText(context), causes }, context.input.memory.ram ?? whole);
}
