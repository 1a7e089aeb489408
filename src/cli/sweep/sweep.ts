/** `eptsweep sweep`: campaigns, a command each for what is done with them. */
import { Command } from 'commander';

/** Name and loader of each command behind `sweep`, in the order of the help. */
export const SWEEP_COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  plan: async () => (await import('./plan.ts')).planCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  work: async () => (await import('./work.ts')).workCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  merge: async () => (await import('./merge.ts')).mergeCommand(),
  sql: async () => (await import('./sql.ts')).sqlCommand(),
  retry: async () => (await import('./retry.ts')).retryCommand(),
  show: async () => (await import('./show.ts')).showCommand(),
};

/** The command with all that stand behind it. */
export async function sweepCommand(): Promise<Command> {
  const command = new Command('sweep').description(
    'campaigns over many layouts, machines and kernels: on threads, job arrays or a queue',
  );
  for (const load of Object.values(SWEEP_COMMANDS)) command.addCommand(await load());
  return command.helpCommand('help [command]', 'print the help of a command');
}
