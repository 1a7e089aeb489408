import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withChanges } from '../../src/config/change/with-changes.ts';
import { preset } from '../../src/config/index.ts';
import { chosenVcpus, namesSeveral } from '../../src/open/chosen-vcpus.ts';
import { inProcess } from './program.ts';

/** Eight vCPUs, of which one has its MTRRs off. */
const TWO_STATES = ['--set', 'vcpus[1].mtrr.enabled=false'];

const ran = async (...args: string[]) => {
  const { status, stdout, stderr } = await inProcess([...args, ...TWO_STATES]);
  expect([stderr, status! < 2]).toEqual(['', true]);
  return stdout;
};
const linesOf = async (...args: string[]) => (await ran(...args)).trimEnd().split('\n');

/** The `vcpus` of each row of CSV. */
function vcpusOf([heading, ...rows]: readonly string[]): readonly string[] {
  const at = heading!.split(',').indexOf('vcpus');
  return [...new Set(rows.map((row) => row.split(',')[at]!))];
}

describe('chosenVcpus', () => {
  const vm = withChanges(preset('ovmf-q35'), { 'vcpus[1].cr0cd': true });
  const idsOf = (text?: string) => chosenVcpus(vm, text).map(({ indexes }) => indexes);

  it.each<[string | undefined, number[][]]>([
    [undefined, [[0]]],
    ['3', [[3]]],
    ['vcpu3', [[3]]],
    ['0-3,7', [[0, 2, 3, 7], [1]]],
    ['7,0,0', [[0, 7]]],
    ['distinct', [[0], [1]]],
    ['all', [[0, 2, 3, 4, 5, 6, 7], [1]]],
  ])('%s', (text, expected) => {
    expect(idsOf(text)).toEqual(expected);
  });

  it.each([
    ['al', 'no vCPU "al": ovmf-q35 has 0-7 (did you mean "all"?)'],
    ['disctint', 'did you mean "distinct"?'],
    ['5-9', 'no vCPU "9": ovmf-q35 has 0-7'],
    ['5-3', 'the list ends before it starts'],
    ['0-3,,7', 'no vCPU "0-3,,7"'],
  ])('refuses %s', (text, message) => {
    expect(() => idsOf(text)).toThrow(message);
  });

  it('is of several by what was written, not by what there is', () => {
    expect(['all', 'distinct', '0-3', '1,2'].every(namesSeveral)).toBe(true);
    expect(['3', 'vcpu3', 'boot-cpu', undefined].some(namesSeveral)).toBe(false);
  });
});

describe('--vcpu of several', () => {
  it.each([
    ['map', ['map', 'ovmf-q35', '0-1M']],
    ['diff', ['diff', 'ovmf-q35', '0-4G', '--against', 'policy:kvm-5.16']],
  ])('%s has rows of each state in one CSV, with its vCPUs', async (_name, args) => {
    const rows = await linesOf(...args, '-f', 'csv', '--vcpu', 'all');
    expect(rows.filter((row) => row.startsWith('first,'))).toHaveLength(1);
    expect(vcpusOf(rows)).toEqual(['0 2-7', '1']);
    const alone = await linesOf(...args, '-f', 'csv', '--vcpu', '1');
    expect(rows.slice(-(alone.length - 1))).toEqual(alone.slice(1));
  });

  it.each([
    ['map', ['map', 'ovmf-q35', '0-1M']],
    ['diff', ['diff', 'ovmf-q35', '0-4G', '--against', 'policy:kvm-5.16']],
    ['diff of columns', ['diff', 'ovmf-q35', '0-4G', '--across', 'kernels=5.16,6.8']],
  ])('%s says in each line of ndjson whose it is', async (_name, args) => {
    const lines = (await linesOf(...args, '-f', 'ndjson', '--vcpu', '0-2')).map(
      (line) => JSON.parse(line) as { vcpus: number[] },
    );
    expect(new Set(lines.map(({ vcpus }) => vcpus.join()))).toEqual(new Set(['0,2', '1']));
  });

  it.each([
    ['map', ['map', 'ovmf-q35', '0-1M']],
    ['diff', ['diff', 'ovmf-q35', '0-1M', '--against', 'policy:kvm-5.16']],
    ['verify', ['verify', 'ovmf-q35', '0-1M', '--threads', '1']],
  ])('%s has a document of each state in its JSON', async (name, args) => {
    const document = JSON.parse(await ran(...args, '--json', '--vcpu', 'distinct')) as {
      schema: string;
      states: { vcpus: number[] }[];
    };
    expect(document.schema).toBe(`eptsweep/${name}-vcpus@2`);
    expect(document.states.map(({ vcpus }) => vcpus)).toEqual([[0], [1]]);
  });

  it('has the same shape where all are in one state', async () => {
    const { stdout } = await inProcess(['map', 'ovmf-q35', '0-1M', '--json', '--vcpu', 'all']);
    expect(JSON.parse(stdout)).toMatchObject({ states: [{ vcpus: [0, 1, 2, 3, 4, 5, 6, 7] }] });
  });

  it('names them in tables', async () => {
    const titles = (await linesOf('map', 'ovmf-q35', '0-1M', '--vcpu', 'all')).filter((line) =>
      line.includes('policy'),
    );
    expect(titles.map((line) => /this is ([^,]+(?:,\d[^,]*)?)/.exec(line)?.[1])).toEqual([
      'vCPU 0,2-7',
      'vcpu1',
    ]);
  });

  it('is a column of Parquet', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eptsweep-'));
    try {
      for (const args of [
        ['map', 'ovmf-q35'],
        ['diff', 'ovmf-q35', '--against', 'policy:kvm-5.16'],
      ]) {
        const file = join(folder, `${args[0]}.parquet`);
        await ran(...args, '-f', 'parquet', '-o', file, '--vcpu', 'all');
        const { parquetReadObjects } = await import('hyparquet');
        const bytes = readFileSync(file);
        const rows = (await parquetReadObjects({
          file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
        })) as { vcpus: string }[];
        expect(new Set(rows.map(({ vcpus }) => vcpus))).toEqual(new Set(['0,2-7', '1']));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('limits check, assert, share and diff --across vcpus to those that it names', async () => {
    expect(await ran('check', 'ovmf-q35', '--vcpu', '2-5')).toContain('4 CPUs');
    expect(await ran('check', 'ovmf-q35', '--vcpu', '2-5')).not.toContain('cpus-differ');
    expect(await ran('check', 'ovmf-q35', '--vcpu', '0-5')).toContain('cpus-differ');
    expect(await ran('share', 'ovmf-q35', '--vcpu', 'distinct')).toContain('2 vCPUs in 2 states');
    expect(await ran('assert', 'examples/assert/vmm.yml', 'ovmf-q35', '--vcpu', '3')).toContain('1 CPU');
    expect(await ran('diff', 'ovmf-q35', '--across', 'vcpus', '--vcpu', '0,2-4')).toContain('all the same');
  });

  it('is one state for what can say no more, else refused', async () => {
    for (const args of [
      ['convert', 'ovmf-q35', '-t', 'msr-csv'],
      ['fit', 'ovmf-q35'],
    ]) {
      expect((await inProcess([...args, '--vcpu', '2-5', ...TWO_STATES])).status).toBe(0);
      const { status, stderr } = await inProcess([...args, '--vcpu', 'all', ...TWO_STATES]);
      expect([status, stderr]).toEqual([
        2,
        `eptsweep ${args[0]}: vCPUs "all" are in 2 states: 0,2-7 | 1 (choose one of a state)\n`,
      ]);
    }
    for (const args of [
      ['map', '-f', 'svg'],
      ['diff', '--across', 'quirks', '-f', 'svg'],
      ['verify', '--resume', 'state.json'],
    ]) {
      const { status, stderr } = await inProcess([
        args[0]!,
        'ovmf-q35',
        ...args.slice(1),
        '--vcpu',
        'all',
        ...TWO_STATES,
      ]);
      expect(status).toBe(2);
      expect(stderr).toContain('--vcpu takes one of each');
    }
  });
});
