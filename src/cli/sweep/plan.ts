/** `eptsweep sweep plan`: what a campaign will take; nothing runs. */
import { Command } from 'commander';
import { planOf } from '../../sweep/index.ts';
import { documentLines } from '../../write/format/json.ts';
import { planJson, planLines } from '../../write/sweep/plan.ts';
import {
  addExamples,
  addOutputOptions,
  addProgressOptions,
  addRefusals,
  formatOf,
  type OutputOptions,
} from '../options.ts';
import { writeAnswer } from '../output/answer.ts';
import { type OpenedSpec, openSpec, SPEC_HELP, SPEC_REFUSALS } from './spec.ts';

/** Prints what a campaign will take. @param file - as `-o` gives it */
export async function printPlan(opened: OpenedSpec, isJson: boolean, file?: string): Promise<void> {
  const report = { ...opened, plan: planOf(opened.campaign.spec, opened.campaign) };
  await writeAnswer(isJson ? documentLines(planJson(report)) : planLines(report), {
    format: isJson ? 'json' : 'text',
    ...(file !== undefined && { output: file }),
  });
}

async function runPlan(argument: string, options: OutputOptions): Promise<void> {
  await printPlan(await openSpec(argument), formatOf(options) === 'json', options.output);
}

/** The sub-command. */
export function planCommand(): Command {
  const command = new Command('plan')
    .description('what a campaign will take: points, blocks, about how long and how many bytes; nothing runs')
    .argument('<spec>', SPEC_HELP);
  addOutputOptions(command, ['table', 'json']).action(runPlan);
  addProgressOptions(command);
  addRefusals(command, SPEC_REFUSALS);
  return addExamples(
    command,
    '$ eptsweep sweep plan examples/sweep/releases.yaml',
    '$ eptsweep sweep plan examples/sweep/random.yaml -f json',
    "$ echo '{ask: totals, layouts: {presets: all}, axes: {policy: [kvm-4.7..kvm-7.1]}}' | eptsweep sweep plan -",
  );
}
