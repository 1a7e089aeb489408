/**
 * `eptsweep completion`: a script that a shell completes our command lines with. It holds all names, so that nothing
 * is started when Tab is pressed: a Node that loads every command takes 0.1 to 0.3 s (libraries for this, such as
 * @bomb.sh/tab 0.0.22, start the program each time and would need the same values from here).
 */
import { Argument, Command } from 'commander';
import type { LoadCommand } from './completion/tree.ts';
import { addExamples } from './options.ts';
import { singleLines, writeLines } from './output/output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];
type Loaders = Readonly<Record<string, LoadCommand>>;

async function runCompletion(shell: Shell, loaders: Loaders): Promise<void> {
  const [{ commandTree }, { bashLines }, { zshLines }, { fishLines }] = await Promise.all([
    import('./completion/tree.ts'),
    import('./completion/bash.ts'),
    import('./completion/zsh.ts'),
    import('./completion/fish.ts'),
  ]);
  const texts = { bash: bashLines, zsh: zshLines, fish: fishLines }[shell](await commandTree(loaders));
  await writeLines(singleLines(texts));
}

/**
 * The sub-command.
 *
 * @param loaders - of all commands, this one among them
 */
export function completionCommand(loaders: Loaders): Command {
  const command = new Command('completion')
    .description('print a script that lets a shell complete commands, options, presets, policies and files')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => runCompletion(shell, loaders));
  command.addHelpText(
    'after',
    `
To have it in every shell:
  bash   eval "$(eptsweep completion bash)"      in ~/.bashrc
  zsh    eval "$(eptsweep completion zsh)"       in ~/.zshrc, behind compinit
  fish   eptsweep completion fish > ~/.config/fish/completions/eptsweep.fish`,
  );
  return addExamples(
    command,
    '$ eptsweep completion bash',
    '$ eptsweep completion zsh',
    '$ eptsweep completion fish',
  );
}
