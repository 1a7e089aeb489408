/** Words of msr-tools' command lines and of what they print. */
import { msrByName } from '../../msr/index.ts';

/** A value alone. */
export const BARE = /^(?:0x)?[0-9a-f]{1,16}$/i;

/** The register that a word names: in hex behind 0x, in decimal, or by its name. */
export function msrNumber(word: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(word)) return Number.parseInt(word.slice(2), 16);
  if (/^\d{1,10}$/.test(word)) return Number(word);
  return msrByName(word);
}
