/** What is printed: the map as SVG with its explanation, as wide as paper. */
import { useEffect, useState } from 'preact/hooks';
import { type MapScene, mapLayout } from '../draw/map-layout.ts';
import { mapSheet } from '../draw/sheet.ts';
import type { Machine, Why } from '../worker/protocol.ts';
import { laneTitle } from './map-toolbar.tsx';
import { useOpened, usePage } from './page-context.ts';

/** Pixels across a page of A4. */
const PAPER = 1000;

/** The sheet, as the printer sees it. */
export function PrintedMap({ scene }: { readonly scene: MapScene }) {
  const page = usePage();
  const { machine } = useOpened();
  const view = page.view.value;
  const { window, at, lane, lanes, pat } = view;
  const [isPrinting, setPrinting] = useState(() => matchMedia('print').matches);
  const [why, setWhy] = useState<Why>();
  useEffect(() => {
    const media = matchMedia('print');
    const follow = () => setPrinting(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  const asked = lanes[lane];
  useEffect(() => {
    if (at === undefined || !asked) return setWhy(undefined);
    page
      .ask('explain', { machine: machine.machine, lane: asked, gfn: at, pat })
      .then(setWhy, () => setWhy(undefined));
  }, [at, asked, machine, pat]);
  if (!isPrinting) return null;
  const layout = mapLayout(scene, { width: PAPER, ...(window && { window }) });
  const svg = mapSheet(
    {
      title: machine.name,
      subtitles: [
        lanes.map((lane) => laneTitle(lane, page.companions.value)).join('; '),
        assumptionsOf(machine),
      ].filter((line) => line !== ''),
      explanation: why?.lines ?? [],
    },
    layout,
    { lane, ...(at !== undefined && { selected: at }) },
  );
  return (
    <img
      class="printed"
      alt={`Map of ${machine.name}`}
      src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
    />
  );
}

function assumptionsOf({ evidence }: Machine): string {
  return evidence
    .filter(({ level }) => level !== 'read')
    .map(({ level, what }) => `${level}: ${what}`)
    .join('; ');
}
