/**
 * What one vCPU's state demands of a page's EPT entry: memory type and IPAT, as a small number so that counting
 * by it needs no objects.
 */
import { type MtrrType, UC, UNDEFINED, WB, WP, WT } from '../types.ts';

/** Type in bits 2:0 (7 where undefined), IPAT in bit 3. */
export type DemandCode = number;
/** How many codes there are. */
export const DEMAND_CODES = 16;

const UNDEFINED_CODE = 7;
const IPAT_BIT = 8;
/** No demand's code: where no entry can exist. */
export const NO_ENTRY: DemandCode = UNDEFINED_CODE | IPAT_BIT;

/** Memory type and IPAT of an entry. */
export interface Demand {
  /** -1 where the architecture leaves it undefined. */
  readonly type: MtrrType;
  readonly ipat: 0 | 1;
}

/** The code of an answer to `ept`. */
export function demandCode({
  type = UNDEFINED,
  ipat = 0,
}: {
  readonly type?: MtrrType;
  readonly ipat?: 0 | 1;
}): DemandCode {
  return (type === UNDEFINED ? UNDEFINED_CODE : type) | (ipat === 1 ? IPAT_BIT : 0);
}

/** What a code stands for. */
export function demandOf(code: DemandCode): Demand {
  const type = code & UNDEFINED_CODE;
  return {
    type: (type === UNDEFINED_CODE ? UNDEFINED : type) as MtrrType,
    ipat: (code & IPAT_BIT) === 0 ? 0 : 1,
  };
}

/** The codes of a set (bit `code`), ascending. */
export function* codesOf(set: number): Generator<DemandCode> {
  for (let rest = set; rest !== 0; rest &= rest - 1) yield 31 - Math.clz32(rest & -rest);
}

/**
 * What is wrong with an entry that is not what was demanded: the CPU caches what must not be cached, it does
 * not cache what may be, another difference of types (WC, WT for WB, undefined), or IPAT alone.
 */
export type Danger = 'cacheable-for-uc' | 'uc-for-cacheable' | 'other' | 'ipat-only';
/** All dangers, worst first. */
export const DANGERS: readonly Danger[] = ['cacheable-for-uc', 'uc-for-cacheable', 'other', 'ipat-only'];

function isCacheable(type: number): boolean {
  return type === WB || type === WT || type === WP;
}

/** The danger of an entry `installed` for a vCPU whose state demands `demanded`; they differ. */
export function dangerOf(demanded: DemandCode, installed: DemandCode): Danger {
  const [want, got] = [demanded & UNDEFINED_CODE, installed & UNDEFINED_CODE];
  if (want === got) return 'ipat-only';
  if (want === UC && isCacheable(got)) return 'cacheable-for-uc';
  if (got === UC && isCacheable(want)) return 'uc-for-cacheable';
  return 'other';
}

/** Whether a set of codes (bit `code`), of more than one, is of one type with and without IPAT. */
export function differsInIpatAlone(set: number): boolean {
  const types = (set | (set >> IPAT_BIT)) & 0xff;
  return (types & (types - 1)) === 0;
}
