/** What of a legend a map needs. */
import { LOOKS, type Look } from '../../src/write/format/svg-palette.ts';
import type { LegendItem } from './legend.ts';
import type { MapLayout } from './map-layout.ts';
import { partLook, typeLook } from './models.ts';
import type { WalkLayout } from './walk-layout.ts';

const ORDER = Object.keys(LOOKS) as Look[];

function ordered(looks: ReadonlySet<Look>, rest: readonly (readonly [LegendItem, boolean])[]): LegendItem[] {
  return [
    ...ORDER.filter((look) => looks.has(look)),
    ...rest.filter(([, isThere]) => isThere).map(([item]) => item),
  ];
}

/** The items of what a map shows. */
export function mapLegend({ lanes, registers }: MapLayout): LegendItem[] {
  const cells = lanes.flatMap((lane) => lane.cells);
  const bars = registers.flatMap((row) => row.placed.map(({ item }) => item));
  const parts = cells.flatMap((cell) => cell.parts);
  return ordered(new Set([...parts.map(partLook), ...bars.map(({ type }) => typeLook(type))]), [
    ['IPAT', parts.some(({ ipat }) => ipat === 1)],
    ['mixed', cells.some((cell) => cell.parts.length > 1)],
    ['differing', lanes.some(({ differing }) => differing.length > 0)],
    ['holes', bars.some(({ hasHoles }) => hasHoles)],
    ['off', bars.some(({ isEnabled }) => !isEnabled)],
  ]);
}

/** The items of what a walk shows. */
export function walkLegend({ levels }: WalkLayout): LegendItem[] {
  const strips = levels.flatMap((level) => level.strips);
  const runs = strips.flatMap((strip) => strip.runs.map(({ run }) => run));
  const parts = [...runs, ...strips.flatMap(({ whole }) => whole ?? [])].flatMap((one) => one.parts);
  const looks = new Set(parts.map(partLook));
  if (runs.some(({ kind }) => kind === 'none')) looks.add('not mapped');
  return ordered(looks, [
    ['IPAT', parts.some(({ ipat }) => ipat === 1)],
    ['mixed', runs.some((run) => run.parts.length > 1)],
    ['differing', strips.some(({ differing }) => differing.length > 0)],
    ['table', runs.some(({ kind }) => kind === 'table')],
  ]);
}
