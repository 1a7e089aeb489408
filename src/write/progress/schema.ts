/** The shape of a line of `--progress json`. */
import { COUNT, described, exactly, type JsonSchema, object, orNull, TEXT } from '../json/json-schema.ts';
import { PAGES, published } from '../json/vocabulary-schema.ts';

/** Schema of the line. */
export function progressSchema(): JsonSchema {
  return published(
    'eptsweep/progress@1',
    'A line on standard error: how far a job is, by --progress json.',
    object(
      {
        schema: exactly('eptsweep/progress@1'),
        command: TEXT,
        unit: described(TEXT, 'What is counted: pages, bytes, inputs, events, blocks, VMs, sides, ...'),
        done: COUNT,
        total: described(orNull(COUNT), 'null where nobody knows.'),
        perSecond: COUNT,
        seconds: described({ type: 'number', minimum: 0 }, 'Since this run began.'),
        secondsLeft: orNull(COUNT),
      },
      {
        pointsPerSecond: described(COUNT, 'Of sweep.'),
        failed: described(COUNT, 'Of sweep: blocks that were given up.'),
        findings: described(PAGES, 'Of sweep.'),
      },
    ),
  );
}
