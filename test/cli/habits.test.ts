/** What people are used to from other programs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wantsColour } from '../../src/cli/options.ts';
import { inProcess, runLine, withFiles } from './program.ts';

const CONFIG = '{maxphyaddr: 36, mtrr: {default: WB}}';
const ONCE = 'standard input (-) can be one of the files, not two\n';

describe('standard input', () => {
  it.each([
    ['eptsweep map - 0x0 -f csv'],
    ['eptsweep explain - 0x0'],
    ['eptsweep check - || test $? = 1'],
    ['eptsweep convert - -t msr-csv'],
    ['eptsweep verify - 0x0-0xfffff'],
    ['eptsweep share -'],
    ['eptsweep diff ovmf-q35 --against config:- || test $? = 1'],
    ['eptsweep check examples/dumps/slow.mtrr --ram - < examples/dumps/slow.dmesg || test $? = 1'],
    ['eptsweep list scenarios live-range-moved | eptsweep replay - || test $? = 1'],
  ])('%s', async (line) => {
    const { status, stdout } = await runLine(line, CONFIG);
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
  });

  it.each([
    ['eptsweep check - --ram -', 'check'],
    ['eptsweep diff - --against config:-', 'diff'],
    ['eptsweep check examples/dumps/slow.mtrr --ram - --ram -', 'check'],
  ])('%s: is refused where it is asked for twice', async (line, command) => {
    const { status, stdout, stderr } = await runLine(`${line} < examples/dumps/slow.dmesg`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.endsWith(`eptsweep ${command}: ${ONCE}`)).toBe(true);
  });

  it('is no place for a state that is read again', async () => {
    const { status, stderr } = await inProcess(['verify', 'surface-pro7', '0', '--resume', '-']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'eptsweep verify: --resume takes a file that can be read again, not -\n',
    });
  });
});

describe('misspelt words', () => {
  it.each([
    [['mapp'], "unknown command 'mapp' (Did you mean map?)"],
    [['help', 'mapp'], "unknown command 'mapp' (Did you mean map?)"],
    [['help', 'nothing-like-it'], "unknown command 'nothing-like-it' (see eptsweep --help)"],
    [['nothing-like-it'], "unknown command 'nothing-like-it' (see eptsweep --help)"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(args);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `eptsweep: ${message}\n` });
  });

  it('of options', async () => {
    const { status, stderr } = await inProcess(['map', 'ovmf-q35', '--polici', 'sdm']);
    expect(status).toBe(2);
    expect(stderr).toBe("eptsweep map: unknown option '--polici' (Did you mean --policy?)\n");
  });
});

describe('colours', () => {
  // Whatever the tests themselves were told is taken away first.
  const coloured = async (variables: string, args = '') =>
    (
      await runLine(`NO_COLOR= CLICOLOR_FORCE= FORCE_COLOR= ${variables} eptsweep list engines ${args}`)
    ).stdout.includes('\x1b[');

  it.each([
    ['A=1', '', false],
    ['A=1', '--color', true],
    ['CLICOLOR_FORCE=1', '', true],
    ['CLICOLOR_FORCE=0', '', false],
    ['FORCE_COLOR=1', '', true],
    ['FORCE_COLOR=0', '', false],
    ['NO_COLOR=1 FORCE_COLOR=1', '', false],
    ['CLICOLOR_FORCE=1', '--no-color', false],
    ['NO_COLOR=1 CLICOLOR_FORCE=1', '', false],
    ['NO_COLOR=1', '--color', true],
  ])('%s %s: %s', async (variables, args, expected) => {
    expect(await coloured(variables, args)).toBe(expected);
  });

  it.each([
    ['xterm-256color', true],
    ['dumb', false],
  ])('a terminal of TERM=%s: %s', (term, expected) => {
    const { TERM, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR } = process.env;
    const { isTTY } = process.stdout;
    try {
      Object.assign(process.env, { TERM: term, NO_COLOR: '', CLICOLOR_FORCE: '', FORCE_COLOR: '' });
      process.stdout.isTTY = true;
      expect(wantsColour({})).toBe(expected);
    } finally {
      process.stdout.isTTY = isTTY;
      for (const [name, value] of Object.entries({ TERM, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it('-o never has them unasked', async () => {
    await withFiles({}, async (folder) => {
      await runLine(`CLICOLOR_FORCE=1 eptsweep list engines -o ${folder}/out`);
      expect(readFileSync(`${folder}/out`, 'utf8')).not.toContain('\x1b[');
    });
  });
});
