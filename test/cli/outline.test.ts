/** The help of the program loads no command: what it says of them is what they say. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { OUTLINES } from '../../src/cli/outline.ts';
import { inProcess } from './program.ts';

describe('the outline', () => {
  it('has the commands in their order', () => {
    expect(Object.keys(OUTLINES)).toEqual(Object.keys(COMMANDS));
  });

  it.each(Object.keys(COMMANDS))('%s: usage and description are its own', async (name) => {
    const command = await COMMANDS[name]!();
    const [usage, description] = OUTLINES[name]!;
    const operands = command.registeredArguments.map((one) => {
      const text = one.name() + (one.variadic ? '...' : '');
      return one.required ? `<${text}>` : `[${text}]`;
    });
    const options = command.options.length > 0 ? ['[options]'] : [];
    expect([usage, description]).toEqual([[...options, ...operands].join(' '), command.description()]);
  });

  it.each([[['--help']], [['-h']], [['help']]])('%j prints it', async (args) => {
    const { status, stdout, stderr } = await inProcess(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const [name, [usage, description]] of Object.entries(OUTLINES)) {
      expect(stdout).toContain(`  ${name} ${usage}`.trimEnd());
      expect(stdout).toContain(description);
    }
    expect(stdout).toContain('  help [command]');
  });
});
