/** A register plan for people: the registers, then what is known of them. */

import { type PlannedRange, pairOf, stretchesOf } from '../../fit/index.ts';
import { type GfnRange, typeName, UC } from '../../types.ts';
import { addresses, hexText, pagesText } from '../../words.ts';
import { styled } from '../format/ansi.ts';
import type { Column } from '../format/column.ts';
import { type TextStyle, tableLines } from '../format/table.ts';
import { countOf, type FitReport } from './report.ts';

/** Stretches that a line lists; JSON has more of them. */
const MOST_LISTED = 4;

interface Row {
  readonly register: string;
  readonly type: string;
  readonly range: string;
  readonly size: string;
  readonly base: string;
  readonly mask: string;
}

const COLUMNS: readonly Column<Row>[] = (
  [
    ['register', 'range'],
    ['type', 'type'],
    ['range', 'addresses'],
    ['size', 'size'],
    ['base', 'PHYSBASE'],
    ['mask', 'PHYSMASK'],
  ] as const
).map(([name, title]) => ({
  name,
  title,
  ...(name === 'size' && { align: 'right' as const }),
  text: (row: Row) => row[name],
  value: (row: Row) => row[name],
}));

function listed(ranges: readonly GfnRange[]): string {
  const shown = ranges.slice(0, MOST_LISTED).map(addresses).join(', ');
  return ranges.length > MOST_LISTED ? `${shown} and ${ranges.length - MOST_LISTED} more` : shown;
}

/** What a range matches: its first stretch, and where the others begin. */
function matchedText(range: PlannedRange): string {
  const starts: string[] = [];
  for (const { start } of stretchesOf(range)) {
    if (starts.length > MOST_LISTED) break;
    starts.push(hexText(BigInt(start) << 12n));
  }
  const more = 2 ** (range.repeats ?? []).length - MOST_LISTED;
  const others = starts.slice(1, MOST_LISTED);
  const repeated = others.length === 0 ? '' : `, again at ${others.join(', ')}`;
  const end = range.start + range.frames;
  return `${addresses({ start: range.start, end })}${repeated}${more > 0 ? ` and ${more} more` : ''}`;
}

function rowOf(range: PlannedRange, index: number, maxphyaddr: number): Row {
  const { base, mask } = pairOf(range, maxphyaddr);
  return {
    register: `#${index}`,
    type: typeName(range.type),
    range: matchedText(range),
    size: pagesText(range.frames * 2 ** (range.repeats ?? []).length),
    base: hexText(base),
    mask: hexText(mask),
  };
}

const SOURCES: Readonly<Record<FitReport['source'], string>> = {
  own: 'the map that its registers give',
  given: 'the map that was asked for',
  ram: 'RAM WB, as the memory map says',
};

function rangesText(count: number): string {
  return `${count} variable range${count === 1 ? '' : 's'}`;
}

function neededText({
  fit: { needed, byDefault, counts, holes: search },
  used,
  usedWithHoles,
}: FitReport): string {
  const byType = byDefault.map(({ type, ranges }) => `${typeName(type)} ${countOf(ranges)}`);
  const now = used === undefined ? '' : `, ${used} in use now`;
  const holes = usedWithHoles > 0 ? ` (${usedWithHoles} with a hole in the mask)` : '';
  const contiguous = search ? `, ${countOf(counts.manual)} with contiguous masks` : '';
  return `${needed}${contiguous}${now}${holes}; by default type: ${byType.join(', ')}`;
}

function availableText({ fit: { vcnt, needed, fits }, isCountStated }: FitReport): string {
  const assumed = isCountStated ? '' : ' (assumed: no text says it; --vcnt N)';
  return `${vcnt}${assumed}${fits ? '' : `: ${needed - vcnt} too few`}`;
}

function lostText({ fit, proof: { lost } }: FitReport): string {
  const { lostPages, leastLostPages } = fit;
  const more = lostPages - leastLostPages;
  const least =
    more === 0
      ? `the least ${isBroken(fit) ? 'that was found' : 'possible'}`
      : `${pagesText(more)} more than the least possible, so that RAM from 1 MiB on stays cached`;
  const start = lost[0]?.start === 0 && !fit.holes ? '; no plan that loses so little keeps address 0' : '';
  return `${pagesText(lostPages)} that should be cached stay UC, ${least}: ${listed(lost)}${start}`;
}

function freeText({ proof: { free }, source, isRestStated }: FitReport): string | undefined {
  if (free.size === 0) return undefined;
  const parts = [...free]
    .sort(([a], [b]) => a - b)
    .map(([type, pages]) => `${pagesText(pages)} ${typeName(type)}`);
  const isCached = [...free.keys()].some((type) => type !== UC);
  const hint = isCached && source === 'given' && !isRestStated ? ' (--rest UC keeps them uncached)' : '';
  return `${parts.join(', ')}: pages of which nothing is asked${hint}`;
}

/** Whether a mask has holes. */
function isBroken({ plan }: FitReport['fit']): boolean {
  return plan.ranges.some(({ repeats }) => repeats !== undefined);
}

function kvmText({ fit, proof: { kvm } }: FitReport): string {
  const first = kvm.find(({ differingPages }) => differingPages !== undefined);
  const { counts } = fit;
  const costs = [`right in KVM too takes ${countOf(counts.kvm)} (--for kvm-5.16)`];
  costs.push(`without overlap ${countOf(counts.disjoint)} (--no-overlap)`);
  if (!first) return `a KVM guest has 8 variable ranges, not ${fit.plan.ranges.length}; ${costs.join(', ')}`;
  if (isBroken(fit)) {
    const convex =
      '4.7 to 6.10 take a mask with holes for one range, from its base to the last page that it matches';
    if (first.differingPages === 0n)
      return `${convex}: here that is the same; later releases look at no MTRR`;
    return `${convex}: ${pagesText(first.differingPages!)} otherwise, such as ${addresses(first.ranges[0]!)}; ${costs.join(', ')}`;
  }
  if (first.differingPages === 0n) {
    return '4.7 to 6.10 read this plan as the manual does; later releases look at no MTRR';
  }
  const where = `${pagesText(first.differingPages!)} otherwise, such as ${addresses(first.ranges[0]!)}`;
  return `4.7 to 6.10 read ${where}; ${costs.join(', ')}`;
}

function fixedText({ fit: { plan, fixedCannotHold }, isFixedRefused }: FitReport): string {
  if (plan.fixed) return 'below 1 MiB the fixed ranges hold the map, and take no variable range (FE=1)';
  const below = 'variable ranges hold the map below 1 MiB too';
  if (isFixedRefused) return `off (--no-fixed): ${below}`;
  if (fixedCannotHold) return `off (FE=0): two types meet inside one fixed range, so ${below}`;
  return 'off (FE=0): they would save no variable range';
}

function proofText({ fit, proof }: FitReport): string {
  const outcome = fit.fits ? 'every page is as wanted' : 'no page is cached that should not be';
  const limit = fit.holes?.isCutOff ? 'were tried until a limit' : 'were tried, not every one';
  const tried = fit.holes ? `, sets with holes ${limit}, so that fewer may do` : '';
  return `all sets of ranges with contiguous masks were weighed${tried}; the engine ${proof.engine} evaluated this one: ${outcome}`;
}

function* facts(report: FitReport): Generator<readonly [label: string, text: string]> {
  const { fit, undefinedPages } = report;
  yield ['needed', neededText(report)];
  yield ['available', availableText(report)];
  if (!fit.fits) yield ['lost', lostText(report)];
  yield ['fixed', fixedText(report)];
  const free = freeText(report);
  if (free !== undefined) yield ['free', free];
  if (undefinedPages > 0) {
    yield [
      'undefined',
      `${pagesText(undefinedPages)} are undefined by the manual now; any type will do there`,
    ];
  }
  yield ['KVM', kvmText(report)];
  yield ['proof', proofText(report)];
}

/** Lines for people. */
export function* fitLines(report: FitReport, style: TextStyle = {}): Generator<string, void, undefined> {
  const { name, source, fit } = report;
  const { maxphyaddr, defaultType, ranges } = fit.plan;
  const verdict = fit.fits
    ? rangesText(ranges.length)
    : `does not fit; the best with ${rangesText(fit.vcnt)}`;
  yield `${name}, ${maxphyaddr} address bits, ${SOURCES[source]}: ${verdict}`;
  yield '';
  const rest: Row = {
    register: 'default',
    type: typeName(defaultType),
    range: ranges.length > 0 ? 'all else' : 'all',
    size: '',
    base: '',
    mask: '',
  };
  const rows = [...ranges.map((range, index) => rowOf(range, index, maxphyaddr)), rest];
  for (const line of tableLines(COLUMNS, rows, style)) yield line.trimEnd();
  yield '';
  for (const [label, text] of facts(report)) {
    yield `${styled('bold', label.padEnd(9), style.colour === true)}  ${text}`;
  }
}
