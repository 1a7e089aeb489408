/** The EPT walk to the chosen page, in all lanes. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Painter } from '../draw/painter.ts';
import { type WalkLayout, walkLayout } from '../draw/walk-layout.ts';
import { paintWalk } from '../draw/walk-paint.ts';
import { type WalkTarget, walkTargetAt, walkTargetText } from '../draw/walk-targets.ts';
import type { Walk } from '../worker/protocol.ts';
import { Canvas, pointOf, useWidth } from './canvas.tsx';
import { FailureNote } from './failure-note.tsx';
import { useOpened, usePage } from './page-context.ts';
import { theme } from './theme.ts';
import { useAnswer } from './use-answer.ts';

/** Lanes that stand above one another; more are hard to tell apart. */
const MOST_WALKS = 4;

/** The walk, or how to ask for one. */
export function WalkPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { at, lanes } = page.view.value;
  const [place, width] = useWidth();
  const { answer, failure } = useAnswer(
    'walk',
    at === undefined ? undefined : { machine: machine.machine, lanes: lanes.slice(0, MOST_WALKS), gfn: at },
  );
  return (
    <div ref={place}>
      {at === undefined && <p class="soft">Click a page in the map, or type an address, to walk to it.</p>}
      {failure && <FailureNote failure={failure} />}
      {answer && at !== undefined && width > 0 && <WalkPicture walks={answer} width={width} />}
      {answer && lanes.length > MOST_WALKS && (
        <p class="soft">
          The first {MOST_WALKS} of {lanes.length} lanes.
        </p>
      )}
    </div>
  );
}

function WalkPicture({ walks, width }: { readonly walks: readonly Walk[]; readonly width: number }) {
  const page = usePage();
  const layout = useMemo(() => walkLayout(walks, { width }), [walks, width]);
  const [target, point] = useState<WalkTarget>();
  const colours = theme.value;
  const paint = useCallback(
    (painter: Painter) => paintWalk(painter, colours, layout, target),
    [colours, layout, target],
  );
  const under = (event: MouseEvent) => {
    const { x, y } = pointOf(event);
    return walkTargetAt(layout, x, y);
  };
  return (
    <>
      <div
        role="img"
        aria-label={spoken(layout)}
        onPointerMove={(event) => point(under(event))}
        onPointerLeave={() => point(undefined)}
        onPointerUp={(event) => {
          const found = under(event);
          if (found) page.select(found.range.start, found.lane);
        }}
      >
        <Canvas width={width} height={layout.height} paint={paint} />
      </div>
      <p class="pointed" aria-hidden="true">
        {target
          ? walkTargetText(layout, target)
          : 'Point at an entry to read what lies below it; click to go there.'}
      </p>
      <ul class="sr-only">
        {walks.map((walk) => (
          <li key={walk.title}>{walkText(walk)}</li>
        ))}
      </ul>
    </>
  );
}

const SIZES = { 1: '4K', 2: '2M', 3: '1G' } as const;

/** A walk as a sentence. */
function walkText({ title, tables, leaf, fault }: Walk): string {
  if (fault) return `${title}: ${fault.message}`;
  const way = tables.map(({ level, index }) => `level ${level} entry ${index}`).join(', ');
  return `${title}: ${way}, ${leaf ? `a leaf of ${SIZES[leaf.level]}${leaf.entry ? ` ${leaf.entry}` : ''}` : 'nothing is mapped'}`;
}

function spoken({ walks }: WalkLayout): string {
  return `Tables on the way to the page, in ${walks.length} lanes`;
}
