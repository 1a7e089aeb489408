/** What people read fits their terminal: tables and words at 60 and 80 columns, and at any width no word is broken. */
import { describe, expect, it } from 'vitest';
import { lineWidth } from '../../src/cli/output/line-width.ts';
import { visibleLength } from '../../src/write/format/wrap.ts';
import { inProcess, withFiles } from './program.ts';

const LINES: readonly (readonly string[])[] = [
  ['map', 'thinkpad-t400', '--want', 'mtrr,ept,effective,levels,leaf', '--policy', 'kvm-5.16'],
  ['map', 'thinkpad-t400', '3G-4G', '--linux'],
  ['map', 'ovmf-q35', 'seabios-q35', '3G-4G'],
  ['explain', 'ovmf-gpu', '32G', '--policy', 'kvm-6.8'],
  ['diff', 'surface-pro7', '--against', 'policy:kvm-5.16'],
  ['diff', 'ovmf-gpu', '--across', 'kernels=5.16,6.8,6.11,6.16'],
  ['diff', 'ovmf-gpu', '--across', 'peers'],
  ['share', 'examples/two-states.yaml'],
  ['replay', 'ovmf-boot'],
  ['replay', 'ovmf-boot', '--design', 'first-fault,vcpu0,role,zap-on-cd'],
  ['replay', '--list'],
  ['trace', 'examples/trace/guest.yaml', 'examples/trace/guest.ftrace'],
  ['verify', 'thinkpad-t400', '3G+1M', '--policy', 'kvm-5.16', '--against', 'sdm'],
  ['fuzz', '--count', '2', '--rules'],
  ['check', 'precision-t3600'],
  ['check', 'precision-t3600', 'thinkpad-t400'],
  ['assert', 'examples/assert/firmware.yml', 'precision-t3600'],
  ['fit', 'thinkpad-t400'],
  ['fit', '--presets'],
  ['sweep', 'plan', 'examples/sweep/releases.yaml'],
  ['list'],
  ['list', 'policies'],
  ['list', 'formats'],
  ['--help'],
  ['map', '--help'],
  ['check', '--help'],
];

/** What it says, but for how long it took. */
const words = (text: string): readonly string[] =>
  text
    .replaceAll(/^time .*$|[\d.]+ m?s\b/gm, '')
    .split(/\s+/)
    .filter((word) => word !== '');
/** Whether it could be no shorter: one word behind its indent or label, or what is copied to a shell. */
const isWhole = (line: string): boolean =>
  /^\s*(\S+(?: \S+){0,3} {2,})?\S+$/.test(line) || /(^|\s)eptsweep /.test(line);

describe.each([60, 80])('at %i columns', (width) => {
  it.each(LINES)('eptsweep %s %s %s %s', async (...args) => {
    const given = args.filter((one) => one !== undefined);
    const wide = await inProcess(given);
    const narrow = await inProcess(given, { variables: { COLUMNS: String(width) } });
    expect(narrow.status).toBe(wide.status);
    const tooLong = narrow.stdout.split('\n').filter((line) => visibleLength(line) > width && !isWhole(line));
    expect(tooLong).toEqual([]);
    const kept = new Set(words(narrow.stdout));
    expect(words(wide.stdout).filter((word) => !kept.has(word))).toEqual([]);
  });
});

describe('the width', () => {
  it('is that of COLUMNS, else of the terminal, and files have none', () => {
    const { isTTY, columns } = process.stdout;
    const before = process.env.COLUMNS;
    try {
      Object.assign(process.stdout, { isTTY: true, columns: 72 });
      delete process.env.COLUMNS;
      expect([lineWidth(), lineWidth('-'), lineWidth('file')]).toEqual([72, 72, undefined]);
      process.env.COLUMNS = '100';
      expect(lineWidth()).toBe(100);
      for (const odd of ['0', '3', 'wide', '-80', '70.5']) {
        process.env.COLUMNS = odd;
        expect([odd, lineWidth()]).toEqual([odd, odd === '0' || odd === 'wide' ? 72 : undefined]);
      }
      delete process.env.COLUMNS;
      process.stdout.isTTY = false;
      expect(lineWidth()).toBeUndefined();
    } finally {
      Object.assign(process.stdout, { isTTY, columns });
      if (before === undefined) delete process.env.COLUMNS;
      else process.env.COLUMNS = before;
    }
  });

  it.each(['json', 'ndjson', 'csv', 'markdown'])('is no affair of -f %s', async (format) => {
    const args = ['map', 'thinkpad-t400', '-f', format];
    const wide = await inProcess(args);
    expect(await inProcess(args, { variables: { COLUMNS: '40' } })).toEqual(wide);
  });

  it('is no affair of -o', async () => {
    const { readFileSync } = await import('node:fs');
    await withFiles({}, async (folder) => {
      const wide = await inProcess(['list', 'policies']);
      await inProcess(['list', 'policies', '-o', `${folder}/out`], { variables: { COLUMNS: '40' } });
      expect(readFileSync(`${folder}/out`, 'utf8')).toBe(wide.stdout);
    });
  });
});
