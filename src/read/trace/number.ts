/** Numbers as dumps print them: hex with or without `0x`, WinDbg's back tick. */

/** Frame numbers have at most 52 bits (64-bit addresses). */
const FRAME_BITS = 52n;

/** 64 bits of hex; undefined where it is none. */
export function hexBits(text: string): bigint | undefined {
  const digits = text.trim().replace(/^0x/i, '').replace(/[`_]/g, '').replace(/h$/i, '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

/** A frame number; undefined where it is none or has too many bits. */
export function frameNumber(value: bigint | undefined): number | undefined {
  return value === undefined || value >> FRAME_BITS !== 0n ? undefined : Number(value);
}

const LEVEL_NAMES: Readonly<Record<string, number>> = {
  '4k': 1,
  pt: 1,
  pte: 1,
  pml1: 1,
  '2m': 2,
  pd: 2,
  pde: 2,
  pml2: 2,
  '1g': 3,
  pdpt: 3,
  pdpte: 3,
  pml3: 3,
  pml4: 4,
  pml4e: 4,
  pml5: 5,
  pml5e: 5,
};

/** A level, 1..5, by number or by name (`2M`, `PDE`); undefined where it is none. */
export function levelNumber(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  if (/^(?:0x)?[1-5]$/.test(word)) return Number(word.at(-1));
  return LEVEL_NAMES[word];
}
