/** `eptsweep map` as a picture of the address space. */

import type { View } from '../../engine/index.ts';
import { InputRangeError } from '../../errors.ts';
import { wantsOf } from '../../policy/index.ts';
import { common, overlap, without } from '../../ranges.ts';
import { type GfnRange, type Total, typeName, UC } from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import { countText, pagesText } from '../../words.ts';
import { evidenceNote } from '../evidence-note.ts';
import { basisText } from '../json/basis.ts';
import type { Bar } from '../picture/bars-svg.ts';
import type { PictureOptions } from '../picture/picture-options.ts';
import { type DrawnWant, drawnOf, type Lane, type LaneSource } from '../picture/space-cells.ts';
import { spaceSvgLines } from '../picture/space-svg.ts';
import { type MapJob, mapBasis } from './job.ts';
import { factLines } from './machine.ts';
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

/** Types as they are outside system management mode: SMRAM is UC whatever the MTRRs say. */
function smramSource(view: View, smram: GfnRange): LaneSource {
  const outside = ({ range }: Query): readonly GfnRange[] => without(range ? [range] : [], [smram]);
  return {
    *spansOf(_, query = {}) {
      const inside = common(query.range!, smram);
      const before = outside(query).filter(({ end }) => end <= smram.start);
      for (const range of before) yield* view.spansOf('mtrr', { ...query, range });
      if (inside) yield { ...inside, type: UC };
      for (const range of outside(query).filter(({ start }) => start >= smram.end))
        yield* view.spansOf('mtrr', { ...query, range });
    },
    totals(_, query = {}) {
      const inside = common(query.range!, smram);
      const totals: Total[] = outside(query).flatMap((range) => view.totals('mtrr', { ...query, range }));
      return inside ? [...totals, { type: UC, pages: BigInt(inside.end - inside.start) }] : totals;
    },
  };
}

/** A lane of its own for SMRR, where the policy knows MTRR types and SMRAM is in sight. */
function smramLanes({ host, view, query }: MapJob): Lane[] {
  const smram = host?.smram;
  if (!smram || !overlap(query.range!, smram) || !wantsOf(view.policy).includes('mtrr')) return [];
  const title = 'MTRR type with SMRR, outside system management mode';
  return [{ title, want: 'mtrr', source: smramSource(view, smram), pat: query.pat! }];
}

/**
 * Lines of the picture.
 *
 * @throws InputError where a leaf entry is wanted
 */
export function mapSvg(job: MapJob, { scale, width }: PictureOptions): Iterable<string> {
  const { vm, view, wants, query, by } = job;
  const pat = query.pat!;
  const text = headline(job);
  const answers: Lane[] = drawnWants(wants).map((want) => ({
    title:
      want === 'effective'
        ? `effective type of an access through PAT type ${typeName(pat)}`
        : LANE_TITLES[want],
    want,
    source: view,
    pat,
  }));
  const lanes = [...answers, ...smramLanes(job)];
  const lines = spaceSvgLines({
    title: `${vm.name}: memory types by address`,
    subtitles: [text.slice(text.indexOf(': ') + 2), ...factLines(job), ...evidenceNote(job.evidence)],
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
