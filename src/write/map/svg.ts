/** `eptsweep map` as a picture of the address space. */

import { InputRangeError } from '../../errors.ts';
import { typeName } from '../../types.ts';
import { countText, pagesText } from '../../words.ts';
import { basisText } from '../json/basis.ts';
import type { Bar } from '../picture/bars-svg.ts';
import type { PictureOptions } from '../picture/picture-options.ts';
import { type DrawnWant, drawnOf } from '../picture/space-cells.ts';
import { spaceSvgLines } from '../picture/space-svg.ts';
import { type MapJob, mapBasis } from './job.ts';
import { headline, TOTAL_TITLES, totalText } from './text.ts';

/** The wants that can be drawn. */
export function drawnWants(wants: readonly string[]): readonly DrawnWant[] {
  if (wants.includes('leaf')) {
    throw new InputRangeError(
      '',
      '-f svg draws mtrr, ept, effective and levels, not single leaf entries (--want)',
    );
  }
  return wants as readonly DrawnWant[];
}

function bars({ view, wants, query }: MapJob): Bar[] {
  return drawnWants(wants).flatMap((want) =>
    view.totals(want, query).map((total) => ({
      name: `${TOTAL_TITLES[want]} ${totalText(total)}`,
      value: Number(total.pages),
      text: `${pagesText(total.pages)}, ${countText(total.pages)} page${total.pages === 1n ? '' : 's'}`,
      shortText: pagesText(total.pages),
      ...drawnOf(want, total),
    })),
  );
}

const LANE_TITLES = { mtrr: 'MTRR type', ept: 'EPT type', levels: 'mapping level' } as const;

/**
 * Lines of the picture.
 *
 * @throws InputError where a leaf entry is wanted
 */
export function mapSvg(job: MapJob, { scale, width }: PictureOptions): Iterable<string> {
  const { vm, view, wants, query, by } = job;
  const pat = query.pat!;
  const text = headline(job);
  const lanes = drawnWants(wants).map((want) => ({
    title:
      want === 'effective'
        ? `effective type of an access through PAT type ${typeName(pat)}`
        : LANE_TITLES[want],
    want,
    source: view,
    pat,
  }));
  const lines = spaceSvgLines({
    title: `${vm.name}: memory types by address`,
    subtitles: [text.slice(text.indexOf(': ') + 2)],
    metadata: basisText(mapBasis(job)),
    range: query.range!,
    by,
    lanes,
    scale,
    width,
    bars: query.range!.end > query.range!.start ? bars(job) : [],
  });
  return lines!;
}
