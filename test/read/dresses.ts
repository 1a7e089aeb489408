/** A text in whatever people do to it before it is read: prefixes, records, wrap, quoting, line ends, encoding. */

/** How a log can be dressed. */
export interface Dress {
  readonly prefix: string;
  /** A program that printed each line as a record of its own. Default: none. */
  readonly record?: string;
  /** The prefix of what printed all that once more. Default: none. */
  readonly outer?: string;
  readonly wrap: string;
  readonly quoting: string;
  readonly ending: string;
  readonly encoding: string;
}

type Below = (limit: number) => number;

const two = (value: number): string => String(value).padStart(2, '0');
const clockOf = (n: number): string => `10:${two(Math.floor(n / 60) % 60)}:${two(n % 60)}`;
const stampOf = (n: number): string => (n * 0.000213).toFixed(6);

/** What stands before line `n` of a log. */
const PREFIXES: Readonly<Record<string, (n: number) => string>> = {
  none: () => '',
  dmesg: (n) => `[${stampOf(n).padStart(12)}] `,
  'dmesg -r': (n) => `<6>[${stampOf(n).padStart(12)}] `,
  'dmesg -x': (n) => `kern  :info  : [${stampOf(n).padStart(12)}] `,
  'dmesg -T': (n) => `[Mon Jun  3 ${clockOf(n)} 2024] `,
  'dmesg -T in German': (n) => `[Mo Jun  3 ${clockOf(n)} 2024] `,
  'dmesg -T in French': (n) => `[lun. juin  3 ${clockOf(n)} 2024] `,
  'dmesg -T in Japanese': (n) => `[月  6月  3 ${clockOf(n)} 2024] `,
  'dmesg -d': (n) => `[${stampOf(n).padStart(12)} <    0.000213>] `,
  'dmesg -e': (n) => (n % 9 === 0 ? `[Jun 3 10:${two(11 + n / 9)}] ` : '[  +0.000213] '),
  'dmesg --time-format iso': (n) => `2024-06-03T${clockOf(n)},000213+02:00 `,
  '/dev/kmsg': (n) => `6,${n},${n * 213},-;`,
  '/dev/kmsg with the caller': (n) => `6,${n + 95},${n * 213},-,caller=T0;`,
  netconsole: (n) => `6.6.0,6,${n},${n * 213},-;`,
  'journalctl short': (n) => `Jun 03 ${clockOf(n)} brookfield kernel: `,
  'journalctl short in German': (n) => `Jun 03 ${clockOf(n)} brookfield kernel: `,
  'journalctl short-full': (n) => `Mon 2024-06-03 ${clockOf(n)} CEST brookfield kernel: `,
  'journalctl short-iso': (n) => `2024-06-03T${clockOf(n)}+0200 brookfield kernel: `,
  'journalctl short-iso-precise': (n) => `2024-06-03T${clockOf(n)}.000213+02:00 brookfield kernel: `,
  'journalctl short-precise': (n) => `Jun 03 ${clockOf(n)}.000213 brookfield kernel: `,
  'journalctl short-monotonic': (n) => `[${stampOf(n).padStart(12)}] brookfield kernel: `,
  'journalctl short-unix': (n) => `17174022${two(n % 90)}.000213 brookfield kernel: `,
  'journalctl with-unit': (n) => `Mon 2024-06-03 ${clockOf(n)} CEST brookfield kernel[0]: `,
  'journalctl verbose': () => '    MESSAGE=',
  'journalctl export': () => 'MESSAGE=',
  'cat -n': (n) => `${String(n + 1).padStart(6)}\t[${stampOf(n).padStart(12)}] `,
  'cat -n in a forum': (n) => `${String(n + 1).padStart(6)}  [${stampOf(n).padStart(12)}] `,
  'grep -n': (n) => `${n + 101}:[${stampOf(n).padStart(12)}] `,
  'grep -n -A': (n) => `${n + 101}${n % 5 === 0 ? ':' : '-'}[${stampOf(n).padStart(12)}] `,
  'grep -H': (n) => `boot.log:[${stampOf(n).padStart(12)}] `,
  'grep -Hn': (n) =>
    `logs/boot.log${n % 5 === 0 ? ':' : '-'}${n + 3}${n % 5 === 0 ? ':' : '-'}[${stampOf(n).padStart(12)}] `,
  pdsh: (n) => `node17: [${stampOf(n).padStart(12)}] `,
  'pdsh by address': () => '10.0.0.5: ',
  'docker compose': () => 'guest-1  | ',
  'kubectl --prefix': (n) => `[pod/guest-5d8f7c9b4-x2x7k/serial] [${stampOf(n).padStart(12)}] `,
  'kubectl --timestamps': (n) => `2024-06-03T${clockOf(n)}.000213456Z `,
  ts: (n) => `Jun 03 ${clockOf(n)} `,
  'ts -s': (n) => `00:00:${two(n % 60)} `,
  minicom: (n) => `[2024-06-03 ${clockOf(n)}] [${stampOf(n).padStart(12)}] `,
  picocom: (n) => `[2024-06-03 ${clockOf(n)}.213] `,
  'rsyslog of a gateway': (n) => `<6>1 2024-06-03T${clockOf(n)}.000213Z brookfield kernel - - - `,
  'a serial log server': (n) => `ttyS0|${clockOf(n)}|`,
};

/** Prefixes of programs that print whatever they are given. */
const OF_ANY_TEXT = [
  'none',
  'cat -n',
  'cat -n in a forum',
  'grep -n',
  'grep -H',
  'grep -Hn',
  'pdsh',
  'pdsh by address',
  'docker compose',
  'kubectl --timestamps',
  'ts',
  'ts -s',
  'picocom',
  'rsyslog of a gateway',
  'a serial log server',
  'journalctl short-iso',
];

const BOOT = 'b'.repeat(32);
const entryOf = (line: string, n: number) => ({
  __REALTIME_TIMESTAMP: String(1_717_402_272_000_213 + n),
  _BOOT_ID: BOOT,
  PRIORITY: '6',
  SYSLOG_IDENTIFIER: 'kernel',
  MESSAGE: line,
  _HOSTNAME: 'brookfield',
});

const RECORDS: Readonly<Record<string, (line: string, n: number) => readonly string[]>> = {
  none: (line) => [line],
  'journalctl json': (line, n) => [JSON.stringify(entryOf(line, n))],
  'journalctl json-pretty': (line, n) => JSON.stringify(entryOf(line, n), undefined, '\t').split('\n'),
  'journalctl export': (line, n) => [
    ...Object.entries(entryOf(line, n)).map(([name, value]) => `${name}=${value}`),
    '',
  ],
  'docker json-file': (line, n) => [
    JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: `2024-06-03T${clockOf(n)}.000213Z` }),
  ],
};

const columns =
  (width: number) =>
  (line: string): readonly string[] => {
    if (line.length <= width) return [line];
    return Array.from({ length: Math.ceil(line.length / width) }, (_, n) =>
      line.slice(n * width, (n + 1) * width),
    );
  };

/** At the last blank before the column, which goes, as mail programs do. */
const words =
  (width: number) =>
  (line: string): readonly string[] => {
    const lines: string[] = [];
    let rest = line;
    while (rest.length > width) {
      const at = rest.lastIndexOf(' ', width);
      if (at <= 0 || rest.slice(0, at).trim() === '') break;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at + 1);
    }
    return [...lines, rest];
  };

const WRAPS: Readonly<Record<string, (line: string) => readonly string[]>> = {
  none: (line) => [line],
  '80 columns': columns(80),
  '72 columns': columns(72),
  '64 columns': columns(64),
  '72 columns between words': words(72),
  '64 columns between words': words(64),
};

const html = (line: string): string =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const QUOTINGS: Readonly<Record<string, (line: string) => string>> = {
  none: (line) => line,
  mail: (line) => `> ${line}`,
  'mail, twice': (line) => `> > ${line}`,
  'mail without a blank': (line) => `>>${line}`,
  forum: (line) => `| ${line}`,
  'HTML with br': (line) => `${html(line)}<br />`,
  'HTML with entities': (line) => `${html(line).replaceAll(' ', '&nbsp;').replaceAll('-', '&#8211;')}<br>`,
  'HTML of a paste': (line) => `<li class="li1"><div class="de1">${html(line)}</div></li>`,
  'en dashes': (line) => line.replaceAll(/(?<=[0-9A-F])-(?=[0-9A-F])/g, '–'),
  'no-break blanks': (line) => line.replaceAll('  ', ' \u00a0'),
  markdown: (line) => line.replaceAll('[', '\\[').replaceAll(']', '\\]'),
  'colours of dmesg': (line) => line.replace(/^(\[.*?\]) /, '\u001b[32m$1 \u001b[0m'),
};

/** What may stand before and behind the lines of any text, be they whole or pieces. */
const CELLS: Readonly<Record<string, (line: string, n: number) => string>> = {
  ...Object.fromEntries(
    OF_ANY_TEXT.filter((name) => name !== 'none').map((name) => [
      name,
      (line: string, n: number) => PREFIXES[name]!(n) + line,
    ]),
  ),
  'cat -n alone': (line, n) => `${String(n + 1).padStart(6)}\t${line}`,
  'grep -n alone': (line, n) => `${n + 1}:${line}`,
  'pdsh alone': (line) => `node17: ${line}`,
  mail: (line) => `> ${line}`,
  'a table': (line, n) => `2024-06-03,${n + 1},${line}`,
  'a table with quotes': (line, n) => `"${n + 1}","${line.replaceAll('"', '""')}"`,
};

/** Lines that were cut at a column, and had a prefix put before each, before that or after it. */
export interface CutDress {
  readonly cell: string;
  readonly column: number;
  readonly byWords: boolean;
  readonly isCutFirst: boolean;
}

/** Any of them: the narrowest columns in which values and stamps do not look whole, up to those of wide terminals. */
export function anyCutDress(turn: number, below: Below): CutDress {
  return {
    cell: pick(CELLS, below),
    column: turn % 4 === 0 ? 20 + below(20) : 40 + below(81),
    byWords: below(4) === 0,
    isCutFirst: turn % 2 === 0,
  };
}

/** A text of lines, cut and dressed. */
export function cutAndDressed(lines: readonly string[], dress: CutDress): Uint8Array {
  const cut = (line: string) => (dress.byWords ? words : columns)(dress.column)(line);
  const dressedLine = CELLS[dress.cell]!;
  const shown = dress.isCutFirst ? lines.flatMap(cut).map(dressedLine) : lines.map(dressedLine).flatMap(cut);
  return Buffer.from(shown.map((line) => `${line}\n`).join(''));
}

const ENDINGS: Readonly<Record<string, string>> = { LF: '\n', CRLF: '\r\n' };

const utf16 = (text: string, isBig: boolean): Uint8Array => {
  const bytes = Buffer.from(text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};

const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16': (text) => utf16(`\ufeff${text}`, false),
  'UTF-16, big-endian': (text) => utf16(`\ufeff${text}`, true),
  'UTF-16 without a mark': (text) => utf16(text, false),
  'UTF-16, big-endian, without a mark': (text) => utf16(text, true),
  'Windows-1252': (text) => Buffer.from(text.replaceAll('–', '\u0096'), 'latin1'),
};

function pickOf(names: readonly string[], below: Below): string {
  return names[below(names.length)]!;
}

function pick(table: Readonly<Record<string, unknown>>, below: Below): string {
  return pickOf(Object.keys(table), below);
}

/** Names of all prefixes. */
export const PREFIX_NAMES: readonly string[] = Object.keys(PREFIXES);

/** Any dress; every prefix comes in turn. */
export function anyDress(turn: number, below: Below): Dress {
  const prefix = PREFIX_NAMES[turn % PREFIX_NAMES.length]!;
  const quoting = pick(QUOTINGS, below);
  const isAscii = !prefix.includes('Japanese');
  const encoding = pick(ENCODINGS, below);
  return {
    prefix,
    wrap: pick(WRAPS, below),
    quoting,
    ending: pick(ENDINGS, below),
    encoding: encoding === 'Windows-1252' && !isAscii ? 'UTF-8' : encoding,
  };
}

/**
 * Two dresses, one over the other, or a record a line in a dress; no line is cut.
 *
 * @param isKernelLog - what the kernel's and the journal's prefixes suit; other texts take those of programs that pass texts on
 */
export function anyTwoDresses(turn: number, below: Below, isKernelLog: boolean): Dress {
  const inner = pickOf(isKernelLog ? PREFIX_NAMES : OF_ANY_TEXT, below);
  const record = turn % 3 === 0 ? pick(RECORDS, below) : 'none';
  const dress = anyDress(turn, below);
  const isAscii = !inner.includes('Japanese');
  const encoding = isAscii || dress.encoding !== 'Windows-1252' ? dress.encoding : 'UTF-8';
  return {
    ...dress,
    wrap: 'none',
    encoding,
    prefix: record === 'none' ? inner : 'none',
    record,
    outer: pickOf(OF_ANY_TEXT, below),
  };
}

/** The lines of a log, without any prefix, dressed. */
export function dressed(lines: readonly string[], dress: Dress): Uint8Array {
  const shown = lines
    .map((line, n) => PREFIXES[dress.prefix]!(n) + line)
    .flatMap((line, n) => RECORDS[dress.record ?? 'none']!(line, n))
    .map((line, n) => PREFIXES[dress.outer ?? 'none']!(n) + line)
    .flatMap((line) => WRAPS[dress.wrap]!(line))
    .map((line) => QUOTINGS[dress.quoting]!(line));
  return ENCODINGS[dress.encoding]!(shown.map((line) => line + ENDINGS[dress.ending]!).join(''));
}
