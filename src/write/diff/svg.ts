/** `eptsweep diff` as a picture: a lane a side, and one that says where they differ. */
import { compareViews } from '../../diff/index.ts';
import type { OpenedSide } from '../../diff/side.ts';
import { InputRangeError } from '../../errors.ts';
import { clipped } from '../../ranges.ts';
import type { GfnRange, PatType, Want } from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import { evidenceNote } from '../evidence-note.ts';
import type { By } from '../format/range-columns.ts';
import type { Basis } from '../json/basis.ts';
import { drawnWants } from '../map/svg.ts';
import type { PictureOptions } from '../picture/picture-options.ts';
import type { LaneSource } from '../picture/space-cells.ts';
import { spaceSvgLines } from '../picture/space-svg.ts';

/** What is drawn. */
export interface DiffPicture {
  readonly title: string;
  /** How many pages differ, in a line. */
  readonly summary: string;
  /** Where it comes from, in a line that is not drawn. */
  readonly metadata: string;
  readonly basis: Basis;
  readonly want: Want;
  readonly query: Query & { readonly range: GfnRange; readonly pat: PatType };
  readonly by: By;
  /** One a lane; sides that answer the same share one. */
  readonly sides: readonly { readonly label: string; readonly side: OpenedSide }[];
}

/** Lanes of one picture; with more, it is no longer looked at. */
const MOST_LANES = 24;

/** What another program said of all frames, cut to those that are asked for; a view does so itself. */
function sourceOf({ source, view }: OpenedSide): LaneSource {
  if (source === view) return view!;
  return {
    *spansOf(want, query) {
      const range = query!.range!;
      for (const span of source!.spansOf(want, query)) {
        if (span.start >= range.end) return;
        yield* clipped([span], range);
      }
    },
  };
}

/** Pages of a range on which some side answers otherwise than the first; the most that a side has. */
function differingPages(
  { want, query: { pat } }: DiffPicture,
  sides: readonly OpenedSide[],
  range: GfnRange,
) {
  const [first, ...others] = sides;
  const counts = others.map((other) => {
    const areViews = first!.source === first!.view && other.source === other.view;
    const engine = first!.engine === other.engine && areViews ? first!.engine : undefined;
    const [a, b] = engine ? [first!.view!, other.view!] : [sourceOf(first!), sourceOf(other)];
    return Number(compareViews(a, b, want, { range, pat }, engine).pages);
  });
  return Math.max(0, ...counts);
}

/**
 * Lines of the picture.
 *
 * @throws InputError where there is nothing to draw
 */
export function diffSvg(picture: DiffPicture, { scale, width }: PictureOptions): Iterable<string> {
  const [want] = drawnWants([picture.want]);
  const refusing = picture.sides.find(({ side }) => side.fault);
  if (refusing)
    throw new InputRangeError('', `-f svg: ${refusing.label} refuses a register write: nothing to draw`);
  const shown = picture.sides.slice(0, MOST_LANES);
  const sides = shown.map(({ side }) => side);
  const lines = spaceSvgLines({
    title: picture.title,
    subtitles: [picture.summary, ...evidenceNote(picture.basis.evidence)],
    metadata: picture.metadata,
    range: picture.query.range,
    by: picture.by,
    lanes: shown.map(({ label, side }) => ({
      title: label,
      want: want!,
      source: sourceOf(side),
      pat: picture.query.pat,
    })),
    scale,
    width,
    ...(sides.length > 1 && { differing: (range: GfnRange) => differingPages(picture, sides, range) }),
    omitted: picture.sides.length - shown.length,
  });
  if (!lines)
    throw new InputRangeError(
      '',
      '-f svg: a side has too many spans to draw, and cannot count them; give a range',
    );
  return lines;
}
