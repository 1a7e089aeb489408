/** Names, words and lines from elsewhere that would talk to the terminal, or turn what is read around: nothing of them gets out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { visible, visibleLines } from '../../src/visible.ts';
import { inProcess, type Run, withFiles } from './program.ts';

/** Clears the screen, sets a title, rings, colours; one-byte CSI, DEL, marks that reorder, hide or end lines. */
const HOSTILE =
  '\u001b[2J\u001b]0;t\u0007\u001b[31mred\u001b[39m\u009b1m\u007f\u0085\u202egpj\u2066\u200b\u2028\u2029\ufeff\u00ad\u{e0041}\r\tz';
/** Tabs pass: they do nothing but move on. */
const RAW = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Colours that the program itself prints, well paired. */
const OWN_COLOURS = /\u001b\[(?:1|2|3[1-6]|90|22|39)m/g;

/** Of file names, where a slash would part folders. */
const FILE = `${HOSTILE}.yaml`;
const quoted = JSON.stringify(HOSTILE);
const CONFIG = `name: ${quoted}
policy: kvm-5.16
maxphyaddr: 46
mtrr:
  default: UC
  variable:
    - {base: 0, size: 2G, type: WB}
    - {base: 1G, size: 512M, type: WC}
vcpus:
  - {id: 0-1}
  - {id: 2, mtrr: {variable: [{base: 0, size: 1G, type: WB}]}}
`;
const SCENARIO = `name: ${quoted}
description: ${quoted}
assumptions: [${quoted}]
vm: {name: ${quoted}, maxphyaddr: 36, noncoherentDma: true, vcpus: 2, slots: [{base: 0, size: 64M}]}
policy: kvm-5.16
events:
  - {touch: {vcpu: 0, range: 0-32M}, note: ${quoted}}
  - wrmsr: {vcpu: 0, msr: IA32_MTRR_DEF_TYPE, value: 0xc06}
  - report
`;
const RULES = `name: ${quoted}
default: WB
ram: {type: WC, warn: true, why: ${quoted}}
ranges:
  hostmem: {named: ${quoted}}
hostmem: WB
`;
const DUMP = `[    0.000000] Linux version 5.15.0 (${HOSTILE})
[    0.000000] MTRR default type: uncachable${HOSTILE}
[    0.000000] MTRR variable ranges enabled:
[    0.000000]   0 base 0000000000 mask 3f80000000 write-back
[    0.000000]   1 base ${HOSTILE}
[    0.000000] DMI: ${HOSTILE}, BIOS ${HOSTILE}
`;
const TRACE = ` CPU 0/KVM-41207   [003] d....   731.104402: kvm_tdp_mmu_spte_changed: as id 0 gfn 0 level 2 old_spte 0 new_spte 600000400000bb7
${HOSTILE} [003] d....   731.104871: kvm_tdp_mmu_spte_changed: as id 0 gfn ${HOSTILE} level 2 old_spte 0 new_spte 6
`;
const WANTED = `maxphyaddr: 36
want:
  - {type: WB, range: 0-0x9ffff, name: ${quoted}}
  - WB 1M-2G
rest: UC
`;
const FILES: Readonly<Record<string, string>> = {
  [FILE]: CONFIG,
  'key.yaml': `maxphyaddr: 36\n${quoted}: 1\nmtrr: {${quoted}: 2}\n`,
  'value.yaml': `maxphyaddr: ${quoted}\npolicy: ${quoted}\nmtrr: {default: ${quoted}}\nmsrs: {${quoted}: 1}\n`,
  'syntax.yaml': `maxphyaddr: [${HOSTILE}\n`,
  'scenario.yaml': SCENARIO,
  'scenario-key.yaml': `${SCENARIO}  - {${quoted}: 1}\n`,
  'rules.yml': RULES,
  'rules-key.yml': `${quoted}: WB\n`,
  [`${HOSTILE}.log`]: DUMP,
  'trace.txt': TRACE,
  'want.yaml': WANTED,
  'want-key.yaml': `maxphyaddr: 36\nwant: [${quoted}]\n`,
  'noise.txt': `${HOSTILE}\n`.repeat(20),
  'oracle.sh': `printf '%s\\n' ${JSON.stringify(HOSTILE)} >&2; read -r line; printf '{"id":1,"error":{"code":"x%s","message":"%s"}}\\n' ${"'"}${HOSTILE.replaceAll(/[^ -~]/g, '?')}\\u001b\\u202e${"'"} '\\u001b[2J\\u202e'\n`,
};

/** Command lines, FOLDER being where the files are; each prints something of them. */
const LINES: readonly (readonly string[])[] = [
  ...['table', 'json', 'ndjson', 'csv', 'markdown', 'svg'].flatMap((format) => [
    ['map', FILE, '-f', format],
    ['map', FILE, '--vcpu', 'all', '-f', format === 'svg' ? 'csv' : format],
    ['diff', FILE, '--against', 'policy:sdm', '-f', format],
    ['diff', FILE, 'ovmf-q35', '-f', format],
  ]),
  ...['table', 'json', 'sarif', 'junit', 'markdown'].flatMap((format) => [
    ['check', FILE, '-f', format],
    ['check', FILE, 'noise.txt', `${HOSTILE}.log`, '-f', format],
    ['assert', 'rules.yml', FILE, '-f', format],
    ['assert', 'rules.yml', FILE, 'value.yaml', `${HOSTILE}.log`, '-f', format],
  ]),
  ...['text', 'json', 'markdown'].map((format) => ['explain', FILE, '1G', '-f', format]),
  ...['table', 'json', 'markdown', 'svg'].flatMap((format) => [
    ['share', FILE, '-f', format],
    ['replay', 'scenario.yaml', '-f', format],
    ['replay', 'scenario.yaml', '--design', 'role,uniform', '-f', format],
  ]),
  ['replay', 'scenario.yaml', '--print'],
  ['replay', 'scenario-key.yaml'],
  ...['table', 'json', 'ndjson', 'csv', 'markdown'].map((format) => [
    'trace',
    FILE,
    'trace.txt',
    '-f',
    format,
  ]),
  ...['yaml', 'json', 'msr-csv', 'wrmsr', 'kvm-set-msrs', 'edk2', 'proc-mtrr'].map((to) => [
    'convert',
    FILE,
    '--to',
    to,
    '--vcpu',
    '0',
  ]),
  ['convert', FILE],
  ['convert', `${HOSTILE}.log`],
  ['fit', FILE],
  ['fit', FILE, 'ovmf-q35'],
  ['fit', '--want', 'want.yaml'],
  ['fit', '--want', 'want.yaml', '--json'],
  ['fit', '--want', 'want-key.yaml'],
  ['verify', FILE, '0-16M'],
  ['verify', FILE, '0-16M', '--json'],
  ...['key.yaml', 'value.yaml', 'syntax.yaml', 'noise.txt', HOSTILE].map((file) => ['map', file]),
  ['map', FILE, HOSTILE],
  ['map', FILE, '--policy', HOSTILE],
  ['map', FILE, '--set', HOSTILE],
  ['map', FILE, '--set', `${HOSTILE}=1`],
  ['map', FILE, '--set', `maxphyaddr=${HOSTILE}`],
  ['map', FILE, '--vcpu', HOSTILE],
  ['map', FILE, '--pat', HOSTILE],
  ['map', FILE, `--${HOSTILE}`],
  ['map', FILE, '-f', HOSTILE],
  ['map', FILE, '-o', `${HOSTILE}/x`],
  ['map', FILE, '--ram', HOSTILE],
  ['assert', 'rules-key.yml', FILE],
  ['diff', FILE, '--oracle', 'sh oracle.sh'],
  ['diff', FILE, '--oracle', HOSTILE],
  ['fuzz', '--oracle', 'sh oracle.sh', '--count', '3'],
  ['list', HOSTILE],
  ['list', 'presets', HOSTILE],
  ['list', 'schema', HOSTILE],
  ['sweep', 'plan', FILE],
  ['sweep', 'status', HOSTILE],
  [HOSTILE],
];

/** Runs lines in a folder of {@link FILES}; words that are names of these become paths. */
function inFolder<Result>(
  use: (folder: string, line: (...args: readonly string[]) => Promise<Run>) => Promise<Result>,
): Promise<Result> {
  return withFiles(FILES, (folder) =>
    use(folder, (...args) =>
      inProcess(
        args.map((word) =>
          Object.hasOwn(FILES, word)
            ? join(folder, word)
            : word.replace('oracle.sh', join(folder, 'oracle.sh')),
        ),
      ),
    ),
  );
}

const readable = (args: readonly string[]): string => visible(args.join(' ').replaceAll(HOSTILE, 'HOSTILE'));

describe('what is hidden in a text from elsewhere is shown, never obeyed', () => {
  it.each(LINES.map((args) => [readable(args), args] as const))('%s', (_, args) =>
    inFolder(async (_folder, line) => {
      const { status, stdout, stderr } = await line(...args);
      expect(stdout + stderr).not.toBe('');
      expect(status, stderr).toBeLessThan(3);
      const isBad = args.some((word) => ['value.yaml', 'noise.txt', HOSTILE].includes(word));
      if (args.includes('-f') && !isBad) expect(status, stderr).toBeLessThan(2);
      for (const line of [...stdout.split('\n'), ...stderr.split('\n')]) expect(line).not.toMatch(RAW);
      const isJson = args.includes('--json') || (args.includes('json') && args.includes('-f'));
      if (isJson && status !== 2) expect(() => JSON.parse(stdout)).not.toThrow();
    }),
  );

  it("colours are the program's own: those of an input are shown", () =>
    inFolder(async (_folder, line) => {
      const codes = (text: string) => [...text.matchAll(OWN_COLOURS)].length;
      for (const args of [
        ['check', FILE],
        ['explain', FILE, '1G'],
        ['map', FILE],
        ['assert', 'rules.yml', FILE],
      ]) {
        const [plain, { stdout }] = [await line(...args, '--no-color'), await line(...args, '--color')];
        expect(codes(plain.stdout)).toBe(0);
        expect(codes(stdout), args[0]!).toBeGreaterThan(0);
        expect(stdout.replace(OWN_COLOURS, '')).toBe(plain.stdout);
      }
    }));

  it('JSON says exactly what was there', () =>
    inFolder(async (_folder, line) => {
      const { stdout } = await line('check', FILE, '--json');
      expect(JSON.stringify(JSON.parse(stdout))).toContain(quoted);
      const { stdout: map } = await line('map', FILE, '--json');
      expect(JSON.stringify(JSON.parse(map))).toContain(quoted);
    }));

  it('a config that is written is read back with the same name', () =>
    inFolder(async (folder, line) => {
      for (const to of ['yaml', 'json']) {
        const file = join(folder, `copy.${to}`);
        expect((await line('convert', FILE, '--to', to, '-o', file)).status).toBe(0);
        expect(
          readFileSync(file, 'utf8')
            .split('\n')
            .filter((line) => RAW.test(line)),
        ).toEqual([]);
        const { stdout } = await line('map', file, '--json');
        expect(JSON.stringify(JSON.parse(stdout))).toContain(quoted);
      }
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }));

  it('an oracle gives back what it was asked with, in letters', async () => {
    const { stdout } = await inProcess(['oracle'], {
      input: `{"id":${quoted},"maxphyaddr":36,"want":"mtrr"}\n{"id":${quoted},${quoted}:1}\n`,
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([HOSTILE, HOSTILE]);
    for (const line of lines) expect(line).not.toMatch(RAW);
  });

  it('a line feed in a name begins no line', () =>
    withFiles({ 'a.yaml': 'name: "vm\\n0 findings"\nmaxphyaddr: 36\n' }, async (folder) => {
      for (const format of ['table', 'markdown', 'junit']) {
        const { stdout } = await inProcess(['check', join(folder, 'a.yaml'), '-f', format]);
        expect(stdout.split('\n').filter((line) => line.startsWith('0 findings'))).toEqual([]);
      }
    }));
});

it('escapes are those of JSON', () => {
  for (const text of [HOSTILE, 'plain', 'caf\u00e9 \u65e5\u672c \u{1f600}', '\ud800x', '\uffff']) {
    const shown = visible(text);
    expect(shown).not.toMatch(RAW);
    expect(JSON.parse(`"${shown}"`)).toBe(text);
  }
  expect(visible('caf\u00e9 \u65e5\u672c \u{1f600}')).toBe('caf\u00e9 \u65e5\u672c \u{1f600}');
  expect(visible('a\nb')).toBe('a\\nb');
  expect(visibleLines('a\u001b\nb')).toBe('a\\u001b\nb');
});
