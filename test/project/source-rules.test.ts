/** Plants what each rule of the source forbids, and what it allows, and expects exactly the former to be found. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RULES, violationsIn } from '../../scripts/source-rules.mjs';

/** Rule, file, its text, and what of it is found. */
const FORBIDDEN: readonly (readonly [rule: string, file: string, text: string, found: string])[] = [
  ['msrs-have-a-room', 'src/fit/hex.ts', 'export const DEF_TYPE = 0x2ff;', '0x2ff'],
  ['msrs-have-a-room', 'src/fit/mask.ts', 'export const first = 0x201;', '0x201'],
  ['msrs-have-a-room', 'src/fit/base.ts', 'export const isPair = (msr: number) => msr >= 0x200;', '0x200'],
  ['msrs-have-a-room', 'src/fit/cap.ts', 'export const MTRRCAP = 254;', '254'],
  ['msrs-have-a-room', 'src/check/amd.ts', 'export const top = values.get(0xc001001d);', '0xc001001d'],
  ['msrs-have-a-room', 'src/check/own.ts', 'export const SYSCFG = 0xc0010010;', '0xc0010010'],
  ['msrs-have-a-room', 'src/cli/key.ts', "export const msrs = { '0x277': 6n };", "'0x277'"],
  ['msrs-have-a-room', 'src/write/name.ts', "export const name = 'IA32_PAT';", "'IA32_PAT'"],
  ['msr-in-hex', 'test/vm/decimal.test.ts', 'export const msrs = { 767: 0x800n };', '767'],
  ['msr-in-hex', 'src/msr/decimal.ts', 'export const msrs = {\n  3221291037: 0n };', '3221291037'],
  [
    'traits-not-hypervisors',
    'src/fit/kvm.ts',
    "export const isKvm = (policy: Policy) => policy.model === 'kvm';",
    '.model',
  ],
  [
    'traits-not-hypervisors',
    'src/cli/kvm.ts',
    "export const isKvm = (policy: Policy) => policy.traits.system === 'kvm';",
    ".system === '",
  ],
  ['terminal-is-of-cli', 'src/fit/loud.ts', "console.log('done');", 'console.log'],
  [
    'terminal-is-of-cli',
    'src/read/deep.ts',
    'export const width = process.stdout.columns;',
    'process.stdout',
  ],
  ['terminal-is-of-cli', 'src/read/in.ts', 'export const text = process.env.HOME;', 'process.env'],
  ['one-way-out', 'src/cli/loud.ts', 'process.stdout.write(vm.name);', 'stdout.write('],
  ['one-way-out', 'src/cli/sweep/file.ts', 'writeFileSync(path, text);', 'writeFileSync'],
  ['one-way-out', 'src/cli/bytes.ts', 'await writeChunks([text], file);', 'writeChunks'],
  ['colours-have-a-place', 'src/write/fit/red.ts', 'export const RED = `\\x1b[31m`;', '\\x1b'],
  ['colours-have-a-place', 'src/cli/title.ts', "export const TITLE = '\\u001b]0;';", '\\u001b'],
  ['fast-suite-skips-nothing', 'test/cli/fish.test.ts', "it.runIf(hasFish)('fish', f);", 'runIf'],
  ['fast-suite-skips-nothing', 'test/cli/each.test.ts', 'describe.concurrent.skip(f);', 'skip'],
  ['no-wall-clock-in-tests', 'test/cli/fast.test.ts', 'const start = performance.now();', 'performance.now'],
  ['no-wall-clock-in-tests', 'test/slow/fast.test.ts', 'expect(Date.now()).toBeLessThan(9);', 'Date.now'],
];

const ALLOWED: readonly (readonly [file: string, text: string])[] = [
  ['test/vm/hex.test.ts', 'export const msrs = { 0x2ff: 0x800n, 3: 0n, "767": 1n };'],
  ['src/policy/kvm.ts', "export const isKvm = (policy: Policy) => policy.traits.system === 'kvm';"],
  [
    'src/diff/alike.ts',
    'export const alike = (a: Policy, b: Policy) => a.traits.system === b.traits.system;',
  ],
  ['src/vm/pages.ts', 'export const PAGES = 512;'],
  ['src/msr/more.ts', "export const [msr, name] = [0x2ff, 'IA32_PAT'];"],
  ['src/reference/own.ts', 'export const DEF_TYPE = 0x2ff;'],
  ['src/wasm/own.ts', 'export const DEF_TYPE = 0x2ff;'],
  ['assembly/auto/own.ts', 'export const DEF_TYPE = 0x2ff;'],
  ['src/read/mark.ts', 'export const isUtf16 = head[0] === 0xff && head[1] === 0xfe;'],
  ['src/trace/dirty.ts', 'export const DIRTY = 0x200;\nexport const SPANS = 600;'],
  [
    'src/check/words.ts',
    "// Not 0x2ff.\nexport const remedy = 'bring MSR 0x2ff';\nexport const is = `IA32_PAT is given twice`;",
  ],
  ['src/cli/main.ts', "console.log('done');"],
  ['src/cli/output/out.ts', 'stdout.write(shownLine(line));'],
  ['src/cli/asked.ts', 'if (!output.write(visibleLines(answers))) await drained(output);'],
  ['src/fit/quiet.ts', '// console.log would be loud\nexport const x = 1; /* process.env */'],
  [
    'src/fit/told.ts',
    '/** Not console.log. */\nexport function f(/* console.log */): void {}\n// process.env',
  ],
];

const folders: string[] = [];
/** The violations in a tree of these files. */
function found(files: readonly (readonly [file: string, text: string])[]): ReturnType<typeof violationsIn> {
  const root = mkdtempSync(join(tmpdir(), 'eptsweep-rules-'));
  folders.push(root);
  for (const [file, text] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return violationsIn(root);
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('rules of the source', () => {
  it.each(FORBIDDEN)('%s: finds it in %s', (rule, file, text, what) => {
    expect(found([[file, text], ...ALLOWED])).toMatchObject([{ rule, file, found: what }]);
  });

  it('have a planted violation each', () => {
    expect(new Set(FORBIDDEN.map(([rule]) => rule))).toEqual(new Set(RULES.map(({ name }) => name)));
  });

  it('allow what the design has', () => {
    expect(found(ALLOWED)).toEqual([]);
  });

  it('name the line', () => {
    const [violation] = found([['src/fit/loud.ts', '/* two\nlines */\n\nconsole.error(1);']]);
    expect(violation).toMatchObject({ line: 4, hint: expect.stringContaining('cli/') });
  });
});
