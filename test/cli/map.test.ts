import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS, preset } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy, typeName, vcpuOf } from '../../src/index.ts';
import { inProcess, leadingColumns, runLine, shell, withFiles } from './program.ts';

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

const out = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await inProcess(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};
const mapJson = async (...args: string[]) => JSON.parse(await out('map', ...args, '--json')) as MapJson;

describe('eptsweep map', () => {
  it('prints spans with inclusive ranges, then totals', async () => {
    expect(await out('map', 'firecracker', '0x0-0xffffffff')).toBe(
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

  it('writes IPAT as commits do, and drops the MTRR column where the policy has no types', async () => {
    const recent = await out('map', 'firecracker', '0x1000', '--policy', 'kvm-6.16');
    expect(recent).toContain('GPA range      size  EPT        level\n0x1000-0x1fff    4K  WB + IPAT  1G\n');
    expect(await out('map', 'firecracker', '0x1000', '--policy', 'kvm-5.16')).toContain('MTRR');
  });

  it('shows what KVM 5.16 makes of a UC hole, and what it would if it did not use the MTRRs', async () => {
    const eptOf = async (...args: string[]) => {
      const csv = await out('map', 'thinkpad-t400', '0xbd000000+4M', '-f', 'csv', '--want', 'ept', ...args);
      return leadingColumns(csv, 5).split('\n')[1];
    };
    expect(await eptOf()).toBe('0xbd000000,0xbd3fffff,1024,UC,false');
    expect(await eptOf('--policy', 'kvm-5.16')).toBe('0xbd000000,0xbd3fffff,1024,WB,false');
    expect(await eptOf('--policy', 'kvm-5.16+0a7b73559b39')).toBe('0xbd000000,0xbd3fffff,1024,WB,false');
    const { status } = await inProcess(['map', 'thinkpad-t400', '--policy', 'kvm-5.16+mtrr=architectural']);
    expect(status).toBe(2);
  });

  it('by gfn takes and prints frames', async () => {
    const text = await out(
      'map',
      'ovmf-q35',
      '0x7ffff-0x80000',
      '--by',
      'gfn',
      '--want',
      'mtrr',
      '-f',
      'csv',
    );
    expect(leadingColumns(text, 4)).toBe(
      'first,last,pages,mtrr\n0x7ffff,0x7ffff,1,WB\n0x80000,0x80000,1,UC\n',
    );
  });

  it('takes ranges as people write them', async () => {
    const { spans } = await mapJson('ovmf-q35', '0xa0000-0xbffff');
    expect(spans).toHaveLength(1);
    for (const range of [
      'a0000-bffff',
      '640K+128K',
      '0xa0000+0x20000',
      '0xA_0000-0xB_FFFF',
      '0xa0123-0xbf001',
    ]) {
      expect((await mapJson('ovmf-q35', range)).spans).toEqual(spans);
    }
  });

  it.each(PRESETS.map(({ name, maxphyaddr }) => [name, 2 ** (Number(maxphyaddr) - 12)]))(
    'gives %s the totals of its spans, the whole space',
    async (name, frames) => {
      // What is assumed of some of them stands on standard error.
      const { status, stdout } = await inProcess(['map', name as string, '--json']);
      expect(status).toBe(0);
      const map = JSON.parse(stdout) as MapJson;
      expect(map.schema).toBe('eptsweep/map@2');
      expect(map.truncated).toBeUndefined();
      expect(map.spans.reduce((sum, span) => sum + span.pages, 0)).toBe(frames);
      for (const totals of Object.values(map.totals)) {
        expect(totals.reduce((sum, total) => sum + total.pages, 0)).toBe(frames);
      }
      for (const level of [0, 1, 2, 3]) {
        const spans = map.spans.filter((span) => span.level === level);
        const total = map.totals.levels!.find((one) => one.level === level)?.pages ?? 0;
        expect(spans.reduce((sum, span) => sum + span.pages, 0)).toBe(total);
      }
    },
  );

  it('prints what the library answers', async () => {
    const view = createEvaluatorSync({ engine: 'auto' }).view(
      vcpuOf(preset('asrock-b450'), 0),
      policy('kvm-6.8'),
    );
    const map = await mapJson('asrock-b450', '--policy', 'kvm-6.8', '--want', 'ept');
    expect(map.spans).toEqual(
      [...view.spansOf('ept')].map(({ start, end, type, ipat }) => ({
        first: start * 4096,
        last: end * 4096 - 1,
        pages: end - start,
        ept: typeName(type!),
        ipat: ipat === 1,
      })),
    );
  });

  it.each(['reference', 'direct'])('prints the same with engine %s', async (engine) => {
    const args = ['map', 'xeon-wt-2m', '3G+2G', '--policy', 'kvm-5.16', '-f', 'csv'];
    expect(await out(...args, '--engine', engine)).toBe(await out(...args));
  });

  it('moves a leaf entry with the part of the span that it stands for', async () => {
    const args = ['0xcfe00000+0x400000', '--want', 'leaf,mtrr', '-f', 'csv', '--policy', 'kvm-5.16'];
    expect(leadingColumns(await out('map', 'crosvm', ...args), 6)).toBe(
      'first,last,pages,leafLevel,entry,mtrr\n' +
        '0xcfe00000,0xcfffffff,512,2,0x6000000cfe00bf7,WB\n' +
        '0xd0000000,0xd01fffff,512,0,0x0,UC\n',
    );
    const split = await out(
      'map',
      'thinkpad-t400',
      '1M+4M',
      '--want',
      'leaf',
      '-f',
      'csv',
      '--policy',
      'kvm-6.8',
    );
    expect(leadingColumns(split, 5)).toMatch(
      /^first,last,pages,leafLevel,entry\n0x100000,0x1fffff,256,1,0x\w+\n0x200000,0x4fffff,768,2,0x\w+\n$/,
    );
  });

  it('is chosen by vCPU', async () => {
    const text =
      'maxphyaddr: 46\nmtrr: {default: WB}\nvcpus:\n  - name: bsp\n  - {id: 4-5, mtrr: {default: UC}}\n';
    await withFiles({ 'guest.yaml': text }, async (folder) => {
      const file = join(folder, 'guest.yaml');
      const typeOf = (...args: string[]) => out('map', file, '2M', '--want', 'mtrr', '-f', 'ndjson', ...args);
      expect(await typeOf()).toContain('"mtrr":"WB"');
      for (const id of ['5', 'vcpu5', 'CPU4']) expect(await typeOf('--vcpu', id)).toContain('"mtrr":"UC"');
      expect(await typeOf('--vcpu', 'bsp')).toContain('"mtrr":"WB"');
      const { stderr } = await inProcess(['map', file, '--vcpu', '3']);
      expect(stderr).toBe('eptsweep map: no vCPU "3": guest has 0, 4, 5\n');
      expect(await out('map', file)).toMatch(/^guest: policy sdm, 3 vCPUs, in 2 states, this is bsp,/);
    });
  });

  it('reads standard input, and a file that is called like a preset', async () => {
    const text = '{"maxphyaddr": 36, "msrs": {"MTRRdefType": "0x806"}}';
    const { stdout } = await runLine('eptsweep map - -f csv', text);
    expect(stdout).toContain('0x0,0xfffffffff,16777216,WB,WB,false,3');
    await withFiles({ 'ovmf-q35': 'maxphyaddr: 32' }, async (folder) => {
      expect(await out('map', join(folder, 'ovmf-q35'))).toContain('32 address bits');
    });
  });

  it('writes a file whole, and nothing else', async () => {
    await withFiles({ 'old.csv': 'old' }, async (folder) => {
      const file = join(folder, 'old.csv');
      expect(await out('map', 'ovmf-q35', '-f', 'csv', '-o', file)).toBe('');
      expect(readFileSync(file, 'utf8')).toBe(await out('map', 'ovmf-q35', '-f', 'csv'));
      expect(readdirSync(folder)).toEqual(['old.csv']);
      expect((await inProcess(['map', 'nowhere.yaml', '-o', join(folder, 'new.csv')])).status).toBe(2);
      expect(existsSync(join(folder, 'new.csv'))).toBe(false);
    });
  });

  it('has colours where asked, never in a pipe by itself', async () => {
    const has = async (...args: string[]) => (await out('map', 'ovmf-q35', ...args)).includes('\u001b[');
    expect(await has()).toBe(false);
    expect(await has('--color')).toBe(true);
    expect(await has('--no-color')).toBe(false);
    expect(await has('--color', '-f', 'csv')).toBe(false);
    expect((await runLine('NO_COLOR= eptsweep map ovmf-q35')).stdout).not.toContain('\u001b[');
    expect((await runLine('NO_COLOR=1 eptsweep map ovmf-q35 --color')).stdout).toContain('\u001b[32m');
  });
});

describe('the program', () => {
  it('lists its commands and its version', async () => {
    const commands = [...(await out('--help')).matchAll(/^ {2}([a-z]+) (?:\[options\]|<)/gm)].map(
      ([, name]) => name,
    );
    expect(commands).toEqual(expect.arrayContaining(['map', 'list', 'oracle']));
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    expect(shell('eptsweep --version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints usage where nothing is asked', async () => {
    const { status, stderr } = await inProcess([]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Usage: eptsweep/);
  });

  it.each(['map', 'list'])('%s: every example of the help works', async (command) => {
    const help = await out(command, '--help');
    expect(await out('help', command)).toBe(help);
    const [, examples = ''] = help.split('\nExamples:\n');
    const lines = examples.split('\n').filter((line) => line.startsWith('  $ '));
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) {
      const run = await runLine(line.slice(4));
      expect({ line, status: run.status, stderr: run.stderr }).toEqual({ line, status: 0, stderr: '' });
      expect(run.stdout).not.toBe('');
    }
  });
});

describe('eptsweep list', () => {
  const listJson = async (...args: string[]) =>
    (JSON.parse(await out('list', ...args, '-f', 'json')) as { items: { kind: string; name: string }[] })
      .items;

  it('gives objects with a name', async () => {
    const all = await listJson();
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['ovmf-q35', 'kvm-6.16', 'auto']));
    expect((await listJson('presets')).map(({ name }) => name)).toEqual(PRESETS.map(({ name }) => name));
    for (const topic of ['policies', 'engines', 'wants', 'quirks', 'commits', 'msrs']) {
      for (const { name } of await listJson(topic)) expect(name).toMatch(/\S/);
    }
  });

  it('prints a preset as a file that maps like the preset', async () => {
    const { stdout } = await runLine('eptsweep list presets ovmf-gpu | eptsweep map -');
    expect(stdout).toBe(await out('map', 'ovmf-gpu'));
  });

  it('prints the schema', async () => {
    const published = readFileSync(new URL('../../schema/vm.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(await out('list', 'schema'))).toEqual(JSON.parse(published));
  });
});
