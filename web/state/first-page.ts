/** The page that is asked about while nobody has chosen one. */
import type { PatType, Want } from '../../src/index.ts';
import { typeNamed } from '../draw/type-names.ts';
import type { Lane, LaneCells, Machine, MemoryRow } from '../worker/protocol.ts';
import type { Ask } from './worker-client.ts';

const WB = typeNamed('WB');

/** The first frame of RAM that a lane does not write back, of its cells that hold one answer. */
function notWrittenBack({ cells }: LaneCells, memory: readonly MemoryRow[]): number | undefined {
  const rows = memory.filter(({ kind }) => kind === 'ram');
  for (const { start, end, parts } of cells) {
    if (parts.length !== 1 || parts[0]!.type === WB) continue;
    const row = rows.find((one) => one.start < end && start < one.end);
    if (row) return Math.max(row.start, start);
  }
  return undefined;
}

/**
 * Finds the page that says most: where a lane first differs from the reference, else RAM whose MTRR type is not WB.
 *
 * @returns a frame; 0 where there is neither
 */
export async function pageToAsk(
  ask: Ask,
  { machine, memory }: Machine,
  view: { readonly lanes: readonly Lane[]; readonly want: Want; readonly pat: PatType },
): Promise<number> {
  const { lanes, want, pat } = view;
  if (lanes.length > 1) {
    const found = await ask('seek', {
      machine,
      lanes,
      want,
      pat,
      from: -1,
      to: 'difference',
      direction: 'next',
    });
    if (found !== null) return found;
  }
  if (!memory.some(({ kind }) => kind === 'ram')) return 0;
  const map = await ask('map', { machine, lanes: lanes.slice(0, 1), want: 'mtrr' });
  return (map.lanes[0] && notWrittenBack(map.lanes[0], memory)) ?? 0;
}
