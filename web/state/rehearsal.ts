/**
 * The first dump is drawn as soon as the tenth: while nobody has given one, a short log is opened and its map painted on
 * a canvas that nobody sees. The browser compiles the readers, the engine's part of it and the painter by that, and
 * loads the fonts of the map.
 */
import { type MapLayout, mapLayout, mapScene } from '../draw/map-layout.ts';
import type { Page } from './page.ts';
import { FIRST_VIEW, usualLanes } from './view-state.ts';

/** Most lines of a log concern nobody: so many that reading them is compiled. */
const OTHER_LINES = '[    0.100000] pci 0000:00:1f.0: [8086:a0a0] type 00 class 0x060100\n'.repeat(500);
const LOG = `${OTHER_LINES}BIOS-e820: [mem 0x0000000000000000-0x000000003fffffff] usable
BIOS-e820: [mem 0x0000000040000000-0x000000004fffffff] reserved
MTRR default type: uncachable
MTRR fixed ranges enabled:
  00000-9FFFF write-back
  A0000-BFFFF uncachable
  C0000-FFFFF write-protect
MTRR variable ranges enabled:
  0 base 0000000000 mask FFC0000000 write-back
  1 base 0020000000 mask FFFFF00000 write-combining
  2 disabled
`;
const WIDTH = 800;

/**
 * Opens, paints and closes again; nothing of it is shown, and it ends where somebody gives a text.
 *
 * @param paint - paints where nobody sees it
 * @throws Refusal
 */
export async function rehearse(
  { ask, phase, catalogue }: Page,
  paint: (layout: MapLayout) => void,
): Promise<void> {
  const isFree = () => phase.value.kind === 'empty';
  if (!isFree()) return;
  const opened = await ask('open', { input: { name: 'rehearsal', text: LOG } });
  const { machine, frames, memory } = opened;
  try {
    if (!isFree()) return;
    const lanes = usualLanes(opened, catalogue.value);
    const map = await ask('map', { machine, lanes, want: FIRST_VIEW.want });
    if (!isFree()) return;
    const registers = await ask('registers', { machine });
    if (!isFree()) return;
    const model = { space: { start: 0, end: frames }, memory, registers: registers.bars, lanes: map.lanes };
    paint(mapLayout(mapScene(model, FIRST_VIEW.scale), { width: WIDTH }));
  } finally {
    await ask('close', { machine });
  }
}
