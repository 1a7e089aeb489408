/** What a text that was dressed or cut is read as, held against the same text as it was printed. */
import type { Facts, RegisterFact } from '../../src/read/index.ts';

/** By CPU and number. */
export function registersOf({ registers, cpus }: Facts): Map<string, RegisterFact> {
  const all = new Map<string, RegisterFact>();
  for (const [msr, fact] of registers) all.set(`machine 0x${msr.toString(16)}`, fact);
  for (const { cpu, registers: own } of cpus.values()) {
    for (const [msr, fact] of own) all.set(`cpu ${cpu} 0x${msr.toString(16)}`, fact);
  }
  return all;
}

const ramOf = ({ ram }: Facts): readonly string[] =>
  ram.filter(({ kind }) => kind === 'ram').map(({ start, end }) => `${start}-${end}`);

/** Whether the reader says that something is wrong, and where. */
const isWarned = ({ coverage, torn, messages }: Facts): boolean =>
  (coverage?.unused.length ?? 0) > 0 ||
  torn.length > 0 ||
  messages.some(({ severity }) => severity !== 'note');

/** What a dress changed, in words; undefined: nothing, or what it cost is said. */
export function faultOf(plain: Facts, facts: Facts): string | undefined {
  const [wanted, got] = [registersOf(plain), registersOf(facts)];
  for (const [key, { value, known }] of got) {
    const is = wanted.get(key);
    if (!is || (known & ~is.known) !== 0n || (is.value & known) !== value)
      return `${key} is ${value.toString(16)}`;
  }
  const ram = ramOf(plain);
  const invented = ramOf(facts).find((range) => !ram.includes(range));
  if (invented !== undefined) return `RAM ${invented}`;
  const lost = [...wanted].find(([key, { known }]) => got.get(key)?.known !== known)?.[0];
  const less = lost ?? (ramOf(facts).length < ram.length ? 'RAM' : undefined);
  return less === undefined || isWarned(facts) ? undefined : `${less} is lost in silence`;
}

/** Whether all registers and RAM are read that the text tells. */
export function isSame(plain: Facts, facts: Facts): boolean {
  const got = registersOf(facts);
  const isWhole = [...registersOf(plain)].every(([key, { known }]) => got.get(key)?.known === known);
  return isWhole && ramOf(facts).length >= ramOf(plain).length;
}
