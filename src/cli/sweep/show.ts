/** `eptsweep sweep show`: the config of one point, with the lines that tell more of it. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Evaluator } from '../../engine/index.ts';
import { openWorld } from '../../open/sweep/world.ts';
import { policy } from '../../policy/index.ts';
import { type Case, caseAt, isRefusal, type SweepSpec } from '../../sweep/index.ts';
import { addressText, countText, shellWord } from '../../words.ts';
import { configLines } from '../../write/registers/config-yaml.ts';
import { assignmentText } from '../../write/sweep/words.ts';
import { addExamples, addProgressOptions, addRefusals } from '../options.ts';
import { UsageError } from '../output/exit.ts';
import { writeLines } from '../output/output.ts';
import { openSpec, SPEC_HELP, SPEC_REFUSALS } from './spec.ts';

interface ShowOptions {
  readonly output?: string;
}

function pointNumber(text: string, points: bigint): bigint {
  if (/^\d{1,40}$/.test(text) && BigInt(text) < points) return BigInt(text);
  throw new UsageError(`point "${text}": expected a number 0..${points - 1n}`);
}

/** The vCPU that differs, or the first; and the first frame that differs. */
function shownVcpu(evaluator: Evaluator, { ask, against, want }: SweepSpec, one: Case) {
  const [first] = one.vcpus;
  for (const asked of ask === 'compare' ? one.vcpus : []) {
    const own = evaluator.view(asked.vcpu, one.policy);
    const other = own.sibling(asked.vcpu, policy(against!));
    const [difference] = evaluator.compare(other, own, want).spans();
    own.dispose();
    other.dispose();
    if (difference) return { asked, frame: difference.start };
  }
  return { asked: first!, frame: undefined };
}

/** What to do with the config: the lines stand in it as comments. */
function* furtherLines(
  { ask, against, want }: SweepSpec,
  { layout, assignment }: Case,
  file: string,
  frame: number | undefined,
): Generator<string> {
  const word = shellWord(file);
  yield `eptsweep explain ${word} ${addressText(frame ?? 0)}`;
  if (ask === 'compare') {
    yield `eptsweep diff ${word} --against policy:${against}${want === 'ept' ? '' : ` --want ${want}`}`;
  } else if (ask === 'check') {
    // A dump says more than a config has a place for: what is RAM, and where it is wrong.
    yield `eptsweep check ${Object.keys(assignment).length === 0 ? shellWord(layout) : word}`;
  } else yield `eptsweep map ${word} --want ${want}`;
}

async function runShow(argument: string, number: string, { output }: ShowOptions): Promise<void> {
  const { campaign, source } = await openSpec(argument);
  const { spec, points } = campaign;
  const point = pointNumber(number, points);
  const world = await openWorld({ readFile: (name) => readFile(name) });
  try {
    const one = await caseAt(spec, point, world);
    if (!one) throw new UsageError(`point ${point} is excluded`);
    if (isRefusal(one))
      throw new UsageError(`point ${point}, ${one.layout}: it cannot be asked: ${one.problem}`);
    const { asked, frame } = shownVcpu(world.evaluator, spec, one);
    const file = output ?? `point-${point}.yaml`;
    const comments = [
      `point ${countText(point)} of ${source === '-' ? 'a campaign' : source}: ${one.layout}, vCPU ${asked.id}, ${assignmentText(one.assignment)}`,
      ...furtherLines(spec, one, file, frame),
    ];
    await writeLines(configLines(`${one.layout} (point ${point})`, asked.vcpu, one.policy, comments), output);
  } finally {
    world[Symbol.dispose]();
  }
}

/** The sub-command. */
export function showCommand(): Command {
  const command = new Command('show')
    .description(
      'print the config of one point of a campaign, as YAML, with the lines that explain what it gets',
    )
    .argument('<spec>', `${SPEC_HELP}, or a folder of results`)
    .argument('<point>', 'its number, as rows and summaries print it')
    .option('-o, --output <file>', 'write to a file; it appears whole or not at all')
    .action(runShow);
  addProgressOptions(command);
  addRefusals(command, SPEC_REFUSALS);
  return addExamples(
    command,
    '$ eptsweep sweep show examples/sweep/random.yaml 19',
    '$ eptsweep sweep show examples/sweep/random.yaml 19 | eptsweep diff - --against policy:sdm || test $? = 1',
  );
}
