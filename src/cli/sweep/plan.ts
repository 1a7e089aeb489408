/** `eptsweep sweep plan`: what a campaign will take; nothing runs. */
import { Command } from 'commander';
import { planOf } from '../../sweep/index.ts';
import { documentLines } from '../../write/format/json.ts';
import { planJson, planLines } from '../../write/sweep/plan.ts';
import { addExamples, addOutputOptions, formatOf, type OutputOptions } from '../options.ts';
import { writeLines } from '../output/output.ts';
import { openSpec, SPEC_HELP } from './spec.ts';

async function runPlan(argument: string, options: OutputOptions): Promise<void> {
  const { source, name, campaign } = await openSpec(argument);
  const report = { source, name, campaign, plan: planOf(campaign.spec, campaign) };
  const lines = formatOf(options) === 'json' ? documentLines(planJson(report)) : planLines(report);
  await writeLines(lines, options.output);
}

/** The sub-command. */
export function planCommand(): Command {
  const command = new Command('plan')
    .description('what a campaign will take: points, blocks, about how long and how many bytes; nothing runs')
    .argument('<spec>', SPEC_HELP);
  addOutputOptions(command, ['table', 'json']).action(runPlan);
  return addExamples(
    command,
    '$ eptsweep sweep plan examples/sweep/releases.yaml',
    '$ eptsweep sweep plan examples/sweep/random.yaml -f json',
    "$ echo '{ask: totals, layouts: {presets: all}, axes: {policy: [kvm-4.7..kvm-7.1]}}' | eptsweep sweep plan -",
  );
}
