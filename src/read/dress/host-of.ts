/** Whose line it is, where a prefix names a host, a container, a pod or a file. */

const NAME = '[\\p{L}\\p{N}_][\\p{L}\\p{N}._/@-]{0,254}';
/** The program that logs, behind which the kernel's own time may stand. */
const PROGRAM = '(?:kernel|xen|hypervisor|syslog)(?:\\[\\d{1,10}\\])?:';
const OWN_TIME = '\\s{0,2}(?:\\[\\s{0,12}\\d{1,10}\\.\\d{1,9}\\]\\s{0,2})?';
const SYSLOG = new RegExp(`(\\S{0,40}\\s)?(${NAME})\\s${PROGRAM}${OWN_TIME}$`, 'u');
/** The end of what {@link SYSLOG} finds, which most prefixes do not have: found at once where it is, while names are tried everywhere. */
const LOGGER = new RegExp(`${PROGRAM}${OWN_TIME}$`);
/** A line up to the program that logs. */
const LOGGED = new RegExp(`^.{0,200}?\\s${PROGRAM}\\s`);
const POD = /^\s{0,8}\[([^\]\s]{1,200}\/[^\]\s]{1,200})\]/;
const COLUMN = new RegExp(`^\\s{0,8}(${NAME})\\s{0,40}\\|`, 'u');
const LABEL = new RegExp(`^\\s{0,8}(${NAME}?)(?::|-(?=\\d{1,9}-))`, 'u');
/** What is no name: a number, a date, a time, a zone behind one, the program that logs. */
const NO_NAME = /^(?:[\d:.,+TZ-]{1,40}|\d{4}-\d\d-\d\d.{0,40}|kernel|kern|xen|syslog|message|localhost)$/i;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const CLOCK = /^\d{1,2}:\d\d(?::\d\d)?/;

function isName(word: string): boolean {
  return ADDRESS.test(word) || !NO_NAME.test(word);
}

/**
 * The host of a syslog's line.
 *
 * @param prefix - up to the message
 */
export function syslogHost(prefix: string): string | undefined {
  const found = LOGGER.test(prefix) ? SYSLOG.exec(prefix) : null;
  const name = found?.[2];
  if (name === undefined || !isName(name)) return undefined;
  // "2024-06-03 10:11:12 CEST kernel:" names no host.
  return CLOCK.test(found![0]) && /^[A-Z]{3,5}$/.test(name) ? undefined : name;
}

/** The host that a syslog's line names, whatever stands before that and behind it. */
export function hostIn(line: string): string | undefined {
  const logged = LOGGED.exec(line)?.[0];
  return logged === undefined ? undefined : syslogHost(logged);
}

/**
 * The host, container, pod or file that a learned prefix names.
 *
 * @param prefix - up to the message
 */
export function hostOf(prefix: string): string | undefined {
  const host = syslogHost(prefix);
  if (host !== undefined) return host;
  for (const pattern of [POD, COLUMN, LABEL]) {
    const name = pattern.exec(prefix)?.[1];
    if (name !== undefined && isName(name)) return name;
  }
  return undefined;
}
