/**
 * The words that the JSON of every command shares: pages, ranges, vCPUs, policies. Frames, pages and addresses
 * are numbers where a number is exact and decimal strings beyond; MSRs, their values and entries are hex strings.
 * What each looks like is stated in vocabulary-schema.ts.
 */
import type { Policy } from '../../policy/index.ts';
import { type GfnRange, typeName } from '../../types.ts';
import { hexText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import type { By } from '../format/range-columns.ts';

/** An object that JSON carries. */
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * A count, frame or address: a number where a number is exact, else a decimal string.
 *
 * @example
 * exactJson(2n ** 53n); // '9007199254740992'
 */
export function exactJson(value: number | bigint): number | string {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
}

/** The address of a frame's first byte. */
export function addressJson(gfn: number): number | string {
  return exactJson(BigInt(gfn) << 12n);
}

/**
 * A stretch: its first and last byte or frame, and its pages; `last` is null where there are none.
 *
 * @param by - in what the places are: addresses, or frames where a document says `"by": "gfn"`
 * @example
 * rangeJson({ start: 0xa0, end: 0xc0 }); // { first: 0xa0000, last: 0xbffff, pages: 32 }
 */
export function rangeJson({ start, end }: GfnRange, by: By = 'gpa'): JsonObject {
  const pages = Math.max(0, end - start);
  if (by === 'gfn') return { first: start, last: pages > 0 ? end - 1 : null, pages };
  const last = pages > 0 ? exactJson((BigInt(end) << 12n) - 1n) : null;
  return { first: addressJson(start), last, pages };
}

/** A policy: its name, the row of the rule table behind it, its flags (of a KVM also what it zaps), and the commits that these contain. */
export function policyJson({ name, row, flags, zaps, commits, defaultQuirks }: Policy): JsonObject {
  return {
    name,
    row,
    flags: { ...flags, ...zaps },
    commits: commits.map(({ id }) => id),
    defaultQuirks: [...defaultQuirks],
  };
}

/** Type and IPAT of an EPT entry. */
export function eptJson({ type, ipat }: { readonly type: number; readonly ipat: number }): JsonObject {
  return { type: typeName(type), ipat: ipat === 1 };
}

/** A value in an MSR. */
export function msrJson({ msr, value }: { readonly msr: number; readonly value: bigint }): JsonObject {
  return { msr: hexText(msr), value: hexText(value) };
}

/** An entry; null where the type is undefined. */
export function entryJson(entry: bigint | null | undefined): string | null {
  return entry === null || entry === undefined ? null : hexText(entry);
}
