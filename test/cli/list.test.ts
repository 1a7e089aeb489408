import { describe, expect, it } from 'vitest';
import { possibleValue } from '../../src/cli/completion/values.ts';
import { SCENARIOS } from '../../src/config/index.ts';
import { FORMATS } from '../../src/read/index.ts';
import { inProcess, runLine } from './program.ts';

async function listed(...args: string[]): Promise<{ kind: string; name: string; description: string }[]> {
  const { status, stdout, stderr } = await inProcess(['list', ...args, '-f', 'json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (JSON.parse(stdout) as { items: { kind: string; name: string; description: string }[] }).items;
}

describe('eptsweep list', () => {
  it('lists scenarios, and prints one as a file that replays like it', async () => {
    expect((await listed('scenarios')).map(({ name }) => name)).toEqual(SCENARIOS.map(({ name }) => name));
    const line = 'eptsweep list scenarios live-range-moved | eptsweep replay - --json';
    const { stdout } = await inProcess(['replay', 'live-range-moved', '--json']);
    expect((await runLine(line)).stdout).toBe(stdout);
  });

  it('lists the policies that completion offers', async () => {
    const items = await listed('policies');
    const releases = items.find(({ kind }) => kind === 'releases')?.description.split(' change at ')[1] ?? '';
    const names = [
      ...items.filter(({ kind }) => kind === 'policy').map(({ name }) => name),
      ...releases.split(' ').map((release) => `kvm-${release}`),
    ];
    const each = (words: readonly string[] = []) => [...new Set(words)].sort();
    expect(names).toEqual(expect.arrayContaining(['kvm-5.13', 'kvm-6.16', 'peer-xen']));
    for (const [command, option] of [
      ['map', '--policy'],
      ['verify', '--against'],
      ['fit', '--for'],
      ['fuzz', '--policies'],
    ] as const) {
      expect([...(possibleValue(command, 'name', option)?.words ?? [])].sort()).toEqual(each(names));
    }
    const sides = possibleValue('diff', 'side', '--against')!.words;
    expect(sides.filter((word) => word.startsWith('policy:')).sort()).toEqual(
      each(names.map((name) => `policy:${name}`)),
    );
  });

  it('lists formats of every kind: read, of traces, written, converted to', async () => {
    const formats = await listed('formats');
    const of = (kind: string) => formats.filter((one) => one.kind === kind).map(({ name }) => name);
    expect(of('format')).toEqual(FORMATS.map(({ name }) => name));
    expect(of('output format')).toEqual(
      expect.arrayContaining(['table', 'json', 'ndjson', 'csv', 'sarif', 'svg']),
    );
    expect(of('conversion')).toContain('kvm-set-msrs');
    expect(of('trace format').length).toBeGreaterThan(2);
  });

  it('lists everything of use where no topic is named', async () => {
    const kinds = new Set((await listed()).map(({ kind }) => kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'preset',
        'scenario',
        'policy',
        'engine',
        'format',
        'output format',
        'conversion',
      ]),
    );
  });

  it.each([
    [['presets', 'NOPE'], 'no preset "NOPE" (eptsweep list presets prints them)'],
    [['presets', 'ovmf-q36'], 'no preset "ovmf-q36" (did you mean "ovmf-q35"?)'],
    [['scenarios', 'NOPE'], 'no scenario "NOPE" (eptsweep list scenarios prints them)'],
    [['wants', 'mtrr'], '"mtrr": expected a name only behind presets, scenarios, schema'],
  ])('%j is refused in one line', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(['list', ...args]);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: `eptsweep list: ${message}\n`,
    });
  });
});
