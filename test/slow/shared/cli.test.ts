/** `check` and `assert` on dumps that people posted, some with known faults. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hex, inProcess, withFiles } from '../../cli/program.ts';
import { parseXml } from '../../write/xml.ts';
import { schemaComplaints } from '../../write/xsd.ts';
import { SAMPLE_NAMES, samplePath } from './folder.ts';

const FIRMWARE = 'examples/assert/firmware.yml';
const XSD = readFileSync('test/write/fixtures/junit.xsd', 'utf8');

interface Found {
  readonly rule: string;
  readonly message: string;
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
  readonly causes: readonly { readonly msr: string }[];
}

async function checked(file: string, ...args: string[]): Promise<readonly Found[]> {
  const options = ['--json', '--min-severity', 'LOW', ...args];
  const { status, stdout } = await inProcess(['check', samplePath(file), ...options]);
  const { findings } = JSON.parse(stdout) as { findings: readonly Found[] };
  expect(status).toBe(findings.length > 0 ? 1 : 0);
  return findings;
}

describe('check', () => {
  it('says of a mask that ends where the width is taken from, and blames nobody', async () => {
    const file = samplePath('x-dmesg-112-noncontiguous-short-mask.txt');
    const { status, stdout } = await inProcess(['check', file, '--json']);
    expect(status).toBe(0);
    const { findings } = JSON.parse(stdout) as { findings: readonly (Found & { severity: string })[] };
    const one = findings.find(({ rule }) => rule === 'mask-short')!;
    expect([one.severity, ...one.causes.map(({ msr }) => msr)]).toEqual(['INFO', '0x201']);
  });

  it.each([
    ['x-procmtrr-307-amd-wp-on-ram-slow.txt', 'ram-not-wb', '0x100000000', '0x100ffffff', ['0x204', '0x205']],
    ['x-dmesg-111-gigabyte-970a-lost-13040MB.txt', 'ram-uncovered', '0x100000000', '0x42effffff', []],
    ['dmesg-021-lenovo-z575-amd-llano-oddmask.txt', 'mask-holes', '0xfed80000', '0xfed80fff', ['0x207']],
  ])('%s: %s %s-%s', async (file, rule, first, last, msrs) => {
    const [one] = (await checked(file)).filter((finding) => finding.rule === rule);
    const [range] = one!.ranges;
    expect([range!.first, range!.last].map(hex)).toEqual([first, last]);
    expect(one!.causes.map(({ msr }) => msr)).toEqual(msrs);
  });

  it.each([
    ['dmesg-023-msi-fm2-amd-inconsistent.txt', ['variable ranges']],
    ['x-xen-201-xen-on-qemu-inconsistent.txt', ['fixed ranges', 'variable ranges', 'IA32_MTRR_DEF_TYPE']],
  ])('%s: %s of its CPUs differ', async (file, groups) => {
    const findings = await checked(file, '--rules', 'cpus-inconsistent');
    expect(findings).toHaveLength(groups.length);
    for (const [at, group] of groups.entries()) expect(findings[at]!.message).toContain(group);
  });

  it.each(SAMPLE_NAMES)('%s: an answer or a reason', async (file) => {
    const { status, stderr } = await inProcess(['check', samplePath(file), '-f', 'junit']);
    expect([0, 1, 2]).toContain(status);
    if (status === 2) expect(stderr).toMatch(/^eptsweep check: .*no MTRR registers: .*\n$/);
  });
});

describe('assert', () => {
  it('gives each verdicts that fit the schema, or a reason', async () => {
    const files = SAMPLE_NAMES.map(samplePath);
    const { status, stdout, stderr } = await inProcess(['assert', FIRMWARE, ...files, '-f', 'junit']);
    expect(status).toBe(2);
    expect(schemaComplaints(XSD, stdout)).toEqual([]);
    const suites = parseXml(stdout).children;
    expect(suites).toHaveLength(files.length);
    const unread = suites.filter(({ attributes }) => attributes.errors === '1').length;
    expect(unread).toBeGreaterThan(0);
    expect(unread).toBeLessThan(files.length / 3);
    expect(stderr.match(/^eptsweep assert: .*: no MTRR registers: /gm)).toHaveLength(unread);
  });

  it.each([
    ['x-procmtrr-307-amd-wp-on-ram-slow.txt', '0x100000000+16M: WB', 'WP, variable range #2 WP'],
    ['x-dmesg-111-gigabyte-970a-lost-13040MB.txt', '0x100000000+4G: WB', 'UC, no register covers it'],
    ['dmesg-021-lenovo-z575-amd-llano-oddmask.txt', '0x10fed80000+4K: WB', 'UC, variable range #3 UC'],
  ])('%s: %s', async (file, rule, reason) => {
    await withFiles({ 'rules.yml': rule }, async (folder) => {
      const args = [`${folder}/rules.yml`, samplePath(file), '--when-missing', 'fail'];
      const { status, stdout } = await inProcess(['assert', ...args]);
      expect(status).toBe(1);
      expect(stdout).toContain(reason);
    });
  });
});
