import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINES } from '../check/machines.ts';
import { inProcess, withFiles } from './program.ts';

const SOUND = MACHINES['sound.txt'];
const BAD = MACHINES['uc-over-ram.txt'];
const FILES = {
  'logs/a.log': SOUND,
  'logs/b.log': SOUND.replaceAll('\n', '\r\n'),
  'logs/deep/c.log': BAD,
  'logs/deep/d.log': SOUND,
  'logs/.hidden': BAD,
  'torn.log': 'nothing of use\n',
};

/** Runs a command in a folder with these files; the folder's name is taken out of what is printed. */
function ran(...args: string[]) {
  return withFiles({}, async (folder) => {
    const { writeFileSync } = await import('node:fs');
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    mkdirSync(join(folder, 'out'));
    mkdirSync(join(folder, 'empty'));
    const paths = args.map((arg) => (/^(?:logs|torn\.log|out|empty)/.test(arg) ? join(folder, arg) : arg));
    const { status, stdout, stderr } = await inProcess(paths);
    const plain = (text: string) => text.replaceAll(`${folder}/`, '');
    const written = Object.fromEntries(
      readdirSync(join(folder, 'out')).map((name) => [name, readFileSync(join(folder, 'out', name), 'utf8')]),
    );
    return { status, stdout: plain(stdout), stderr: plain(stderr), written };
  });
}

describe('check over a folder', () => {
  it('tells those of one layout together, names the others, and fails where one does', async () => {
    const { status, stdout } = await ran('check', 'logs');
    expect(status).toBe(1);
    expect(stdout).toContain('== logs/a.log and 2 alike: logs/b.log, logs/deep/d.log\n');
    expect(stdout).toContain('== logs/deep/c.log\nHIGH');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('4 inputs: 3 alike, 1 outlier (logs/deep/c.log)');
    expect(stdout).not.toContain('hidden');
  });

  it('goes on behind an input that cannot be read, gives its line, and ends with 2', async () => {
    const { status, stdout, stderr } = await ran(
      'check',
      'logs/a.log',
      'torn.log',
      'logs/deep/c.log',
      '-f',
      'json',
    );
    expect(status).toBe(2);
    expect(stderr).toContain(
      'eptsweep check: torn.log: no MTRR, PAT or memory-map text that is known here in 1 line',
    );
    const report = JSON.parse(stdout) as {
      groups: unknown;
      unread: number;
      inputs: Record<string, unknown>[];
    };
    expect(report).toMatchObject({ schema: 'eptsweep/check-fleet@2', unread: 1 });
    expect(report.groups).toEqual([['logs/a.log'], ['logs/deep/c.log']]);
    expect(report.inputs.map(({ file }) => file)).toEqual(['logs/a.log', 'torn.log', 'logs/deep/c.log']);
    expect(report.inputs[1]).toMatchObject({ error: expect.stringContaining('no MTRR') });
  });

  it('is 0 where nothing is found', async () => {
    const { status, stdout } = await ran('check', 'logs/a.log', 'logs/b.log');
    expect(status).toBe(0);
    expect(stdout).toContain('2 inputs: 2 alike\n');
  });

  it('has a suite, results and a section for each in the formats of CI', async () => {
    const junit = await ran('check', 'logs/a.log', 'torn.log', 'logs/deep/c.log', '-f', 'junit');
    expect(junit.stdout.match(/<testsuite /g)).toHaveLength(3);
    expect(junit.stdout).toContain('<error type="input"');
    const sarif = JSON.parse((await ran('check', 'logs', '-f', 'sarif')).stdout) as {
      runs: { results: { level: string }[] }[];
    };
    expect(sarif.runs[0]!.results.filter(({ level }) => level === 'error')).not.toEqual([]);
    const markdown = await ran('check', 'logs', '-f', 'md');
    expect(markdown.stdout).toMatch(/^\*\*4 inputs: 3 alike, 1 outlier/);
    expect(markdown.stdout).toContain('### logs/deep/c.log');
  });

  it('is the same as before for one input', async () => {
    const one = await ran('check', 'logs/deep/c.log');
    expect(one.status).toBe(1);
    expect(one.stdout).not.toContain('==');
  });

  it.each([
    ['check', []],
    ['map', ['0']],
    ['convert', []],
    ['explain', ['0']],
  ])('%s: a link of a folder that leads nowhere is said, and the others go on', async (command, args) => {
    await withFiles({ 'a.log': SOUND }, async (folder) => {
      symlinkSync('gone.log', join(folder, 'b.log'));
      symlinkSync('c.log', join(folder, 'c.log'));
      const out = command === 'convert' ? ['-o', mkdtempSync(join(folder, '.out-'))] : [];
      const { status, stderr } = await inProcess([command, folder, ...args, ...out]);
      expect(status).toBe(2);
      const own = stderr.split('\n').filter((line) => line.startsWith(`eptsweep ${command}: ${folder}`));
      const lines = own.filter((line) => !line.includes(': inferred: '));
      expect(lines).toEqual([
        `eptsweep ${command}: ${folder}/b.log: no such file or directory`,
        `eptsweep ${command}: ${folder}/c.log: a link that leads back to itself`,
      ]);
    });
  });

  it('refuses a folder without files, and standard input twice', async () => {
    const empty = await ran('check', 'empty');
    expect(empty.status).toBe(2);
    expect(empty.stderr).toBe('eptsweep check: empty: no files in this folder\n');
    const twice = await ran('check', '-', '-');
    expect(twice.status).toBe(2);
    expect(twice.stderr).toContain('standard input (-) can be one of the files, not two');
  });
});

describe('map and explain over many', () => {
  it('take a range behind the inputs', async () => {
    const { status, stdout } = await ran(
      'map',
      'logs/a.log',
      'logs/b.log',
      'logs/deep/c.log',
      '0x70000000-0x7fffffff',
    );
    expect(status).toBe(0);
    expect(stdout).toContain('== logs/a.log and 1 alike: logs/b.log');
    expect(stdout).toMatch(/== logs\/deep\/c\.log\n[^=]*0x70000000-0x7fffffff +256M +UC/);
    const json = JSON.parse((await ran('map', 'logs', '3G-4G', '--json')).stdout) as {
      inputs: { answer: { schema: string } }[];
    };
    expect(json.inputs).toHaveLength(4);
    expect(json.inputs[0]!.answer).toMatchObject({ schema: 'eptsweep/map@2' });
  });

  it('say what is wrong with a range of one or of many', async () => {
    expect((await ran('map', 'ovmf-q35', 'nonsense')).stderr).toContain('range "nonsense" is malformed');
    const many = await ran('map', 'logs', '0xffffffffffff');
    expect(many.status).toBe(2);
    expect(many.stderr).toContain("lies beyond the guest's space");
    expect((await ran('map', 'logs', '-f', 'csv')).stderr).toBe(
      'eptsweep map: several inputs: expected -f table or json, got -f csv\n',
    );
  });

  it('explain one address in each layout', async () => {
    const { stdout } = await ran('explain', 'logs', '0x70000000', '--no-changes');
    expect(stdout.match(/^== /gm)).toHaveLength(2);
    const json = JSON.parse((await ran('explain', 'logs', '0x70000000', '--json')).stdout) as {
      inputs: { answer: { schema: string } }[];
    };
    expect(json.inputs.map(({ answer }) => answer.schema)).toEqual(Array(4).fill('eptsweep/explain@2'));
    const markdown = await ran('explain', 'logs', 'torn.log', '0x70000000', '--no-changes', '-f', 'markdown');
    expect(markdown.status).toBe(2);
    expect(markdown.stdout.match(/^(?:###|\*\*).*/gm)).toEqual([
      '**5 inputs: 3 alike, 1 outlier (logs/deep/c.log), 1 not read (torn.log)**',
      '### logs/a.log and 2 alike: logs/b.log, logs/deep/d.log',
      expect.stringMatching(/^\*\*GPA 0x70000000 /),
      '### logs/deep/c.log',
      expect.stringMatching(/^\*\*GPA 0x70000000 /),
      '### torn.log',
    ]);
    expect((await ran('explain', 'ovmf-q35')).stderr).toBe(
      "eptsweep explain: missing required argument 'address'\n",
    );
  });
});

describe('convert over many', () => {
  it('writes a file for each into a folder', async () => {
    const { status, written, stderr } = await ran(
      'convert',
      'logs',
      'torn.log',
      '-o',
      'out',
      '--to',
      'msr-csv',
    );
    expect(status).toBe(2);
    expect(Object.keys(written).sort()).toEqual(['a.csv', 'b.csv', 'c.csv', 'd.csv']);
    expect(written['a.csv']).toBe(written['b.csv']);
    expect(stderr).toContain('5 inputs: 3 alike, 1 outlier (logs/deep/c.log), 1 not read (torn.log) (out)');
  });

  it('wants a folder', async () => {
    const { status, stderr } = await ran('convert', 'logs');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'eptsweep convert: several inputs: -o has to name a folder that is there, for a file each\n',
    );
  });
});
