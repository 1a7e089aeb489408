import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fuzzCommand } from '../../src/cli/fuzz.ts';
import { rounds } from '../rounds.ts';
import { inProcess, MAIN, runLine, withFiles } from './program.ts';

const LIAR = fileURLToPath(new URL('../fuzz/programs/lying-oracle.ts', import.meta.url));
const liar = (lie: string) => `'${process.execPath}' --import tsx '${LIAR}' ${lie}`;

describe('eptsweep fuzz', () => {
  it('says the same bytes for a seed every time, and what it did', async () => {
    const args = ['fuzz', '--seed', '0x11', '--count', `${rounds(30, 60)}`, '--rules'];
    const { status, stdout, stderr } = await inProcess(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect((await inProcess(args)).stdout).toBe(stdout);
    expect(stdout).toMatch(
      /^seed 17: [36]0 VMs, reference against direct, auto\nkinds: typical [36], aligned [36], /,
    );
    expect(stdout).toMatch(/^undefined: \d+\.\d\d % of the pages one by one/m);
    expect(stdout).toMatch(/^rules: \d+ of \d+ reached on \d+ sampled pages$/m);
    expect(stdout).toMatch(/^never reached: .+$/m);
    expect(stdout).toMatch(/^ +\d+ {2}manual: one type$/m);
    expect(stdout).toMatch(/^disagreements: none$/m);
  });

  it('keeps to the kinds and engines that it is given, and gives JSON', async () => {
    const args = ['fuzz', '--count', '20', '--kinds', 'tom2,holes', '--engines', 'auto,direct', '--json'];
    const report = JSON.parse((await inProcess(args)).stdout) as Record<string, unknown>;
    expect(report).toMatchObject({
      schema: 'eptsweep/fuzz@2',
      seed: 1,
      cases: 20,
      engines: ['auto', 'direct'],
      kinds: { tom2: 10, holes: 10 },
      disagreeing: 0,
      findings: [],
    });
  });

  it('keeps to the policies that it is given, and says what may have been meant', async () => {
    const args = ['fuzz', '--count', '30', '--policies', 'sdm, kvm-5.16,sdm', '--json'];
    const report = JSON.parse((await inProcess(args)).stdout) as { casesByRow: Record<string, number> };
    expect(Object.keys(report.casesByRow).sort()).toEqual(['kvm-4.7', 'sdm']);
    for (const [list, message] of [
      ['kvm-5.16,peer-xenn', 'peer-xen'],
      ['sdm,', 'policies'],
    ] as const) {
      const { status, stderr } = await inProcess(['fuzz', '--policies', list]);
      expect(status).toBe(2);
      expect(stderr).toContain(message);
    }
  });

  it('stops after the time that it is given', async () => {
    const { status, stdout } = await inProcess(['fuzz', '--seconds', '0.3']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^seed 1: [1-9][\d,]* VMs/);
  });

  it('writes what it found as a config that diff reproduces', async () => {
    await withFiles({}, async (folder) => {
      const findings = join(folder, 'found here');
      const found = await runLine(
        `eptsweep fuzz --count 20 --kinds typical --engines reference --oracle "${liar('fixed-index')}" --findings '${findings}' --json`,
      );
      expect(found.status).toBe(1);
      const report = JSON.parse(found.stdout) as {
        findings: { config: string; reproduce: string; sides: { who: string; says: string }[] }[];
      };
      const files = readdirSync(findings);
      expect(files.length).toBeGreaterThan(0);
      expect(report.findings.map(({ config }) => config).sort()).toEqual(
        files.map((name) => join(findings, name)).sort(),
      );
      const { config, reproduce, sides } = report.findings[0]!;
      expect(sides.map(({ who }) => who)).toEqual(['reference', 'oracle']);
      const again = await runLine(reproduce);
      expect({ status: again.status, stderr: again.stderr }).toEqual({ status: 1, stderr: '' });
      for (const { says } of sides) expect(again.stdout).toContain(says);
      expect(readFileSync(config, 'utf8')).toContain(`# ${reproduce}\n`);
    });
  });

  it('goes on, and says so once, where the oracle is no oracle', async () => {
    const { status, stdout, stderr } = await inProcess([
      'fuzz',
      '--count',
      '5',
      '--oracle',
      'cat',
      '--timeout',
      '2',
    ]);
    expect(stdout).toMatch(/^seed 1: 5 VMs/);
    expect(stderr.split('\n').filter((line) => line.includes('garbage')).length).toBeLessThanOrEqual(2);
    expect(status).toBe(1);
  });

  it.each([
    [['--kinds', 'odd'], '"odd" is none of typical'],
    [['--engines', 'auto'], 'expected at least two engines'],
    [['--seed', '-1'], 'expected an integer'],
    [['--seed', '18446744073709551616'], 'expected an integer'],
    [['--count', 'many'], 'expected an integer'],
    [['--count', '0'], 'expected 1 or more'],
    [['--seconds', '0'], 'expected a number above 0'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(['fuzz', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('runs the examples of its help', async () => {
    let help = '';
    fuzzCommand()
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    const [, examples = ''] = help.split('\nExamples:\n');
    for (const line of examples.split('\n').filter((text) => text.startsWith('  $ '))) {
      // The oracle of the example is the built program too.
      const command = line
        .slice(4)
        .replace(/--count \d+/, (count) => (rounds(1, 0) ? '--count 10' : count))
        .replace(/'eptsweep (oracle[^']*)'/, `"'${process.execPath}' '${MAIN}' $1"`);
      const { status, stderr } = await runLine(command);
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
    }
  });
});
