/** A raw line without what logs, mails, wikis and terminals put around it: time stamps, syslog prefixes, quoting. */
import { syslogHost } from './dress/host-of.ts';
import { MOST_COLUMNS, plainText } from './dress/plain-text.ts';

/** A line as readers see it. */
export interface Line {
  /** Number of the (first) raw line, from 1. */
  readonly number: number;
  /** The text without prefix, leading and trailing blanks; tabs are spaces. */
  readonly text: string;
  /** Blanks that stood before the text, after the prefix. */
  readonly indent: number;
  /** A log prefix was there: this line is no torn-off rest of the one before. */
  readonly prefixed: boolean;
  /** The prefix was Xen's. */
  readonly xen: boolean;
  /** Host, container or file that the prefix names. */
  readonly host?: string | undefined;
}

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const CLOCK = '\\d{1,2}:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?';
const LEVELS = 'EMERG|ALERT|CRIT|ERROR|WARN |NOTE |INFO |DEBUG|SPEW ';
const FACILITY = '(?:kern|user|daemon|syslog|auth)';

/** Prefixes of kernel, Xen and firmware logs; each takes one blank after it, the rest is indentation. */
const LOG_PREFIXES: readonly RegExp[] = [
  /<\d{1,3}>/y,
  /\[\s{0,12}\d{1,10}\.\d{1,9}\]\s?/y,
  /\[\s{0,8}[TC]\d{1,7}\]\s?/y,
  new RegExp(`\\[[A-Z][a-z]{2} ${MONTH} {1,2}\\d{1,2} ${CLOCK} \\d{4}\\]\\s?`, 'y'),
  new RegExp(
    `(?:${MONTH} {1,2}\\d{1,2}|\\d{4}-\\d\\d-\\d\\d)[ T]${CLOCK}(?:Z|[+-]\\d\\d:?\\d\\d)? ` +
      '(?:\\S{1,255} )?(?:kernel|xen|hypervisor|syslog)(?:\\[\\d{1,10}\\])?:\\s?',
    'y',
  ),
  new RegExp(`\\d{4}-\\d\\d-\\d\\d[ T]${CLOCK}(?:Z|[+-]\\d\\d:?\\d\\d)?\\s`, 'y'),
  /(?:[A-Za-z0-9._-]{1,255} )?kernel:\s?/y,
  new RegExp(`${FACILITY}\\s{0,4}:[a-z]{3,7}\\s{0,4}:\\s?`, 'y'),
  new RegExp(`\\[(?:${LEVELS})\\]\\s{0,2}`, 'y'),
];
const XEN_PREFIX = /\(XEN\)\s?/y;
/** Xen's own time stamps: seconds, a date, or raw TSC ticks. */
const XEN_STAMP =
  /\[(?:\s{0,12}\d{1,10}\.\d{1,9}|[0-9a-f]{16}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)\]\s?/y;
/** Quoting and markup before a prefix. */
const WRAPPINGS: readonly RegExp[] = [
  /\s{0,8}[>|]\s?/y,
  /\s{0,8}\[\/?(?:B|I|U|CODE|QUOTE|PRE|SIZE|COLOR)(?:=[^\]\s]{0,40})?\]/iy,
  /```[a-z]{0,12}/y,
  /\s{0,8}\/\/[/!]?\s?/y,
  /\s{0,8}\*\s/y,
];
/** `_reg00: ..._`: emphasis around a whole line. */
const EMPHASIS = /^([_*`]{1,3})(.{1,4000}[^_*`])\1$/;

/** Where a match that begins at `at` ends; 0: there is none. */
function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

function firstMatch(patterns: readonly RegExp[], text: string, at: number): number {
  for (const pattern of patterns) {
    const end = matchAt(pattern, text, at);
    if (end > 0) return end;
  }
  return 0;
}

function afterBlanks(text: string, at: number): number {
  let start = at;
  while (text.charCodeAt(start) === 0x20) start++;
  return start;
}

/**
 * Frees a line from its surroundings.
 *
 * @param raw - one line without its line feed
 * @param number - its number, from 1
 */
export function cleanLine(raw: string, number: number): Line {
  return cleanText(plainText(raw), number);
}

/**
 * Frees a line whose characters are plain from what stands around it.
 *
 * @param text - of {@link plainText}
 * @param number - its number, from 1
 */
export function cleanText(text: string, number: number): Line {
  let at = 0;
  let prefixed = false;
  let xen = false;
  let host: string | undefined;
  // Prefixes nest (quoting, syslog, time stamp), never deeper than this.
  for (let round = 0; round < 16; round++) {
    let end = firstMatch(WRAPPINGS, text, at);
    if (end === 0) {
      const word = afterBlanks(text, at);
      end = matchAt(XEN_PREFIX, text, word);
      if (end !== 0) xen = true;
      else if (xen) end = matchAt(XEN_STAMP, text, at);
      if (end === 0) end = firstMatch(LOG_PREFIXES, text, word);
      if (end !== 0) {
        prefixed = true;
        // The kernel's own time may stand behind.
        host ??= syslogHost(text.slice(0, end));
      }
    }
    if (end === 0) break;
    at = end;
  }
  const start = afterBlanks(text, at);
  const rest = text.slice(start).trimEnd();
  const plain = /^[_*`]/.test(rest) ? (EMPHASIS.exec(rest)?.[2] ?? rest) : rest;
  return { number, text: plain, indent: start - at, prefixed, xen, host };
}

/** A line of a mail without the marks of who quotes it. */
export function unquoted(text: string): string {
  return text.replace(/^(?:\s{0,3}[>|]\s?){1,16}/, '');
}

/** Two lines that were one before a mail program tore them apart. */
export function joinedLine(first: Line, rest: Line, glue: string): Line {
  return { ...first, text: `${first.text}${glue}${rest.text}`.slice(0, MOST_COLUMNS) };
}
