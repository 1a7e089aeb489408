import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { diffCommand } from '../../src/cli/diff.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy, vcpuOf, vm } from '../../src/index.ts';
import { type TwoSidedJob, twoSidedOutput } from '../../src/write/diff/two.ts';
import { basisOf } from '../../src/write/json/basis.ts';
import { inProcess, leadingColumns, runLine, withFiles } from './program.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/bin/eptsweep.cjs', import.meta.url));

/** Q1: UC inside WB, the default type UC, so that KVM before 6.11 is wrong on 1 GiB. */
const GUEST = `maxphyaddr: 36
policy: kvm-6.6
noncoherentDma: true
mtrr:
  default: UC
  variable:
    - {base: 0, size: 4G, type: WB}
    - {base: 3G, size: 1G, type: UC}
vcpus:
  - {count: 3}
  - {id: 7, msrs: {0x204: 0x80000000, 0x206: 0x6}}
  - {id: 9, cr0cd: true}
`;

function diff(args: readonly string[], files: Record<string, string> = { 'guest.yaml': GUEST }) {
  return withFiles(files, async (folder) => {
    const placed = args.map((arg) => arg.replace(/\b[a-z]+\.yaml$/, (name) => join(folder, name)));
    const { status, stdout, stderr } = await inProcess(['diff', ...placed]);
    return { status, stdout, stderr: stderr.replaceAll(`${folder}/`, '') };
  });
}

describe('eptsweep diff --against', () => {
  it('a policy: shows spans, pages by pair of types, and the registers behind it', async () => {
    const { status, stdout } = await diff(['guest.yaml', '--against', 'policy:sdm']);
    expect(status).toBe(1);
    expect(stdout).toBe(`guest, vcpu0 of 5 vCPUs, in 3 states, policy kvm-6.6: ept against policy:sdm
262,144 of 16,777,216 pages differ (1G of 64G)

GPA range              size  kvm-6.6  sdm  why
0xc0000000-0xffffffff    1G  WB       UC   KVM folds contiguous ranges by descending base and may stop early; the manual weighs all that match [#0, #1]

kvm-6.6  sdm  size    pages
WB       UC     1G  262,144
`);
  });

  it('a vCPU: tells a difference of registers from one of effect', async () => {
    const same = await diff(['guest.yaml', '--against', 'vcpu:7']);
    expect(same.status).toBe(0);
    expect(same.stdout).toContain(
      'raw: 2 registers differ (IA32_MTRR_PHYSBASE2 0x204, IA32_MTRR_PHYSBASE3 0x206); effect: identical\n',
    );
    const other = await diff(['guest.yaml', '--against', 'vcpu:9']);
    expect(other.status).toBe(1);
    expect(other.stdout).toContain('raw: no register differs; effect: differs\n');
    expect(other.stdout).toMatch(/^0x100000000-0xfffffffff +60G +UC +WB \+ IPAT +CR0\.CD off -> on/m);
  });

  it('a config: with registers of both, and what only the larger space has', async () => {
    const wider = GUEST.replace('36', '37').replace('size: 1G, type: UC', 'size: 512M, type: UC');
    const { status, stdout } = await diff(
      ['guest.yaml', '--against', 'config:other.yaml', '--policy', 'sdm'],
      {
        'guest.yaml': GUEST,
        'other.yaml': wider,
      },
    );
    expect(status).toBe(1);
    expect(stdout).toContain('16,777,216 more pages are in the larger space only\n');
    expect(stdout).toMatch(/^0xe0000000-0xffffffff +512M +UC +WB$/m);
  });

  it('an engine: agrees, in spans and page by page', async () => {
    for (const more of [
      ['--want', 'leaf'],
      ['--want', 'levels'],
      ['--by-page'],
      ['--want', 'leaf', '--by-page'],
    ]) {
      const args = ['guest.yaml', '3G+8M', '--engine', 'reference', '--against', 'engine:direct', ...more];
      expect(await diff(args)).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('a policy that refuses a write: that is a difference, with its place where neither takes it', async () => {
    const nine = 'maxphyaddr: 36\nvcnt: 9\nmsrs:\n  0x210: 0x6\n';
    const one = await diff(['nine.yaml', '--against', 'policy:kvm-5.16'], { 'nine.yaml': nine });
    expect(one.status).toBe(1);
    expect(one.stdout).toContain('sdm: accepts every write\nkvm-5.16: #GP: WRMSR 0x210 <- 0x6 is refused\n');
    const both = await diff(['nine.yaml', '--against', 'policy:kvm-6.6', '--policy', 'kvm-5.16'], {
      'nine.yaml': nine,
    });
    expect(both.status).toBe(2);
    expect(both.stderr).toMatch(/^nine\.yaml:4:10: msrs\.0x210: .*\n$/);
  });

  it('counts exactly where the spans are too many to list', async () => {
    const holes = 'maxphyaddr: 52\nmtrr: {default: UC, variable: [{base: 0, mask: 0x1000, type: WB}]}\n';
    const { status, stdout } = await diff(['holes.yaml', '--against', 'policy:kvm-5.16', '--limit', '2'], {
      'holes.yaml': `${holes}noncoherentDma: true\n`,
    });
    expect(status).toBe(1);
    // Every other page; the last is beyond the end that KVM makes of the range.
    expect(stdout).toContain('549,755,813,887 of 1,099,511,627,776 pages differ');
    expect(stdout).toContain('... and more spans');
  });
});

it('counts it as a difference where only something else than the spans differs', () => {
  const engine = createEvaluatorSync({ engine: 'auto' });
  const guest = vm({ name: 'guest', maxphyaddr: 36 });
  const place = { config: guest.name, id: 0, index: 0 };
  const setup = { ...place, vcpu: vcpuOf(guest, 0), policy: policy('sdm'), engine };
  const view = engine.view(setup.vcpu, setup.policy);
  const side = (label: string) => ({ ...setup, label, view, source: view, fault: undefined });
  const job: TwoSidedJob = {
    title: 'guest',
    basis: basisOf(guest, policy('sdm')),
    want: 'ept',
    query: { range: { start: 0, end: 8 }, pat: 6 },
    by: 'gpa',
    limit: 10,
    sides: [side('reference'), side('auto')],
    hasCauses: false,
    hasRaw: false,
    beyond: 0,
    disagreements: [
      {
        question: { what: 'type-set' },
        range: { start: 4, end: 5 },
        left: { who: 'reference', says: '6' },
        right: { who: 'auto', says: '0' },
      },
    ],
  };
  const output = twoSidedOutput(job, 'table');
  expect({ ...output, lines: [...(output.kind === 'lines' ? output.lines : [])] }).toMatchObject({
    kind: 'lines',
    differs: true,
    lines: ['guest', 'no page differs of 8 (32K)', 'type-set at GFN 0x4: reference 6, auto 0'],
  });
  engine.dispose();
});

describe('eptsweep diff --across', () => {
  it('kernels: folds those that agree', async () => {
    const { status, stdout } = await diff(['guest.yaml', '--across', 'kernels=5.16,6.8,6.11,6.16']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^GPA range +size +5\.16, 6\.8 +6\.11, 6\.16 +why$/m);
    expect(stdout).toMatch(
      /^0x100000000-0xfffffffff +60G +UC +WB +0a7b73559b39 \(6\.11\): .* \[default type\]$/m,
    );
    const alike = await diff(['guest.yaml', '--across', 'kernels=6.11,6.16', '--want', 'levels']);
    expect(alike).toMatchObject({ status: 0, stderr: '' });
    expect(alike.stdout).toContain('all the same (6.11, 6.16): no page differs of 16,777,216 (64G)\n');
  });

  it('vCPUs: one column a state that differs in effect', async () => {
    const { status, stdout } = await diff(['guest.yaml', '--across', 'vcpus', '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'eptsweep/diff@2',
      differs: true,
      raw: ['IA32_MTRR_PHYSBASE2 0x204', 'IA32_MTRR_PHYSBASE3 0x206'],
      columns: [
        {
          label: 'vCPU 0-2,7',
          sides: [
            { label: 'vCPU 0-2', vcpus: [0, 1, 2] },
            { label: 'vCPU 7', vcpus: [7] },
          ],
        },
        { label: 'vCPU 9', sides: [{ label: 'vCPU 9', vcpus: [9], policy: { name: 'kvm-6.6' } }] },
      ],
    });
  });

  it('switches: non-coherent DMA and quirks', async () => {
    const dma = await diff(['guest.yaml', '--across', 'ncdma', '-f', 'csv']);
    expect(leadingColumns(dma.stdout, 6).split('\n')[0]).toBe(
      'first,last,pages,no non-coherent DMA,non-coherent DMA,why',
    );
    const kernels = ['guest.yaml', '--across', 'kernels=5.16,6.8,6.11,6.16'];
    const apart = await diff([...kernels, '-f', 'csv']);
    expect(leadingColumns(apart.stdout, 8).split('\n')[0]).toBe('first,last,pages,5.16,6.8,6.11,6.16,why');
    const [first] = (await diff([...kernels, '-f', 'ndjson'])).stdout.split('\n');
    const { columns: ofKernels, pagesUnlikeFirst } = JSON.parse(first!);
    expect(ofKernels.map((column: { label: string }) => column.label)).toEqual([
      '5.16',
      '6.8',
      '6.11',
      '6.16',
    ]);
    expect(pagesUnlikeFirst[1]).toBe(0);
    expect(pagesUnlikeFirst[2]).toBe(pagesUnlikeFirst[3]);
    const alike = await diff([
      'guest.yaml',
      '--across',
      'kernels=6.11,6.16',
      '--want',
      'levels',
      '-f',
      'csv',
    ]);
    expect(leadingColumns(alike.stdout, 6).trim()).toBe('first,last,pages,6.11,6.16,why');
    const quirks = await diff([
      'guest.yaml',
      '0x1000',
      '--vcpu',
      '9',
      '--across',
      'quirks',
      '--want',
      'effective',
      '-f',
      'ndjson',
    ]);
    expect(quirks.status).toBe(1);
    const [head, row] = quirks.stdout.trim().split('\n');
    const { columns } = JSON.parse(head!) as { columns: { sides: { quirks: string[] }[] }[] };
    expect(columns.flatMap(({ sides }) => sides.map(({ quirks: on }) => on))).toEqual([
      ['cd-nw-cleared', 'ignore-guest-pat'],
      ['cd-nw-cleared'],
      ['ignore-guest-pat'],
      [],
    ]);
    expect(JSON.parse(row!)).toMatchObject({
      'cd-nw-cleared+ignore-guest-pat': { type: 'WB' },
      'cd-nw-cleared': { type: 'WB' },
      'ignore-guest-pat': { type: 'UC' },
      'no quirk': { type: 'UC' },
    });
  });
});

describe('eptsweep diff --oracle', () => {
  const oracle = (engine: string) => `'${process.execPath}' '${MAIN}' oracle --engine ${engine}`;

  it('agrees with itself at the other end of the protocol', async () => {
    for (const want of ['ept', 'leaf', 'levels']) {
      const args = [
        'guest.yaml',
        '0+8G',
        '--oracle',
        oracle('auto'),
        '--engine',
        'reference',
        '--want',
        want,
      ];
      expect(await diff(args)).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('shows where the other program is wrong', async () => {
    const wrong = `node -e 'require("readline").createInterface({input:process.stdin}).on("line",(l)=>{const {id,range:[a,b]}=JSON.parse(l);console.log(JSON.stringify({id,spans:[[a,b,6,0]]}))})'`;
    const { status, stdout } = await diff(['guest.yaml', '--oracle', wrong, '--policy', 'sdm', '--json']);
    expect(status).toBe(1);
    const answer = JSON.parse(stdout) as { pages: number; spans: unknown[]; sides: unknown[] };
    expect(answer.pages).toBe(16_777_216 - 0xc0000);
    expect(answer.spans).toEqual([
      {
        first: 0xc0000000,
        last: 0xfffffffff,
        pages: answer.pages,
        a: { type: 'UC', ipat: false },
        b: { type: 'WB', ipat: false },
      },
    ]);
  });

  it.each([
    ['false', /the oracle \(crash\): the program ended/],
    ['cat', /the oracle (\(garbage\)|cannot)/],
    ['sleep 30', /the oracle \(hang\): no answer within/],
  ])('says in one line what %s did wrong', async (command, message) => {
    const { status, stdout, stderr } = await diff(['guest.yaml', '--oracle', command, '--timeout', '0.5']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('eptsweep diff refuses', () => {
  it.each([
    [['ovmf-q35'], 'expected another config, or one of --against, --oracle and --across'],
    [
      ['ovmf-q35', '--against', 'policy:sdm', '--across', 'vcpus'],
      'expected another config, or one of --against',
    ],
    [['tdx-guest', '--across', 'vendors'], 'expected intel: TDX is of Intel hosts'],
    [['ovmf-q35', '--across', 'vendors', '--want', 'ept', '--policy', 'kvm-6.8'], 'no EPT'],
    [
      ['ovmf-q35', '--against', 'kernel:6'],
      'expected policy:NAME, vcpu:N, config:FILE, stage:NAME, boot:N, set:PATH=VALUE, vendor:intel|amd or engine:',
    ],
    [['ovmf-q35', '--against', 'vcpu:99'], 'no vCPU "99"'],
    [['ovmf-q35', '--against', 'engine:fast'], 'no engine "fast"'],
    [['ovmf-q35', '--against', 'policy:kvm-3.2'], 'unknown policy "kvm-3.2"'],
    [['ovmf-q35', '--across', 'kernels'], 'expected kernels='],
    [['ovmf-q35', '--across', 'kernels=5.16'], 'expected two kernels or more'],
    [['ovmf-q35', '--across', 'kernels=5.16,6.8,kvm5.16'], 'kvm-5.16 is there twice'],
    [['ovmf-q35', '--across', 'kernels=5.16,6.11', '--want', 'mtrr'], 'computes no MTRR type'],
    [
      ['ovmf-q35', '--against', 'policy:sdm', '--by-page', '--want', 'levels'],
      '--by-page compares ept or leaf',
    ],
    [['ovmf-q35', '1-0', '--against', 'policy:sdm'], 'ends before it starts'],
    [['ovmf-q35', '--against', 'config:nowhere.json'], 'no such file'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(['diff', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

it("runs the examples of diff's help", async () => {
  let help = '';
  diffCommand()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
    })
    .outputHelp();
  const [, examples = ''] = help.split('\nExamples:\n');
  const lines = examples.split('\n').filter((line) => line.startsWith('  $ '));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const { status, stdout, stderr } = await runLine(line.slice(4));
    expect({ line, stderr, isKnown: status === 0 || status === 1 }).toEqual({
      line,
      stderr: '',
      isKnown: true,
    });
    expect(stdout).not.toBe('');
  }
});
