/** The map: what lies in memory, what speaks for it, what each lane answers. */
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { mapLegend } from '../draw/legend-items.ts';
import { type MapLayout, mapLayout } from '../draw/map-layout.ts';
import { type MapMarks, paintMap } from '../draw/map-paint.ts';
import { type MapTarget, mapTargetAt, mapTargetText } from '../draw/map-targets.ts';
import type { Painter } from '../draw/painter.ts';
import { Canvas, type Point, pointOf, useWidth } from './canvas.tsx';
import { FailureNote } from './failure-note.tsx';
import { lazily } from './lazily.tsx';
import { Legend } from './legend.tsx';
import { centreMap, panMap, shownMap, zoomMap } from './map-control.ts';
import { MapToolbar } from './map-toolbar.tsx';
import { usePage } from './page-context.ts';
import { theme } from './theme.ts';
import { type ShownMap, useMap } from './use-map.ts';

const PrintedMap = lazily(async () => (await import('./printed.tsx')).PrintedMap);

/** The map with its tools. */
export function MapPanel() {
  const shown = useMap();
  const [place, width] = useWidth();
  return (
    <section class="map" aria-labelledby="map-title">
      <h2 id="map-title" class="sr-only">
        Map
      </h2>
      <MapToolbar isCounted={shown.isCounted} />
      <div ref={place} class="map-place">
        {shown.failure && <FailureNote failure={shown.failure} />}
        {width > 0 && shown.scene && <MapPicture shown={shown} width={width} />}
      </div>
    </section>
  );
}

/** Pixels that a pointer may move in a click. */
const STILL = 4;

function MapPicture({ shown, width }: { readonly shown: ShownMap; readonly width: number }) {
  const page = usePage();
  const { window, at, lane } = page.view.value;
  const scene = shown.scene!;
  const layout = useMemo(
    () => mapLayout(scene, { width, ...(window && { window }) }),
    [scene, width, window],
  );
  shownMap.layout = layout;
  const [target, point] = useState<MapTarget>();
  const hover = hoverOf(target);
  const marks: MapMarks = {
    lane,
    ...(at !== undefined && { selected: at }),
    ...(hover && { hover }),
  };
  const colours = theme.value;
  const paint = useCallback(
    (painter: Painter) => paintMap(painter, colours, layout, marks),
    [colours, layout, at, lane, hover?.gfn, hover?.lane],
  );
  const drag = useDrag(layout);
  const text = target ? mapTargetText(scene.model, target) : '';
  return (
    <>
      {/* The keys are the page's own; the canvas takes the focus so that they are found. */}
      <div
        class={`map-picture${drag.isDragged ? ' dragged' : ''}`}
        role="application"
        aria-roledescription="memory map"
        aria-label={`Map of ${scene.model.lanes.length} lanes. Brackets go from boundary to boundary, d to the next difference, Enter explains; the panel Spans has it as a table.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is one control, which keys work on
        tabIndex={0}
        onPointerDown={drag.begin}
        onPointerMove={(event) => {
          if (!drag.move(event)) point(mapTargetAt(layout, pointOf(event).x, pointOf(event).y));
        }}
        onPointerUp={(event) => {
          if (drag.end(event)) choose(page, layout, pointOf(event));
        }}
        onPointerCancel={drag.cancel}
        onPointerLeave={() => point(undefined)}
        onDblClick={(event) => zoomMap(page, 0.4, pointOf(event).x)}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          zoomMap(page, event.deltaY < 0 ? 0.8 : 1.25, pointOf(event).x);
        }}
      >
        <Canvas width={width} height={layout.height} paint={paint} />
      </div>
      <ul class="sr-only">
        {scene.model.lanes.map(
          ({ title, fault }) => fault && <li key={title}>{`${title}: ${fault.message}`}</li>,
        )}
      </ul>
      <p class="pointed" aria-hidden="true">
        {text === '' ? 'Point at something to read what it is; click to ask why.' : text}
      </p>
      <Legend items={mapLegend(layout)} />
      <PrintedMap scene={scene} />
    </>
  );
}

function hoverOf(target: MapTarget | undefined): MapMarks['hover'] | undefined {
  if (!target || target.kind === 'title' || target.kind === 'overview') return undefined;
  return { gfn: target.gfn, ...(target.kind === 'cell' && { lane: target.lane }) };
}

/** What a click does. */
function choose(page: ReturnType<typeof usePage>, layout: MapLayout, { x, y }: Point): void {
  const target = mapTargetAt(layout, x, y);
  if (!target) return;
  switch (target.kind) {
    case 'title':
      page.look({ lane: target.lane });
      break;
    case 'overview':
      centreMap(page, target.gfn);
      break;
    case 'cell':
      page.select(target.gfn, target.lane);
      break;
    default:
      page.select(target.gfn);
  }
  page.say(mapTargetText(layout.scene.model, target));
}

/** Dragging the map sideways moves its window. */
function useDrag(layout: MapLayout) {
  const page = usePage();
  const last = useRef<{ x: number; moved: number } | undefined>(undefined);
  const [isDragged, setDragged] = useState(false);
  const stop = () => {
    last.current = undefined;
    setDragged(false);
  };
  return {
    isDragged,
    begin: (event: PointerEvent) => {
      if (event.button !== 0) return;
      last.current = { x: event.clientX, moved: 0 };
    },
    /** @returns whether it is a drag */
    move: (event: PointerEvent): boolean => {
      const from = last.current;
      if (!from) return false;
      const by = event.clientX - from.x;
      if (from.moved + Math.abs(by) < STILL) return false;
      if (from.moved < STILL) {
        (event.currentTarget as Element).setPointerCapture(event.pointerId);
        setDragged(true);
      }
      last.current = { x: event.clientX, moved: from.moved + Math.abs(by) };
      const isOverview = pointOf(event).y < layout.axis.y;
      panMap(page, isOverview ? by : -by);
      return true;
    },
    /** @returns whether it was a click */
    end: (_event: PointerEvent): boolean => {
      const wasClick = last.current !== undefined && last.current.moved < STILL;
      stop();
      return wasClick;
    },
    cancel: stop,
  };
}
