import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dateOfPage, MAN_PAGE, manPage } from '../../scripts/write-man.mjs';
import * as about from '../../src/cli/about.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { inProcess } from './program.ts';

const page = readFileSync(MAN_PAGE, 'utf8');

describe('man/eptsweep.1', () => {
  it('is what the commands say: node scripts/write-man.mjs', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
    // Commander prints help as wide as the terminal is, and 80 columns where there is none.
    expect(page).toBe(manPage(commands, about, version, dateOfPage(page)));
  });

  it('is named by the package', () => {
    const { man, files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect([man, files]).toEqual([['./man/eptsweep.1'], expect.arrayContaining(['man'])]);
  });

  it('has no line that roff would take for a request of its own', () => {
    const requests = new Set([...page.matchAll(/^\.(\S+)/gm)].map(([, name]) => name));
    expect([...requests].sort()).toEqual(['B', 'EE', 'EX', 'I', 'PP', 'SH', 'SS', 'TH', 'TP', '\\"'].sort());
  });
});

describe('--help', () => {
  it.each(Object.keys(COMMANDS))('%s: -h, --help and help are one text', async (name) => {
    const short = await inProcess([name, '-h']);
    const long = await inProcess([name, '--help']);
    const help = await inProcess(['help', name]);
    expect(short).toEqual(long);
    expect(help).toEqual(long);
    expect(long).toMatchObject({ status: 0, stderr: '' });
  });
});
