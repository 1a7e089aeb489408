/** Short texts of a spec: ranges of releases, sizes and numbers, shares, times. */
import { policyName, releaseAtLeast } from '../../policy/index.ts';
import { parseQuantity } from '../values.ts';

/** `1/1000`. */
export const RATE_PATTERN = /^1\/([1-9]\d{0,8})$/;
/** `10s`, `500ms`. */
export const SECONDS_PATTERN = /^([1-9]\d{0,5})(ms|s)$/;

/** Ends of `A..B`; undefined for any other text. */
function ends(value: unknown): readonly [string, string] | undefined {
  const [, first, last] = (typeof value === 'string' && /^\s*(\S+?)\s*\.\.\s*(\S+)\s*$/.exec(value)) || [];
  return first === undefined || last === undefined ? undefined : [first, last];
}

function isPower(size: bigint | undefined): size is bigint {
  return size !== undefined && size >= 4096n && (size & (size - 1n)) === 0n;
}

/** Powers of two that a text names, ascending: `2M`, `1M..4G`; undefined where it names none. */
export function powersOf(value: unknown): readonly number[] | undefined {
  const [first, last] = ends(value) ?? [value, value];
  const [low, high] = [parseQuantity(first), parseQuantity(last)];
  if (!isPower(low) || !isPower(high) || low > high || high > 1n << 52n) return undefined;
  const powers: number[] = [];
  for (let size = Number(low); size <= Number(high); size *= 2) powers.push(size);
  return powers;
}

/** Whether {@link powersOf} reads it. */
export function isPowerRange(value: unknown): boolean {
  return powersOf(value) !== undefined;
}

/** Fewest and most of `0..3`, or of a number alone. */
export function countsOf(value: unknown): readonly [number, number] | undefined {
  const [first, last] = ends(value) ?? [String(value), String(value)];
  if (!/^\d{1,3}$/.test(first) || !/^\d{1,3}$/.test(last)) return undefined;
  return Number(first) > Number(last) ? undefined : [Number(first), Number(last)];
}

/** Whether {@link countsOf} reads it, up to a limit. */
export function isRangeCount(value: unknown, most: number): boolean {
  const counts = countsOf(value);
  return counts !== undefined && counts[1] <= most;
}

/** Last minor release of each major one of Linux that has ended. */
const LAST_MINOR: Readonly<Record<number, number>> = { 4: 20, 5: 19, 6: 19 };

/** What {@link releasesOf} makes of a text. */
export type Releases =
  | { readonly kind: 'no-range' }
  | { readonly kind: 'problem'; readonly message: string; readonly hint?: string }
  | { readonly kind: 'releases'; readonly names: readonly string[] };

const RELEASE = /^kvm-(\d{1,3})\.(\d{1,3})$/;

/**
 * Every minor release of a range, both ends included: `kvm-6.18..kvm-7.1` is 6.18, 6.19, 7.0 and 7.1.
 *
 * @example
 * releasesOf('kvm-5.19..kvm-6.1'); // { kind: 'releases', names: ['kvm-5.19', 'kvm-6.0', 'kvm-6.1'] }
 */
export function releasesOf(value: unknown): Releases {
  const found = ends(value);
  if (!found) return { kind: 'no-range' };
  const [first, last] = found.map((end) => {
    const [, major, minor] = RELEASE.exec(policyName(end)) ?? [];
    return major === undefined ? undefined : { major: Number(major), minor: Number(minor), patch: 0 };
  });
  if (!first || !last) {
    return { kind: 'problem', message: 'expected a range of minor releases such as kvm-4.7..kvm-7.1' };
  }
  if (!releaseAtLeast(last, first)) {
    return {
      kind: 'problem',
      message: 'the range ends before it starts',
      hint: `did you mean ${found[1]}..${found[0]}?`,
    };
  }
  const names: string[] = [];
  let { major, minor } = first;
  while (major < last.major || (major === last.major && minor <= last.minor)) {
    names.push(`kvm-${major}.${minor}`);
    if (minor >= (LAST_MINOR[major] ?? Number.POSITIVE_INFINITY)) [major, minor] = [major + 1, 0];
    else minor += 1;
    if (names.length > MOST_RELEASES) {
      return { kind: 'problem', message: `the range has more than ${MOST_RELEASES} releases` };
    }
  }
  return { kind: 'releases', names };
}

/** Guards against ranges such as kvm-4.7..kvm-999.0. */
const MOST_RELEASES = 1000;
