/** What a plain TypeScript program would do: frame numbers as two int32 halves, every register for every page. */
import type { Machine } from './machines.ts';

const HALF = 2 ** 32;
const UNDEFINED = 0xff;

function typeOfSet(set: number, defaultType: number): number {
  if (set === 0) return defaultType;
  if (set & 1) return 0;
  if (set === ((1 << 4) | (1 << 6))) return 4;
  return (set & (set - 1)) === 0 ? 31 - Math.clz32(set) : UNDEFINED;
}

/** Writes types of consecutive frames, a byte each. */
export function numberLoop({ rules, defaultType }: Machine): (first: number, out: Uint8Array) => void {
  const low = (value: bigint): number => Number(value & 0xffffffffn) | 0;
  const high = (value: bigint): number => Number(value >> 32n) | 0;
  const maskLow = Int32Array.from(rules, ({ mask }) => low(mask));
  const maskHigh = Int32Array.from(rules, ({ mask }) => high(mask));
  const valueLow = Int32Array.from(rules, ({ value }) => low(value));
  const valueHigh = Int32Array.from(rules, ({ value }) => high(value));
  const bits = Int32Array.from(rules, ({ type }) => 1 << type);
  const count = rules.length;
  const types = Uint8Array.from({ length: 128 }, (_, set) => typeOfSet(set, defaultType));
  return (first, out) => {
    for (let i = 0; i < out.length; i++) {
      const frame = first + i;
      const frameLow = frame | 0;
      const frameHigh = (frame / HALF) | 0;
      let set = 0;
      for (let rule = 0; rule < count; rule++) {
        const differs =
          ((frameLow & maskLow[rule]!) ^ valueLow[rule]!) |
          ((frameHigh & maskHigh[rule]!) ^ valueHigh[rule]!);
        if (differs === 0) set |= bits[rule]!;
      }
      out[i] = types[set]!;
    }
  };
}
