/** Markdown, Parquet and pictures from the command line, and what can go wrong while files are written. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { descendants, parseXml } from '../write/xml.ts';
import { inProcess, leadingColumns, MAIN, runLine, shell, withFiles } from './program.ts';

const svgOf = async (...args: string[]) => {
  const { status, stdout, stderr } = await inProcess(args);
  expect(stderr).toBe('');
  expect([0, 1]).toContain(status);
  return parseXml(stdout);
};
const titles = (svg: ReturnType<typeof parseXml>) =>
  [...descendants(svg)].filter(({ name }) => name === 'title').map(({ text }) => text);

/** What a command wrote to a file, as bytes. */
async function written(folder: string, ...args: string[]): Promise<ArrayBuffer> {
  const file = join(folder, 'out.parquet');
  const { stdout, stderr } = await inProcess([...args, '-o', file]);
  expect([stdout, stderr]).toEqual(['', '']);
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

describe('-f markdown', () => {
  it('is a table for a pull request, with the totals, under either name', async () => {
    const { stdout } = await inProcess(['map', 'firecracker', '0x0-0xffffffff', '-f', 'markdown']);
    expect(
      stdout,
    ).toBe(`**firecracker: policy sdm, 8 vCPUs, all equal, this is vcpu0, 46 address bits, engine auto**

| GPA range | size | MTRR | EPT | level |
| --- | ---: | --- | --- | --- |
| 0x0-0xbfffffff | 3G | WB | WB | 1G |
| 0xc0000000-0xffffffff | 1G | WB | WB | - |

| total by |  | size | pages |
| --- | --- | ---: | ---: |
| MTRR type | WB | 4G | 1,048,576 |
| EPT type | WB | 4G | 1,048,576 |
| level | not mapped | 1G | 262,144 |
|  | 1G | 3G | 786,432 |
`);
    expect((await inProcess(['map', 'firecracker', '0x0-0xffffffff', '-f', 'md'])).stdout).toBe(stdout);
  });

  it.each([
    [['diff', 'thinkpad-t400', '--across', 'kernels=sdm,5.16'], '| GPA range | size | sdm | 5.16 | why |'],
    [
      ['diff', 'thinkpad-t400', '--against', 'policy:kvm-5.16'],
      '| GPA range | size | sdm | kvm-5.16 | why |',
    ],
    [['check', 'thinkpad-t400'], '| severity | rule | what | where | cause | do |'],
    [['list', 'policies'], '| name | description |'],
    [['share', 'ovmf-gpu'], '| design |'],
    [['replay', 'live-range-moved'], '| #'],
  ])('%j has one', async (args, heading) => {
    const { stdout, stderr } = await inProcess([...args, '-f', 'md']);
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    const at = lines.findIndex((line) => line.startsWith(heading));
    expect(at, stdout).toBeGreaterThanOrEqual(0);
    const columns = (line: string) => line.split(/(?<!\\)\|/).length;
    // Every table is one of GitHub's: a rule below its heading, as many cells in each row.
    let width = 0;
    for (const [k, line] of lines.entries()) {
      if (!line.startsWith('|')) width = 0;
      else if (width === 0) {
        width = columns(line);
        expect(lines[k + 1]).toMatch(/^\|( ---:? \|)+$/);
        expect(lines[k - 1] ?? '').toBe('');
      } else expect(columns(line)).toBe(width);
    }
  });
});

describe('-f parquet', () => {
  it('has the rows of the CSV, typed', async () => {
    const args = ['map', 'asrock-b450', '--policy', 'kvm-6.8', '--want', 'mtrr,ept,levels,leaf'];
    const { stdout } = await inProcess([...args, '-f', 'csv']);
    const csv = leadingColumns(stdout, 9).trim().split('\n').slice(1);
    const rows = await withFiles({}, async (folder) =>
      parquetReadObjects({ file: await written(folder, ...args, '-f', 'parquet') }),
    );
    expect(
      rows.map(({ first, last, pages, mtrr, ept, ipat, level, leafLevel, entry }) =>
        [
          `0x${first.toString(16)}`,
          `0x${last.toString(16)}`,
          pages,
          mtrr,
          ept,
          ipat,
          level,
          leafLevel,
          `0x${entry.toString(16)}`,
        ].join(),
      ),
    ).toEqual(csv);
  });

  it('says in its metadata what it is of, and that it was cut', async () => {
    await withFiles({}, async (folder) => {
      const metadata = async (...more: string[]) => {
        const file = await written(
          folder,
          'map',
          'ovmf-gpu',
          '--policy',
          'kvm-6.8',
          '-f',
          'parquet',
          ...more,
        );
        const { key_value_metadata } = parquetMetadata(file);
        return Object.fromEntries(key_value_metadata!.map(({ key, value }) => [key, value]));
      };
      expect(await metadata()).toEqual({
        schema: 'eptsweep/map@2',
        version: VERSION,
        config: 'ovmf-gpu',
        vcpus: '0',
        policy: 'kvm-6.8',
        row: 'kvm-6.7',
        flags: expect.stringMatching(/^mtrr=kvm ept=kvm /),
        commits: expect.stringContaining('d5e90a699858'),
        noncoherentDma: 'true',
        quirks: expect.stringContaining('cd-nw-cleared'),
        selfSnoop: 'true',
        assumptions: expect.any(String),
        engine: 'auto',
        maxphyaddr: '46',
        wants: 'mtrr,ept,levels',
        by: 'gpa',
        firstGfn: '0',
        pages: '17179869184',
      });
      expect(await metadata('--limit', '2')).toMatchObject({ truncated: 'true' });
    });
  });

  it('of differences has entries as numbers, and causes', async () => {
    const diff = ['diff', 'thinkpad-t400', '-f', 'parquet', '--want'];
    await withFiles({}, async (folder) => {
      const leaves = await parquetReadObjects({
        file: await written(folder, ...diff, 'leaf', '--against', 'policy:kvm-5.16'),
      });
      expect(leaves[0]).toMatchObject({ first: 0n, 'a level': 1, 'a entry': 0x37n });
      expect(leaves[0]!['b entry']).toBeGreaterThan(2n ** 58n);
      const types = await parquetReadObjects({
        file: await written(folder, ...diff, 'ept', '--across', 'kernels=sdm,5.16,6.8'),
      });
      expect(types).toEqual([
        expect.objectContaining({ first: 0xbce00000n, pages: 12800n, sdm: 'UC', '5.16': 'WB', '6.8': 'WB' }),
      ]);
      expect(types[0]!.why).toContain('KVM folds');
    });
  });

  it('goes into a pipe, byte for byte what goes into a file, but not to a terminal', async () => {
    await withFiles({}, (folder) => {
      const { status, stdout } = shell(
        `cd ${folder} && eptsweep map ovmf-q35 -f parquet | cat > a && eptsweep map ovmf-q35 -f parquet -o b && eptsweep map ovmf-q35 -f parquet > c && cmp a b && cmp b c && head -c 4 a`,
      );
      expect([status, stdout]).toEqual([0, 'PAR1']);
    });
    const before = process.stdout.isTTY;
    process.stdout.isTTY = true;
    try {
      for (const args of [
        ['map', 'ovmf-q35'],
        ['diff', 'ovmf-q35', '--across', 'ncdma'],
      ]) {
        const { status, stdout, stderr } = await inProcess([...args, '-f', 'parquet']);
        expect([status, stdout]).toEqual([2, '']);
        expect(stderr).toMatch(
          /^eptsweep \w+: -f parquet is for files: -o FILE, or a pipe \(not a terminal\)\n$/,
        );
      }
    } finally {
      process.stdout.isTTY = before;
    }
  });

  it('says what to install where its package is missing', () => {
    withFiles({}, (folder) => {
      cpSync(dirname(MAIN), join(folder, 'bin'), { recursive: true });
      const program = join(folder, 'bin', 'eptsweep.cjs');
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [program, 'map', 'ovmf-q35', '-f', 'parquet'],
        { encoding: 'utf8' },
      );
      expect({ status, stdout, stderr }).toEqual({
        status: 2,
        stdout: '',
        stderr:
          'eptsweep map: -f parquet needs the package hyparquet-writer: npm install hyparquet-writer@0.17\n',
      });
    });
  });
});

describe('-f svg', () => {
  it('draws a machine under each scale and width', async () => {
    const svg = await svgOf('map', 'surface-pro7', '-f', 'svg');
    expect(svg.attributes.width).toBe('720');
    expect(titles(svg)[0]).toBe('surface-pro7: memory types by address');
    expect(titles(svg)).toContain('0x4000000000-0x5fffffffff, 128G: MTRR type: WC');
    const narrow = await svgOf(
      'map',
      'surface-pro7',
      '3G-4G',
      '-f',
      'svg',
      '--scale',
      'linear',
      '--width',
      '400',
    );
    expect(narrow.attributes.width).toBe('400');
  });

  it('draws kernels side by side, and where they differ', async () => {
    const svg = await svgOf('diff', 'thinkpad-t400', '--across', 'kernels=sdm,5.16,6.8', '-f', 'svg');
    expect(titles(svg)).toContain('0xbce00000-0xffffffff, 1074M: sdm: UC');
    expect(titles(svg)).toContain('0x100000-0xbfffffff, 3071M: 5.16, 6.8: WB');
    expect(titles(svg)).toContain('0xbce00000-0xbfffffff, 50M: do they differ?: differs');
  });

  it('draws what another program answers beside the own answer', () => {
    const { status, stdout, stderr } = shell(
      `eptsweep diff thinkpad-t400 --oracle '"${process.execPath}" "${MAIN}" oracle' -f svg`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(titles(parseXml(stdout)).filter((title) => /^0x.*do they differ\?/.test(title))).toEqual([
      '0x0-0xfffff, 1M: do they differ?: same',
      '0x100000-0xffffffff, 4095M: do they differ?: same',
      '0x100000000-0xfffffffff, 60G: do they differ?: same',
    ]);
  });

  it('draws hundreds of vCPUs as lanes of equal answers, not too many', async () => {
    const states = Array.from(
      { length: 40 },
      (_, k) => `  - {count: 8, mtrr: {default: WB, variable: [{base: ${k + 1}G, size: 1G, type: UC}]}}\n`,
    );
    const config = `maxphyaddr: 46\nnoncoherentDma: true\npolicy: kvm-5.16\nvcpus:\n${states.join('')}`;
    await withFiles({ 'many.yaml': config }, async (folder) => {
      const svg = await svgOf('diff', join(folder, 'many.yaml'), '--across', 'vcpus', '-f', 'svg');
      const lanes = svg.children.filter(({ name, text }) => name === 'text' && text.startsWith('vCPU '));
      expect(lanes.map(({ text }) => text).slice(0, 2)).toEqual(['vCPU 0-7', 'vCPU 8-15']);
      expect(lanes).toHaveLength(24);
      expect(svg.children.map(({ text }) => text)).toContain('... and 16 further lanes');
    });
  });

  it('draws sharing and replays', async () => {
    expect(titles(await svgOf('share', 'ovmf-gpu', '-f', 'svg'))).toContain('wrong under vcpu0: none');
    const replayed = await svgOf('replay', 'live-range-moved', '-f', 'svg');
    expect(titles(replayed)).toContain('stale entries, up to 1G');
  });

  it.each([
    [
      ['map', 'ovmf-q35', '--want', 'leaf'],
      /^eptsweep map: -f svg draws mtrr, ept, effective and levels, not single leaf entries \(--want\)\n$/,
    ],
    [
      ['check', 'ovmf-q35'],
      /^eptsweep check: option '-f, --format <format>' argument 'svg' is invalid\. Allowed choices are [^\n]*\n$/,
    ],
    [['list'], /argument 'svg' is invalid/],
    [['map', 'ovmf-q35', '--width', '20'], /argument '20' is invalid\. expected a number 320\.\.4000\n$/],
    [['map', 'ovmf-q35', '--scale', 'square'], /Allowed choices are log, linear\.\n$/],
  ])('%j is refused in a line', async (args, message) => {
    const { status, stdout, stderr } = await inProcess([...args, '-f', 'svg']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('files', () => {
  it('in a folder that is not there: one line, nothing made', async () => {
    await withFiles({}, async (folder) => {
      for (const format of ['svg', 'parquet', 'md']) {
        const { status, stderr } = await runLine(
          `eptsweep map ovmf-q35 -f ${format} -o ${folder}/no/such/file`,
        );
        expect(status).toBe(2);
        expect(stderr).toBe(
          `eptsweep map: -o ${folder}/no/such/file: no such folder: ${folder}/no/such (it has to be made first)\n`,
        );
      }
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it('on a full disk: one line, nothing half-written, what was there stays', () => {
    withFiles({ 'out.csv': 'before\n' }, (folder) => {
      const endless = 'maxphyaddr: 46\nmtrr: {default: UC, variable: [{base: 0, mask: 0x1000, type: WB}]}\n';
      writeFileSync(join(folder, 'guest.yaml'), endless);
      for (const format of ['csv', 'parquet']) {
        // 64 blocks of 1 KiB: the file grows to the limit, then the write is refused as by a full disk.
        const { status, stdout, stderr } = shell(
          `cd ${folder} && ulimit -f 64 && eptsweep map guest.yaml -f ${format} -o out.csv`,
        );
        expect([status, stdout]).toEqual([2, '']);
        expect(stderr).toBe('eptsweep map: out.csv: larger than the limit for files (ulimit -f)\n');
        expect(readdirSync(folder).sort()).toEqual(['guest.yaml', 'out.csv']);
        expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toBe('before\n');
      }
    });
  });

  it('leaves devices, named pipes and links what they are', async () => {
    await withFiles({}, async (folder) => {
      const pipe = shell(
        `cd ${folder} && mkfifo pipe && (cat pipe > got & eptsweep map ovmf-q35 -f csv -o pipe; wait) && wc -l < got`,
      );
      expect(Number(pipe.stdout)).toBeGreaterThan(5);
      expect(statSync(join(folder, 'pipe')).isFIFO()).toBe(true);
      mkdirSync(join(folder, 'real'));
      writeFileSync(join(folder, 'real', 'file'), 'before');
      symlinkSync(join('real', 'file'), join(folder, 'link'));
      expect((await inProcess(['list', 'engines', '-o', `${folder}/link`])).status).toBe(0);
      expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(folder, 'real', 'file'), 'utf8')).toContain('direct');
      expect((await inProcess(['list', '-o', '/dev/null'])).status).toBe(0);
      expect(statSync('/dev/null').isFile()).toBe(false);
    });
  });
});
