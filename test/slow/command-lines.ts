/** A command line for each command: those that are added join by the first example of their help, or by a line here. */
import type { Command } from 'commander';
import { COMMANDS } from '../../src/cli/commands.ts';
import { lineOf } from '../cli/line.ts';

/** A command line that answers, and which of its words is a file that it reads. */
export interface Line {
  readonly args: readonly string[];
  /** Undefined: it reads none. */
  readonly input?: number;
}

/** Of commands whose examples need something first. RESULTS is a campaign that was computed, NEW a folder to be made. */
export const PREPARED: Readonly<Record<string, Line>> = {
  'sweep run': { args: ['sweep', 'run', 'examples/sweep/fleet.yaml', '-o', 'NEW'], input: 2 },
  'sweep work': { args: ['sweep', 'work', '--queue', 'redis://127.0.0.1:1', '-o', 'no-results'] },
  'sweep status': { args: ['sweep', 'status', 'RESULTS'] },
  'sweep merge': { args: ['sweep', 'merge', 'RESULTS', '-o', 'NEW'] },
  'sweep sql': { args: ['sweep', 'sql', 'RESULTS', 'select count(*) from findings'] },
  'sweep retry': { args: ['sweep', 'retry', 'RESULTS'] },
  oracle: { args: ['oracle'] },
  page: { args: ['page', 'ovmf-gpu', '-o', '-'], input: 1 },
};
/** What comes on standard input, of commands that answer nothing without it. */
export const ASKED: Readonly<Record<string, string>> = {
  oracle: '{"id":1,"want":"mtrr","maxphyaddr":36,"msrs":{"0x2ff":"0x806"}}\n',
};
/** Ends with 2 whatever is done to it: nobody serves its queue here. */
export const REFUSED = ['sweep work'];

/** Commands that stand behind no other, by their names. */
export async function commands(): Promise<ReadonlyMap<string, Command>> {
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const named = (command: Command, before = ''): [string, Command][] => {
    const name = before + command.name();
    return command.commands.length === 0
      ? [[name, command]]
      : command.commands.flatMap((one) => named(one, `${name} `));
  };
  return new Map(all.flatMap((command) => named(command)));
}

/** The first example that is one run of the program, as its help shows it. */
export function exampleOf(name: string, command: Command): Line {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  for (const [, example] of help.matchAll(/^ {2}\$ (eptsweep .*)$/gm)) {
    const programs = lineOf(example!)?.programs ?? [];
    if (programs.length !== 1) continue;
    const args = programs[0]!.args;
    const first = name.split(' ').length;
    const takesFile = /^<?(config|scenario|spec|assertions-file)/.test(
      command.registeredArguments[0]?.name() ?? '',
    );
    const isFile = takesFile && args[first] !== undefined && !args[first].startsWith('-');
    return { args, ...(isFile && { input: first }) };
  }
  throw new Error(`eptsweep ${name}: no example of its help is a run of it alone; give a line in PREPARED`);
}

/** Every choice of a command that has some, such as the topics of list: a run each. */
export function choicesOf(name: string, command: Command): readonly string[] {
  if (!['list', 'completion'].includes(name)) return [];
  return command.registeredArguments[0]?.argChoices ?? [];
}
