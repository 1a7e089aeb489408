import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AREA_NAMES } from '../../src/assert/index.ts';
import { DETAIL_KEYS, RULE_KEYS, SETTING_KEYS } from '../../src/config/assert/words.ts';
import { PRESETS } from '../../src/config/index.ts';
import { MACHINES, manyCpus } from '../check/machines.ts';
import { FIXTURE_NAMES, fixturePath } from '../read/fixture.ts';
import { parseXml } from '../write/xml.ts';
import { schemaComplaints } from '../write/xsd.ts';
import { hex, inProcess, runLine, shell, withFiles } from './program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const XSD = readFileSync(join(ROOT, 'test/write/fixtures/junit.xsd'), 'utf8');

/** Runs `assert` over files of a folder of its own; the folder's name is taken out of what is printed. */
function asserted(files: Record<string, string>, ...args: string[]) {
  return withFiles(files, async (folder) => {
    const paths = args.map((arg) => (Object.hasOwn(files, arg) ? join(folder, arg) : arg));
    const { status, stdout, stderr } = await inProcess(['assert', ...paths]);
    const plain = (text: string) => text.replaceAll(`${folder}/`, '');
    return { status, stdout: plain(stdout), stderr: plain(stderr) };
  });
}

const POLICY = `ram: WB
mmio: UC
flash: [WP, UC]
overlaps: none
max-variable: 8
`;

describe('verdicts', () => {
  it('prints a line a rule, and for what fails where, who, which line, and the rule', async () => {
    const files = { 'p.yml': POLICY, 'boot.log': MACHINES['uc-over-ram.txt'] };
    const { status, stdout } = await asserted(files, 'p.yml', 'boot.log');
    expect(status).toBe(1);
    expect(stdout).toBe(`boot.log, 39 address bits, 1 CPU
FAIL  ram is WB: UC instead of WB, 256M of 8.00G
      where  0x70000000-0x7fffffff  256M  UC, variable range #3 UC
      cause  IA32_MTRR_PHYSBASE3 (0x206) = 0x70000000, boot.log:14
             IA32_MTRR_PHYSMASK3 (0x207) = 0x7ff0000800, boot.log:14
      rule   p.yml:1
SKIP  mmio is UC: nothing says where devices are: bring --ram /proc/iomem or info mtree -f; "hole" needs only a RAM map
PASS  flash is WP or UC: 16M
      note   flash is taken for 0xff000000-0xffffffff, the most that chipsets decode; ranges: can say otherwise
PASS  no undefined overlaps
PASS  at most 8 variable ranges in use: 4 in use
1 FAIL, 1 SKIP, 3 PASS
`);
  });

  it.each([
    ['sound.txt', 'PASS', undefined],
    ['lost.txt', 'FAIL', '0x200000000'],
    ['wp-over-wb.txt', 'FAIL', '0x100000000'],
    ['uc-over-ram.txt', 'FAIL', '0x70000000'],
    // The kernel alone says what is RAM, and that the default type is UC: it would not give RAM up otherwise.
    ['given-up.txt', 'FAIL', '0x100000000'],
    ['wp-over-ram.txt', 'SKIP', undefined],
  ] as const)('%s: ram is WB: %s', async (machine, verdict, first) => {
    const files = { 'p.yml': 'ram: WB', [machine]: MACHINES[machine] };
    const { status, stdout } = await asserted(files, 'p.yml', machine, '--json');
    const [result] = JSON.parse(stdout).inputs[0].results;
    expect(result).toMatchObject({ verdict, line: 1, column: 1 });
    expect(hex(result.breaches[0]?.first)).toBe(first);
    expect(status).toBe(verdict === 'FAIL' ? 1 : 0);
  });

  it('takes what is RAM from another file', async () => {
    const files = {
      'p.yml': 'high-ram: WB',
      'mtrr.txt': MACHINES['wp-over-ram.txt'],
      'dmesg.txt': MACHINES['sound.txt'],
    };
    const { status, stdout } = await asserted(files, 'p.yml', 'mtrr.txt', '--ram', 'dmesg.txt');
    expect(status).toBe(1);
    expect(stdout).toMatch(/where {2}0x100000000-0x101ffffff {2}32M {2}WP, variable range #2 WP\n/);
    expect(stdout).toMatch(/cause {2}IA32_MTRR_PHYSBASE2 \(0x204\) = 0x100000005, mtrr\.txt:3\n/);
  });

  it('skips what the input does not say, or fails it', async () => {
    const files = { 'p.yml': 'hole: UC\n', 'mtrr.txt': MACHINES['wp-over-ram.txt'] };
    expect(await asserted(files, 'p.yml', 'mtrr.txt')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /\nSKIP {2}hole is UC: nothing says .*\n1 SKIP: nothing could be judged\n$/,
      ),
    });
    const { status, stdout } = await asserted(files, 'p.yml', 'mtrr.txt', '--when-missing', 'fail');
    expect([status, stdout]).toEqual([1, expect.stringMatching(/\nFAIL {2}hole is UC: nothing says /)]);
  });

  it('finds 2 of 300 CPUs', async () => {
    const files = { 'p.yml': 'cpus: identical\nvga: UC\n', 'cpus.txt': manyCpus(0x259, '606060606060606') };
    const { status, stdout } = await asserted(files, 'p.yml', 'cpus.txt', '--phys-bits', '46');
    expect(status).toBe(1);
    expect(stdout).toMatch(/FAIL {2}vga is UC: WB instead of UC on cpu 12 and 1 others, /);
    expect(stdout.match(/cpus {3}12-13/g)).toHaveLength(2);
  });

  it('judges what KVM makes of a dump, with non-coherent DMA', async () => {
    const hole = MACHINES['sound.txt'].replace(
      '  3 disabled',
      '  3 base 0060000000 mask 7FE0000000 uncachable',
    );
    const files = { 'p.yml': '0x60000000+512M: UC', 'boot.log': hole };
    expect((await asserted(files, 'p.yml', 'boot.log')).status).toBe(0);
    const { status, stdout } = await asserted(files, 'p.yml', 'boot.log', '--policy', 'kvm-5.16');
    expect(status).toBe(1);
    expect(stdout).toMatch(/WB, KVM folds #3 UC, then #0 WB\n/);
  });
});

describe('several inputs', () => {
  const files = {
    'p.yml': 'ram: WB\n',
    'bad.txt': 'nothing of the kind\n',
    'lost.txt': MACHINES['lost.txt'],
  };

  it('goes on behind one that cannot be read, and ends with 2', async () => {
    const { status, stdout, stderr } = await asserted(
      files,
      'p.yml',
      'bad.txt',
      'lost.txt',
      'ovmf-q35',
      'no-such',
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/^eptsweep assert: bad\.txt: no MTRR, PAT or memory-map text/m);
    expect(stderr).toMatch(/^eptsweep assert: no-such: no such file, and no preset/m);
    expect(stdout).toMatch(/^bad\.txt: not judged\n\nlost\.txt, .*\nFAIL {2}ram is WB/);
    expect(stdout).toMatch(/\novmf-q35, .*\nPASS {2}ram is WB: 8\.00G\n1 PASS\n\nno-such: not judged\n\n/);
    expect(stdout).toMatch(/4 inputs: 1 passes, 1 fails, 2 not judged\n$/);
  });

  it('says so in every format', async () => {
    const args = ['p.yml', 'bad.txt', 'lost.txt', 'ovmf-q35'];
    const { stdout: xml } = await asserted(files, ...args, '-f', 'junit');
    expect(schemaComplaints(XSD, xml)).toEqual([]);
    expect(parseXml(xml).attributes).toMatchObject({
      tests: '3',
      failures: '1',
      errors: '1',
    });
    const { stdout: json } = await asserted(files, ...args, '--json');
    expect(JSON.parse(json)).toMatchObject({
      schema: 'eptsweep/assert@2',
      counts: { PASS: 1, FAIL: 1, SKIP: 0, WARN: 0 },
      unread: 1,
      inputs: [{ error: expect.stringMatching(/^bad\.txt: no MTRR/) }, { results: [{}] }, { results: [{}] }],
    });
    const { stdout: sarif } = await asserted(files, ...args, '-f', 'sarif');
    const [run] = JSON.parse(sarif).runs;
    expect(run.invocations).toMatchObject([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ message: { text: expect.stringMatching(/^bad\.txt/) } }],
      },
    ]);
  });

  it('judges each machine by its own address bits', async () => {
    const far = { 'p.yml': 'vga: UC\n0x1000000000+4K: WB\n' };
    const { status, stdout, stderr } = await asserted(far, 'p.yml', 'thinkpad-t400', 'ovmf-q35');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'p.yml:2:1: 0x1000000000+4K: 0x1000000fff lies beyond the address space of thinkpad-t400, which ends at 0xfffffffff (36 bits) (shorten the range; --phys-bits N says how many bits a dumped machine really has)\n',
    );
    expect(stdout).toMatch(/^thinkpad-t400: not judged\n\novmf-q35, /);
  });
});

describe('formats for CI', () => {
  it('SARIF points at the line that gives the register, and at the rule', async () => {
    const files = { 'p.yml': POLICY, 'boot.log': MACHINES['uc-over-ram.txt'] };
    const { stdout } = await asserted(files, 'p.yml', 'boot.log', '-f', 'sarif');
    const [run] = JSON.parse(stdout).runs;
    const [result, skipped] = run.results;
    expect(run.results).toHaveLength(2);
    expect(result).toMatchObject({ ruleId: 'ram', level: 'error', kind: 'fail' });
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe('ram');
    expect(result.locations[0].physicalLocation.region.startLine).toBe(14);
    expect(result.relatedLocations[0].physicalLocation.region).toEqual({ startLine: 1, startColumn: 1 });
    expect(skipped).toMatchObject({ ruleId: 'mmio', kind: 'notApplicable', level: 'none' });
  });

  it('JUnit fits the schema, whatever names are like', async () => {
    const files = {
      'p&"<.yml': `${POLICY}0x1000+4K: {type: UC, why: 'a < b & "c"'}\nvga: {type: WB, warn: true}\n`,
      'a&b <"\u0001\'>.txt': MACHINES['uc-over-ram.txt'],
    };
    const { stdout, status } = await asserted(files, ...Object.keys(files), '-f', 'junit');
    expect(status).toBe(1);
    expect(schemaComplaints(XSD, stdout)).toEqual([]);
    const [suite] = parseXml(stdout).children;
    expect(suite!.attributes).toMatchObject({
      name: 'a&b <"\\u0001\'>.txt',
      tests: '7',
      failures: '2',
      skipped: '1',
    });
    const outcomes = suite!.children.map(({ children }) => children.map(({ name }) => name));
    expect(outcomes).toEqual([
      ['failure'],
      ['skipped'],
      ['system-out'],
      [],
      ['system-out'],
      ['failure'],
      ['system-out'],
    ]);
    expect(suite!.children[5]!.children[0]!.text).toMatch(/\nwhy: a < b & "c"\nrule: /);
    expect(suite!.children[6]!.children[0]!.text).toMatch(/WARN: UC instead of WB/);
  });

  it("check's JUnit fits it too", async () => {
    for (const name of ['precision-t3600', 'surface-pro7']) {
      const { stdout } = await inProcess(['check', name, '-f', 'junit']);
      expect(schemaComplaints(XSD, stdout)).toEqual([]);
    }
  });

  it('-o writes the report and says how it ended', async () => {
    await withFiles({}, async (folder) => {
      const file = join(folder, 'out.xml');
      const args = ['assert', join(ROOT, 'examples/assert/vmm.yml'), 'ovmf-q35', '-f', 'junit', '-o', file];
      const { status, stdout, stderr } = await inProcess(args);
      expect([status, stdout, stderr]).toEqual([0, '', `1 input: 1 passes (${file})\n`]);
      expect(schemaComplaints(XSD, readFileSync(file, 'utf8'))).toEqual([]);
      const nowhere = await inProcess([...args.slice(0, -1), join(folder, 'no', 'out.xml')]);
      expect([nowhere.status, nowhere.stdout]).toEqual([2, '']);
      expect(nowhere.stderr).toMatch(/^eptsweep assert: .*out\.xml: no such (?:file|folder)/);
    });
  });
});

describe('a VM of an AMD host', () => {
  const vm = `maxphyaddr: 46
host: {vendor: amd}
slots: [{range: 0-0xbfffffff, hpa: 0}]
mtrr: {default: UC, variable: [{base: 0, size: 4G, type: WB}]}
`;

  it('has its registers judged, and its levels by release', async () => {
    const rules = 'ram: WB\nlow-ram: {level: 2M, policy: kvm-5.19}\nmax-variable: 1\n';
    const { status, stdout } = await asserted({ 'p.yml': rules, 'vm.yaml': vm }, 'p.yml', 'vm.yaml');
    expect(stdout).toContain('low-ram is mapped by 2M pages under kvm-5.19: 3070M');
    expect(stdout).toContain('3 PASS');
    expect(status).toBe(0);
    // 5.19 still limits nested levels by the guest's MTRRs, 6.0 no longer does (d5e90a699858).
    const split = vm.replace('base: 0, size: 4G, type: WB', 'base: 5M, size: 1M, type: WB');
    const level = (kernel: string) =>
      asserted({ 'p.yml': `ram: {level: 2M, policy: ${kernel}}\n`, 'vm.yaml': split }, 'p.yml', 'vm.yaml');
    expect((await level('kvm-5.19')).status).toBe(1);
    expect((await level('kvm-6.0')).status).toBe(0);
  });

  it('has no types of entries: a rule about them is refused at its line', async () => {
    for (const [rules, args] of [
      ['max-variable: 8\nram: {type: WB, policy: kvm-6.8}\n', []],
      ['policy: kvm-6.8\nram: WB\n', []],
      ['max-variable: 8\nram: WB\n', ['--policy', 'kvm-6.8']],
    ] as const) {
      const files = { 'p.yml': rules, 'vm.yaml': vm };
      const { status, stdout, stderr } = await asserted(files, 'p.yml', 'vm.yaml', ...args);
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /^p\.yml:2:1: ram: kvm-6\.8 gives the pages of vm no type: on its AMD host .*\(leave the policy out.*\)\n$/,
      );
    }
  });
});

describe('bad input ends with 2 and nothing on standard output', () => {
  it.each([
    [
      ['p.yml', 'ovmf-q35'],
      { 'p.yml': 'rma: WB\nvga: []\n' },
      /^p\.yml:1:1: rma: .*\np\.yml:2:6: vga: .*\n$/,
    ],
    [['p.yml', 'ovmf-q35'], { 'p.yml': '' }, /^p\.yml:1:1: empty: expected an assertions file/],
    [
      ['boot.log', 'p.yml'],
      { 'p.yml': 'ram: WB', 'boot.log': MACHINES['sound.txt'] },
      /^boot\.log:\d+:\d+: YAML: .* \(the assertions file stands first, /,
    ],
    [
      ['p.yml', 'ovmf-q35'],
      { 'p.yml': '\u0001\u0002\u0003\u0000\u001b[2J'.repeat(40) },
      /^eptsweep assert: p\.yml: binary data: expected YAML or JSON\n$/,
    ],
    [['no-such.yml', 'ovmf-q35'], {}, /^eptsweep assert: no-such\.yml: no such file or directory\n$/],
    [['-', '-'], {}, /^eptsweep assert: standard input \(-\) can be one of the files, not two\n$/],
    [['p.yml', 'ovmf-q35', '--ram', '-', '-'], { 'p.yml': 'ram: WB' }, /standard input/],
    [['p.yml'], { 'p.yml': 'ram: WB' }, /^eptsweep assert: missing required argument 'config'\n$/],
    [['p.yml', 'bad.txt'], { 'p.yml': 'ram: WB', 'bad.txt': '' }, /^eptsweep assert: bad\.txt: empty: /],
    [['p.yml', 'ovmf-q35', '--policy', 'kvm-3'], { 'p.yml': 'ram: WB' }, /^eptsweep assert: .*kvm-3/],
    [['p.yml', 'ovmf-q35', '--when-missing', 'x'], { 'p.yml': 'ram: WB' }, /Allowed choices are skip, fail/],
  ])('%j', async (args, files, reason) => {
    const { status, stdout, stderr } = await asserted(files as Record<string, string>, ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/ {4}at /);
  });
});

describe('standard input', () => {
  it('can be the rules or the dump', async () => {
    const rules = await runLine('eptsweep assert - ovmf-q35', 'ram: WB\n');
    expect(rules).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/\nPASS {2}ram is WB: 8\.00G\n1 PASS\n$/),
    });
    const dump = await runLine(
      `eptsweep assert ${join(ROOT, 'examples/assert/firmware.yml')} -`,
      MACHINES['lost.txt'],
    );
    expect(dump.status).toBe(1);
    expect(dump.stdout).toMatch(
      /^stdin, 39 address bits, 1 CPU\nFAIL {2}ram is WB: UC instead of WB, 2G of /,
    );
    expect(dump.stdout).toMatch(/cause {2}IA32_MTRR_DEF_TYPE \(0x2ff\) = 0xc00, <stdin>:5\n/);
  });

  it('runs the examples of the help', async () => {
    const { stdout: help } = await inProcess(['assert', '--help']);
    const [, examples = ''] = help.split('\nExamples:\n');
    const lines = examples.split('\n').filter((line) => line.startsWith('  $ '));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines)
      expect({ line, status: (await runLine(line.slice(4))).status }).toEqual({ line, status: 0 });
  });
});

describe('examples/assert/workflow.yml', () => {
  interface Step {
    readonly name?: string;
    readonly run?: string;
  }
  const { jobs } = parse(readFileSync(join(ROOT, 'examples/assert/workflow.yml'), 'utf8')) as {
    jobs: Record<string, { steps: readonly Step[] }>;
  };
  const commands = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .flatMap(({ run }) => (run?.includes('eptsweep') ? [run] : []));

  it('stands in the docs, as the rules do', () => {
    const page = readFileSync(join(ROOT, 'docs/assert.md'), 'utf8');
    const [rules, workflow] = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text!);
    expect(workflow).toBe(readFileSync(join(ROOT, 'examples/assert/workflow.yml'), 'utf8'));
    const { name: _, ...firmware } = parse(readFileSync(join(ROOT, 'examples/assert/firmware.yml'), 'utf8'));
    expect(parse(rules!)).toEqual(firmware);
  });

  it('names every rule and range of the help in the docs', () => {
    const page = readFileSync(join(ROOT, 'docs/assert.md'), 'utf8');
    const keys = [
      ...RULE_KEYS,
      ...DETAIL_KEYS.map((key) => ({ key })),
      ...SETTING_KEYS.map((key) => ({ key })),
    ];
    const words = [...keys.map(({ key }) => key), ...AREA_NAMES.map(({ name }) => name)];
    const isNamed = (word: string) => page.includes(`\`${word}`);
    expect(words.filter((word) => !isNamed(word))).toEqual(['$schema', 'description']);
  });

  it('names each layout that ships', () => {
    const words = new Set(commands.join(' ').split(/\s+/));
    // A confidential guest's Linux looks at no MTRR, so there is none to be asserted.
    const layouts = PRESETS.filter(({ confidential }) => confidential === undefined);
    expect(layouts.map(({ name }) => name).filter((name) => !words.has(name))).toEqual([]);
  });

  it.each(commands)('%s', (command) => {
    const folder = mkdtempSync(join(tmpdir(), 'eptsweep-workflow-'));
    try {
      symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'));
      const line = command.replaceAll('npx eptsweep', 'eptsweep');
      const { status, stdout, stderr } = shell(`cd ${folder} && GITHUB_STEP_SUMMARY=summary.md && ${line}`);
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      const [report] = readdirSync(folder).filter((name) => name !== 'examples');
      const text = readFileSync(join(folder, report!), 'utf8');
      if (report!.endsWith('.md')) {
        expect(text).toMatch(/^\*\*lenovo-z575: .* PASS\*\*\n\n\| verdict \| rule \|.*\n\| ---/);
        return;
      }
      expect(stderr).toMatch(/^\d+ inputs?: \d+ pass(?:es)? \(.*\)\n$/);
      if (report!.endsWith('.xml')) expect(schemaComplaints(XSD, text)).toEqual([]);
      else expect(JSON.parse(text).version).toBe('2.1.0');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('dumps of every format', () => {
  it('each gets verdicts that fit the schema, or a reason', async () => {
    const rules = join(ROOT, 'examples/assert/firmware.yml');
    const files = FIXTURE_NAMES.map(fixturePath);
    const { status, stdout, stderr } = await inProcess(['assert', rules, ...files, '-f', 'junit']);
    expect(status).toBe(2);
    expect(schemaComplaints(XSD, stdout)).toEqual([]);
    const suites = parseXml(stdout).children;
    expect(suites).toHaveLength(files.length);
    const unread = suites.filter(({ attributes }) => attributes.errors === '1').length;
    expect(unread).toBeGreaterThan(0);
    expect(unread).toBeLessThan(files.length / 3);
    const refused = /^eptsweep assert: (?!(?:\S+: )?(?:inferred|assumed|torn): ).*: /gm;
    expect(stderr.match(refused)).toHaveLength(unread);
  });
});
