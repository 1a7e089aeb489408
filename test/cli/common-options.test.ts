/** Options that mean the same on every command, asked of all commands: one that is added cannot forget them. */
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { inProcess } from './program.ts';

/** Commands that take no CONFIG and answer of no vCPU of one. */
const WITHOUT_CONFIG = [
  'capture',
  'completion',
  'list',
  'oracle',
  'sweep merge',
  'sweep retry',
  'sweep sql',
  'sweep status',
  'sweep work',
  'vectors',
];
/** Those that say themselves which VM, and what else there is to change it; a word that each answer holds. */
const REFUSED: Readonly<Record<string, string>> = {
  fuzz: 'VM',
  replay: 'scenario',
  'sweep plan': 'axes',
  'sweep run': 'axes',
  'sweep show': 'axes',
};
/** A page shows all vCPUs, and chooses among them itself. */
const WITHOUT_VCPU = ['page'];

const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
const leaves: readonly (readonly [string, Command])[] = all.flatMap((command) =>
  command.commands.length > 0
    ? command.commands.map((inner): [string, Command] => [`${command.name()} ${inner.name()}`, inner])
    : [[command.name(), command] as [string, Command]],
);
const optionOf = (command: Command, name: string) => command.options.find(({ long }) => long === name);

describe.each(leaves)('eptsweep %s', (name, command) => {
  const takesConfig = command.registeredArguments.some((argument) => /^configs?$/.test(argument.name()));

  it('takes --set where it takes a CONFIG', () => {
    const isKnown = WITHOUT_CONFIG.includes(name) || Object.hasOwn(REFUSED, name);
    expect([name, takesConfig]).toEqual([name, !isKnown]);
    const option = optionOf(command, '--set');
    expect([name, option !== undefined && !option.hidden]).toEqual([name, takesConfig]);
  });

  it('takes --vcpu where it answers of vCPUs', () => {
    const option = optionOf(command, '--vcpu');
    const expected = takesConfig && !WITHOUT_VCPU.includes(name);
    expect([name, option !== undefined && !option.hidden]).toEqual([name, expected]);
  });

  const word = REFUSED[name];
  if (word === undefined) return;
  it.each(['--set=noncoherentDma=true', '--vcpu=all'])('says why it takes no %s', async (option) => {
    const operands = command.registeredArguments.map(() => '1');
    const output = name === 'sweep run' ? ['-o', 'nowhere'] : [];
    const { status, stdout, stderr } = await inProcess([...name.split(' '), ...operands, ...output, option]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^eptsweep ${name}: ${option.split('=', 1)[0]}: [^\\n]*\\b${word}\\b[^\\n]*\\n$`),
    );
  });
});
