/** Words that findings share. */
import type { GfnRange } from '../types.ts';

/** `0x` and lower-case digits. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** Frames as an inclusive range of addresses. */
export function addresses({ start, end }: GfnRange): string {
  return `${hex(BigInt(start) << 12n)}-${hex((BigInt(end) << 12n) - 1n)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `1 CPU`, `2 CPUs`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
