import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS, preset } from '../../src/config/index.ts';
import { createEngine, policy, typeName, vcpuOf } from '../../src/index.ts';
import { eptsweep, shell, withFiles } from './program.ts';

interface MapJson {
  readonly schema: string;
  readonly truncated?: true;
  readonly spans: readonly {
    first: string;
    last: string;
    pages: number;
    mtrr?: string;
    ept: string;
    ipat: boolean;
    level: number;
  }[];
  readonly totals: Record<string, readonly { type?: string; level?: number; pages: number }[]>;
}

const mapJson = (...args: string[]): MapJson => {
  const { status, stdout, stderr } = eptsweep(['map', ...args, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as MapJson;
};

describe('eptsweep map', () => {
  it('prints spans with inclusive ranges, then totals', () => {
    const { status, stdout, stderr } = eptsweep(['map', 'firecracker', '0x0-0xffffffff']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(
      `firecracker: policy sdm, 8 vCPUs, all equal, this is vcpu0, 46 address bits, engine auto

GPA range              size  MTRR  EPT  level
0x0-0xbfffffff           3G  WB    WB   1G
0xc0000000-0xffffffff    1G  WB    WB   -

total by               size      pages
MTRR type  WB            4G  1,048,576
EPT type   WB            4G  1,048,576
level      not mapped    1G    262,144
           1G            3G    786,432
`,
    );
  });

  it('writes IPAT as commits do, and drops the MTRR column where the policy has no types', () => {
    const { stdout } = eptsweep(['map', 'firecracker', '0x1000', '--policy', 'kvm-6.16']);
    expect(stdout).toContain('GPA range      size  EPT        level\n0x1000-0x1fff    4K  WB + IPAT  1G\n');
    expect(eptsweep(['map', 'firecracker', '0x1000', '--policy', 'kvm-5.16']).stdout).toContain('MTRR');
  });

  it('shows what KVM 5.16 makes of a UC hole, and that a backport ends it', () => {
    const hole = ['thinkpad-t400', '0xbd000000+4M', '-f', 'csv', '--want', 'ept'];
    const eptOf = (...args: string[]) => eptsweep(['map', ...hole, ...args]).stdout.split('\n')[1];
    expect(eptOf()).toBe('0xbd000000,0xbd3fffff,1024,UC,false');
    expect(eptOf('--policy', 'kvm-5.16')).toBe('0xbd000000,0xbd3fffff,1024,WB,false');
    expect(eptOf('--policy', 'kvm-5.16+mtrr=architectural')).toBe('0xbd000000,0xbd3fffff,1024,UC,false');
  });

  it('by gfn takes and prints frames', () => {
    const { stdout } = eptsweep([
      'map',
      'ovmf-q35',
      '0x7ffff-0x80000',
      '--by',
      'gfn',
      '--want',
      'mtrr',
      '-f',
      'csv',
    ]);
    expect(stdout).toBe('first,last,pages,mtrr\n0x7ffff,0x7ffff,1,WB\n0x80000,0x80000,1,UC\n');
  });

  it('takes ranges as people write them', () => {
    const spans = (range: string) => mapJson('ovmf-q35', range).spans;
    const expected = spans('0xa0000-0xbffff');
    for (const range of [
      'a0000-bffff',
      '640K+128K',
      '0xa0000+0x20000',
      '0xA_0000-0xB_FFFF',
      '0xa0123-0xbf000',
    ]) {
      expect(spans(range)).toEqual(expected);
    }
    expect(expected).toHaveLength(1);
  });

  it('gives every preset the totals of its spans, whole spaces included', () => {
    for (const { name, maxphyaddr } of PRESETS) {
      const map = mapJson(name);
      expect(map.schema).toBe('eptsweep/map@1');
      expect(map.truncated).toBeUndefined();
      const pages = map.spans.reduce((sum, span) => sum + span.pages, 0);
      expect(pages).toBe(2 ** (Number(maxphyaddr) - 12));
      for (const totals of Object.values(map.totals)) {
        expect(totals.reduce((sum, total) => sum + total.pages, 0)).toBe(pages);
      }
    }
  }, 60_000);

  it('prints what the library answers', () => {
    const view = createEngine('auto').open(vcpuOf(preset('asrock-b450'), 0), policy('kvm-6.8'));
    const map = mapJson('asrock-b450', '--policy', 'kvm-6.8', '--want', 'ept');
    expect(map.spans).toEqual(
      [...view.spans('ept')].map(({ start, end, type, ipat }) => ({
        first: `0x${(start * 4096).toString(16)}`,
        last: `0x${(BigInt(end) * 4096n - 1n).toString(16)}`,
        pages: end - start,
        ept: typeName(type!),
        ipat: ipat === 1,
      })),
    );
  });

  it.each(['reference', 'direct'])('prints the same with engine %s', (engine) => {
    const args = ['xeon-wt-2m', '3G+2G', '--policy', 'kvm-5.16', '-f', 'csv'];
    expect(eptsweep(['map', ...args, '--engine', engine]).stdout).toBe(eptsweep(['map', ...args]).stdout);
  });

  it('moves a leaf entry with the part of the span that it stands for', () => {
    const { stdout } = eptsweep([
      'map',
      'crosvm',
      '0xcfe00000+0x400000',
      '--want',
      'leaf,mtrr',
      '-f',
      'csv',
      '--policy',
      'kvm-5.16',
    ]);
    expect(stdout).toBe(
      'first,last,pages,leafLevel,entry,mtrr\n' +
        '0xcfe00000,0xcfffffff,512,2,0x60000000cfe00bf7,WB\n'.replace('0x6000', '0x600') +
        '0xd0000000,0xd01fffff,512,0,0x0,UC\n',
    );
  });

  it('is chosen by vCPU', () => {
    const text =
      'maxphyaddr: 46\nmtrr: {default: WB}\nvcpus:\n  - name: bsp\n  - {id: 4-5, mtrr: {default: UC}}\n';
    withFiles({ 'guest.yaml': text }, (folder) => {
      const file = join(folder, 'guest.yaml');
      const typeOf = (...args: string[]) =>
        eptsweep(['map', file, '0x200000', '--want', 'mtrr', '-f', 'ndjson', ...args]).stdout;
      expect(typeOf()).toContain('"mtrr":"WB"');
      for (const id of ['5', 'vcpu5', 'CPU4']) expect(typeOf('--vcpu', id)).toContain('"mtrr":"UC"');
      expect(typeOf('--vcpu', 'bsp')).toContain('"mtrr":"WB"');
      expect(eptsweep(['map', file, '--vcpu', '3']).stderr).toBe(
        'eptsweep map: no vCPU "3": guest has 0, 4, 5\n',
      );
      expect(eptsweep(['map', file]).stdout).toMatch(
        /^guest: policy sdm, 3 vCPUs, in 2 states, this is bsp,/,
      );
    });
  });

  it('reads standard input, and a file that is called like a preset', () => {
    const text = '{"maxphyaddr": 36, "msrs": {"MTRRdefType": "0x806"}}';
    expect(eptsweep(['map', '-', '-f', 'csv'], text).stdout).toContain(
      '0x0,0xfffffffff,16777216,WB,WB,false,3',
    );
    withFiles({ 'ovmf-q35': 'maxphyaddr: 32' }, (folder) => {
      expect(eptsweep(['map', join(folder, 'ovmf-q35')]).stdout).toContain('32 address bits');
    });
  });

  it('writes a file whole, and nothing else', () => {
    withFiles({ 'old.csv': 'old' }, (folder) => {
      const file = join(folder, 'old.csv');
      const { status, stdout } = eptsweep(['map', 'ovmf-q35', '-f', 'csv', '-o', file]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      expect(readFileSync(file, 'utf8')).toBe(eptsweep(['map', 'ovmf-q35', '-f', 'csv']).stdout);
      expect(readdirSync(folder)).toEqual(['old.csv']);
      expect(eptsweep(['map', 'nowhere.yaml', '-o', join(folder, 'new.csv')]).status).toBe(2);
      expect(existsSync(join(folder, 'new.csv'))).toBe(false);
    });
  });

  it('has colours where asked, never in a pipe by itself', () => {
    const has = (args: string[], env = {}) =>
      eptsweep(['map', 'ovmf-q35', ...args], '', env).stdout.includes('\u001b[');
    expect(has([])).toBe(false);
    expect(has(['--color'])).toBe(true);
    expect(has(['--color'], { NO_COLOR: '1' })).toBe(true);
    expect(has(['--no-color'])).toBe(false);
    expect(has(['--color', '-f', 'csv'])).toBe(false);
  });
});

describe('the program', () => {
  const program = eptsweep(['--help']).stdout;
  const commands = [...program.matchAll(/^ {2}([a-z]+) (?:\[options\]|<)/gm)].map(([, name]) => name!);

  it('lists its commands and its version', () => {
    expect(commands).toEqual(expect.arrayContaining(['map', 'list', 'oracle']));
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(eptsweep(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints usage where nothing is asked', () => {
    const { status, stderr } = eptsweep([]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Usage: eptsweep/);
  });

  it.each(['map', 'list'])('%s: every example of the help works', (command) => {
    const { status, stdout } = eptsweep([command, '--help']);
    expect(status).toBe(0);
    expect(eptsweep(['help', command]).stdout).toBe(stdout);
    const [, examples = ''] = stdout.split('\nExamples:\n');
    const lines = examples.split('\n').filter((line) => line.startsWith('  $ '));
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) {
      const run = shell(line.slice(4));
      expect({ line, status: run.status, stderr: run.stderr }).toEqual({ line, status: 0, stderr: '' });
      expect(run.stdout).not.toBe('');
    }
  });
});

describe('eptsweep list', () => {
  const listJson = (...args: string[]) =>
    JSON.parse(eptsweep(['list', ...args, '-f', 'json']).stdout) as { kind: string; name: string }[];

  it('gives objects with a name', () => {
    const all = listJson();
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['ovmf-q35', 'kvm-6.16', 'auto']));
    expect(listJson('presets').map(({ name }) => name)).toEqual(PRESETS.map(({ name }) => name));
    for (const topic of ['policies', 'engines', 'wants', 'quirks', 'commits', 'msrs']) {
      for (const { name } of listJson(topic)) expect(name).toMatch(/\S/);
    }
  });

  it('prints a preset as a file that maps like the preset', () => {
    const text = eptsweep(['list', 'presets', 'ovmf-gpu']).stdout;
    expect(eptsweep(['map', '-'], text).stdout).toBe(eptsweep(['map', 'ovmf-gpu']).stdout);
  });

  it('prints the schema', () => {
    const published = readFileSync(new URL('../../schema/vm.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(eptsweep(['list', 'schema']).stdout)).toEqual(JSON.parse(published));
  });
});
