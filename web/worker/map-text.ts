/** A map in one of the program's formats. */
import { MAP_LIMITS, mapJob, mapWants } from '../../src/answer/index.ts';
import { type Evaluator, frameCount, WB } from '../../src/index.ts';
import { restingOn } from '../../src/open/index.ts';
import { mapLines } from '../../src/write/index.ts';
import type { OpenLane } from './machine.ts';
import type { Questions } from './protocol.ts';

/** Lines of a map in one of the program's formats. */
export async function mapText(
  evaluator: Evaluator,
  { opened: input, policy, index }: OpenLane,
  ask: Questions['export']['ask'],
): Promise<Iterable<string>> {
  const { pat = WB, format, limit = MAP_LIMITS[format], range } = ask;
  const wants = mapWants(input, policy, ask.wants);
  const { opened } = restingOn(input, [policy], wants);
  const whole = { start: 0, end: frameCount(opened.vm.maxphyaddr) };
  const job = await mapJob(opened, evaluator, {
    ...{ policy, index, wants, pat, limit },
    range: range ?? whole,
    by: 'gpa',
  });
  return disposing(job.view, mapLines(job, format));
}

/** Lines whose view goes with the last of them. */
function* disposing(view: { dispose(): void }, lines: Iterable<string>): Generator<string, void, undefined> {
  try {
    yield* lines;
  } finally {
    view.dispose();
  }
}
