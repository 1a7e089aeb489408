/** Parameters of ready scenarios: `NAME,key=value,...`. */
import { InputRangeError } from '../../../errors.ts';
import { parseRelease, type Release, releaseAtLeast, releaseText } from '../../../policy/index.ts';
import { didYouMean } from '../../../suggest.ts';
import { MAX_VCPUS } from '../../../vm/index.ts';
import { OLDEST_LINUX } from './linux.ts';
import { OVMF_PROGRAMS } from './ovmf.ts';

/** What a boot depends on. */
export interface BootParameters {
  readonly vcpus: number;
  /** Release of Linux in the guest. */
  readonly linux: Release;
  /** How OVMF programs MTRRs: times on the BSP and on each AP. */
  readonly bsp: number;
  readonly ap: number;
}

/** A parameter that a scenario can take. */
export type BootParameter = keyof BootParameters;

/** What a boot is where nothing else is said. */
export const USUAL_BOOT: BootParameters = {
  vcpus: 8,
  linux: { major: 6, minor: 6, patch: 0 },
  ...OVMF_PROGRAMS,
};

const MOST_PROGRAMS = 100;

/** What each parameter takes, in words. */
export const PARAMETER_TEXTS: Readonly<Record<BootParameter, string>> = {
  vcpus: `1..${MAX_VCPUS}`,
  linux: `the guest's release, ${releaseText(OLDEST_LINUX)} or later`,
  bsp: `how often OVMF programs the BSP's MTRRs, 0..${MOST_PROGRAMS}`,
  ap: `how often it programs those of each AP, 0..${MOST_PROGRAMS}`,
};

function wrong(key: BootParameter, text: string): InputRangeError {
  return new InputRangeError('scenario', `${key}=${text}: expected ${PARAMETER_TEXTS[key]}`);
}

function integer(key: BootParameter, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < low || value > high) throw wrong(key, text);
  return value;
}

function release(key: BootParameter, text: string): Release {
  const found = parseRelease(text);
  if (!found || !releaseAtLeast(found, OLDEST_LINUX)) throw wrong(key, text);
  return found;
}

function readValue(key: BootParameter, text: string): Partial<BootParameters> {
  switch (key) {
    case 'vcpus':
      return { vcpus: integer(key, text, 1, MAX_VCPUS) };
    case 'linux':
      return { linux: release(key, text) };
    default:
      return { [key]: integer(key, text, 0, MOST_PROGRAMS) };
  }
}

/**
 * Reads `key=value,...`.
 *
 * @param takes - the parameters that the scenario has
 * @throws InputRangeError for a parameter that it has not, or a value that cannot be
 */
export function parseParameters(text: string, takes: readonly BootParameter[]): BootParameters {
  let parameters = USUAL_BOOT;
  for (const part of text.split(',')) {
    const [key = '', value = ''] = part.split(/=(.*)/s);
    const known = takes.find((one) => one === key.trim());
    if (!known) {
      const hint = didYouMean(key, takes);
      const all = takes.length === 0 ? 'it takes none' : `it takes ${takes.join(', ')}`;
      throw new InputRangeError('scenario', `no parameter "${key}" (${hint ?? all})`);
    }
    parameters = { ...parameters, ...readValue(known, value.trim()) };
  }
  return parameters;
}
