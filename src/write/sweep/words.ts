/** Words that all formats of campaigns share: sources, values, what was asked. */
import type { Assignment, LayoutSource, PlainValue, SmallFinding, SweepSpec } from '../../sweep/index.ts';
import { counted, countText, pagesText, plural, shellWord, sizeText } from '../../words.ts';

/** What a campaign is called where its spec does not say. */
export interface Titled {
  /** Spec or results folder, as it was given: for the lines that show a point. */
  readonly source: string;
  /** Its name. */
  readonly name: string | undefined;
}

/** What a campaign is called. */
export function titleText({ name, source }: Titled): string {
  return name ?? (source === '-' ? '<stdin>' : source);
}

/** A value of an axis as it is written. */
export function valueText(value: PlainValue): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  return JSON.stringify(value);
}

/** `policy kvm-5.16, cr0cd true`; `as it is` where a combination says nothing. */
export function assignmentText(assignment: Assignment): string {
  const entries = Object.entries(assignment).map(([path, value]) => `${path} ${valueText(value)}`);
  return entries.length > 0 ? entries.join(', ') : 'as it is';
}

/** `25 presets`, `1,000,000,000 random layouts (typical, seed 1)`. */
export function sourceText(source: LayoutSource, count: bigint): string {
  switch (source.kind) {
    case 'presets':
      return plural(source.names.length, 'preset');
    case 'files':
      return plural(source.files.length, 'file');
    case 'random':
      return `${countText(count)} random layouts (${source.of}, seed ${source.seed}, ${source.ranges.join('..')} ranges, ${source.maxphyaddr} address bits)`;
    case 'enumerate':
      return `${countText(count)} layouts of a grid (${source.ranges.join('..')} ranges below ${sizeText(BigInt(source.below))}, ${source.maxphyaddr} address bits)`;
  }
}

/** `compare ept with sdm`, `totals of ept`. */
export function askText({ ask, against, want }: SweepSpec): string {
  if (ask === 'compare') return `compare ${want} with ${against}`;
  return ask === 'check' || ask === 'oracle' ? ask : `${ask} of ${want}`;
}

/** A share in percent, short where it is small or all. */
export function shareText(part: bigint, whole: bigint): string {
  if (whole === 0n) return '-';
  const percent = Number((part * 1_000_000n) / whole) / 10_000;
  return `${percent >= 10 || percent === 0 ? percent.toFixed(1) : percent.toPrecision(2)} %`;
}

/** `2 ranges, 4 pages (16K): UC>WB 4`. */
export function smallFindingText({ registers, pages, text, point }: SmallFinding): string {
  const size = pages === '0' ? '' : `, ${countText(BigInt(pages))} pages (${pagesText(BigInt(pages))})`;
  return `point ${point}: ${counted(registers, 'range')}${size}: ${text}`;
}

/** The line that shows a point again. */
export function showLine(source: string, point: string, { ask, against, want }: SweepSpec): string {
  const show = `eptsweep sweep show ${shellWord(source)} ${point}`;
  if (ask !== 'compare') return show;
  return `${show} | eptsweep diff - --against policy:${against}${want === 'ept' ? '' : ` --want ${want}`}`;
}
