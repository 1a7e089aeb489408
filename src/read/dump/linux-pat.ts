/** PAT lines of Linux logs: the eight names, or old and new value in hex. */
import { MSR_PAT } from '../../msr/index.ts';
import { UC } from '../../types.ts';
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import type { Claim } from '../reader.ts';
import { hexOf, typeOfWord } from '../words.ts';

const NAMES =
  /^(?:x86\/PAT: |x86 PAT: |PAT )?[Cc]onfiguration \[0-7\]:((?:\s{1,4}(?:WB|WC|WT|WP|UC-|UC)(?![\w-])){0,8})$/;
const VALUES = /^x86 PAT enabled: cpu \d{1,5}, old 0x[0-9a-f]{1,16}, new 0x([0-9a-f]{1,16})$/;
const VALUES_TORN = /^x86 PAT enabled: cpu \d{1,5},(?: old(?: 0x[0-9a-f]{1,16},(?: new)?)?)?$/;
const ABSENT =
  /^(?:x86\/)?(?:PAT: )?(?:PAT not supported by (?:the )?CPU\.|PAT support disabled\b.{0,80}|MTRRs disabled, skipping PAT initialization too\.)$/;

/** Reads the PAT that the kernel has set up (the last such line counts: it is programmed once). */
export function readLinuxPat(draft: Draft, { text, number }: Line): Claim {
  const names = NAMES.exec(text);
  if (names) {
    const words = names[1]!.trim().split(/\s+/).filter(Boolean);
    if (words.length < 8) return 'more';
    const value = words.reduce((sum, word, n) => sum | (BigInt(typeOfWord(word) ?? UC) << BigInt(8 * n)), 0n);
    setPat(draft, number, value);
    return true;
  }
  const value = VALUES.exec(text)?.[1];
  if (value !== undefined) {
    setPat(draft, number, hexOf(value));
    return true;
  }
  if (VALUES_TORN.test(text)) return 'more';
  if (!ABSENT.test(text)) return false;
  draft.say('note', number, 'the kernel does not set up PAT');
  return true;
}

function setPat(draft: Draft, line: number, value: bigint): void {
  draft.dropRegisters((msr) => msr === MSR_PAT);
  draft.register(line, MSR_PAT, value);
}
