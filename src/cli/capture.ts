/** `eptsweep capture`: the commands that collect what a machine's memory types follow from. */
import { Command } from 'commander';
import { didYouMean } from '../suggest.ts';
import { captureLines, RECIPES } from '../write/registers/capture.ts';
import { addExamples } from './options.ts';
import { UsageError } from './output/exit.ts';
import { writeLines } from './output/output.ts';

/** Short words for recipes with longer names. */
const ALIASES: Readonly<Record<string, string>> = { qemu: 'qemu-hmp', hmp: 'qemu-hmp', ovmf: 'edk2' };

async function runCapture(name: string | undefined, options: { readonly output?: string }): Promise<void> {
  const wanted = name === undefined ? undefined : (ALIASES[name] ?? name);
  const lines = captureLines(wanted);
  if (!lines) {
    const names = RECIPES.map((recipe) => recipe.name);
    const hint = didYouMean(name!, names) ?? `known: ${names.join(', ')}`;
    throw new UsageError(`no recipe "${name}" (${hint})`);
  }
  await writeLines(lines, options.output);
}

/** The sub-command. */
export function captureCommand(): Command {
  const command = new Command('capture')
    .description('print the commands that collect what is needed, to be run where the machine is')
    .argument('[where]', `${RECIPES.map(({ name }) => name).join(', ')}; default: all`)
    .option('-o, --output <file>', 'write to a file; it appears whole or not at all')
    .action(runCapture);
  return addExamples(
    command,
    '$ eptsweep capture linux',
    '$ eptsweep capture windbg',
    'eptsweep capture linux | ssh root@host sh; ssh root@host cat memory-types.txt | eptsweep check -',
  );
}
