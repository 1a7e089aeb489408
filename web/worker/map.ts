/** The lanes of a map, side by side; a lane that cannot be opened says why and leaves the others alone. */
import { frameCount, type View, WB } from '../../src/index.ts';
import { requireWantOn } from '../../src/policy/index.ts';
import { type CellQuestion, cellsOf, withDifferences } from './cells.ts';
import { failureOf } from './failure.ts';
import type { OpenLane } from './machine.ts';
import { type Lane, type LaneCells, type LaneMap, type MapQuestion, MOST_CELLS } from './protocol.ts';

/** Opens a lane of a question. */
export type LaneOpener = (lane: Lane) => Promise<OpenLane>;

/** @throws InputError where the policy has no answer to the want */
function askable(lane: OpenLane, question: Pick<MapQuestion, 'want'>): View {
  requireWantOn(lane.policy, lane.opened.vm.host.vendor, question.want);
  return lane.view;
}

/** Whether two views answer about the same frames. */
function isComparable(a: View, b: View): boolean {
  return a.vcpu.maxphyaddr === b.vcpu.maxphyaddr;
}

async function laneCells(
  lane: Lane,
  isFirst: boolean,
  reference: Lane,
  asked: MapQuestion,
  open: LaneOpener,
): Promise<LaneCells> {
  let title = lane.policy;
  try {
    const opened = await open(lane);
    title = opened.title;
    const view = askable(opened, asked);
    const question = questionOf(asked, view);
    const made = cellsOf(view, question);
    const other = isFirst ? undefined : await comparedView(reference, asked, open);
    const cells =
      other && isComparable(view, other) ? withDifferences(made, view, other, question) : made.cells;
    return { lane, title, cells, isExact: made.isExact };
  } catch (error) {
    return { lane, title, cells: [], isExact: true, fault: failureOf(error) };
  }
}

/** The view of the first lane; undefined where that cannot be asked. */
async function comparedView(
  reference: Lane,
  asked: MapQuestion,
  open: LaneOpener,
): Promise<View | undefined> {
  try {
    return askable(await open(reference), asked);
  } catch {
    return undefined;
  }
}

/** The question with its defaults, cut to the view's own space: another machine may have a smaller one. */
function questionOf(asked: MapQuestion, { vcpu }: View): CellQuestion {
  const { want, pat = WB, most = MOST_CELLS, cut = 'even' } = asked;
  const frames = frameCount(vcpu.maxphyaddr);
  const { start = 0, end = frames } = asked.range ?? {};
  return { want, pat, most, cut, range: { start: Math.min(start, frames), end: Math.min(end, frames) } };
}

/**
 * The map.
 *
 * @param frames - of the machine that the question is about
 */
export async function mapOf(question: MapQuestion, frames: number, open: LaneOpener): Promise<LaneMap> {
  const { lanes: asked, range = { start: 0, end: frames } } = question;
  const [reference] = asked;
  const lanes: LaneCells[] = [];
  // One after the other: each is opened and asked before the next can take its place.
  for (const [index, lane] of asked.entries()) {
    lanes.push(await laneCells(lane, index === 0, reference!, question, open));
  }
  return { range, lanes };
}
