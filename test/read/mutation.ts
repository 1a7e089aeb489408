/** Damaged dumps for the fuzz tests, and the question whether a register that was read stands in the text. */
import { EptsweepError } from '../../src/errors.ts';
import { isFixedMsr, isVariableMsr } from '../../src/msr/index.ts';
import { type Facts, type RegisterFact, readBytes, toVcpuInits } from '../../src/read/index.ts';

/** A seeded generator of 32-bit numbers (xorshift32). */
export function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const SNIPPETS = [
  '\n',
  '\r\n',
  '=',
  '=\n',
  '[',
  '> ',
  '0x',
  'ffffffffffffffff',
  ' - ',
  '{',
  '"',
  ',',
  '(XEN) ',
  ':',
  '\0',
  '?',
];

/** A copy with one to four bytes or stretches changed. */
export function mutated(bytes: Buffer, other: Buffer, below: (limit: number) => number): Buffer {
  let result = Buffer.from(bytes);
  for (let round = below(4); round >= 0; round--) {
    const at = below(result.length + 1);
    const end = Math.min(result.length, at + 1 + below(200));
    switch (below(8)) {
      case 0:
        if (at < result.length) result[at] = below(256);
        break;
      case 1:
        if (at < result.length) result[at]! ^= 1 << below(8);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(end)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, end), result.subarray(at, end), result.subarray(end)]);
        break;
      case 4:
        result = result.subarray(0, at);
        break;
      case 5: {
        const from = below(other.length + 1);
        const piece = other.subarray(from, from + below(300));
        result = Buffer.concat([result.subarray(0, at), piece, result.subarray(at)]);
        break;
      }
      default: {
        const piece = Buffer.from(SNIPPETS[below(SNIPPETS.length)]!);
        result = Buffer.concat([result.subarray(0, at), piece, result.subarray(at)]);
      }
    }
  }
  return result;
}

/** Texts that a text holds as lists of their bytes, as Cloud Hypervisor writes states. */
function textsOfBytes(text: string): string[] {
  const lists = text.match(/(?:\b\d{1,3},\s?){8,}\d{1,3}\b/g) ?? [];
  return lists.map((list) => String.fromCharCode(...list.split(',').map(Number)));
}

/** Every number that a text holds, hex, decimal, or hex in two halves, with K, M, G multiples. */
function numbersOf(text: string): Set<bigint> {
  const found = new Set<bigint>();
  // Escapes and markup can stand inside a number that a mail program tore apart.
  const plain = text.replace(/=\r?\n(?:> ?)*/g, '').replace(/=3D/g, '= ');
  // Control characters are blanks to the readers; a line may have been cut in two.
  const seen = text.replace(/[\x01-\x09\x0b\x0c\x0e-\x1f]/g, ' ');
  // Debuggers put a mark between the halves of a number; CPU-Z gives each half its own 0x.
  const lines = seen.split(/\r?\n/);
  const inPairs = [0, 1].map((first) =>
    lines.map((line, at) => (at % 2 === first ? `\n${line}` : line)).join(''),
  );
  const forms = [seen, lines.join(''), ...inPairs].flatMap((one) => [
    one,
    one.replace(/[\\:`]/g, ' '),
    one.replace(/e[ad]x = |0x/g, ' '),
    // AIDA64 puts a dash after every fourth digit.
    one.replace(/\b([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})/gi, '$1$2$3$4'),
  ]);
  for (const source of [plain, ...forms, ...textsOfBytes(text)]) {
    const words = source.toLowerCase().match(/[0-9a-f]+/g) ?? [];
    words.forEach((word, at) => {
      const digits = word.slice(-24);
      const value = BigInt(`0x${digits}`);
      found.add(value);
      found.add(value + 1n);
      const next = words[at + 1];
      if (next !== undefined && next.length <= 8) found.add((value << 32n) | BigInt(`0x${next}`));
      if (!/^\d+$/.test(word)) return;
      const decimal = BigInt(digits);
      for (const shift of [0n, 10n, 20n, 30n]) found.add(decimal << shift);
    });
  }
  return found;
}

/** Whether a register's number can be told from the text: whole, or its address without type and flags. */
function stands({ value, sized }: RegisterFact, numbers: ReadonlySet<bigint>): boolean {
  if (numbers.has(value) || numbers.has(value & ~0xfffn)) return true;
  if (!sized) return false;
  const size = (1n << 64n) - (value & ~0xfffn);
  if (numbers.has(size)) return true;
  for (const end of numbers) if (numbers.has(end - size)) return true;
  return false;
}

/** Registers of `facts` whose number the text does not hold. */
export function invented(facts: Facts, text: string): string[] {
  const all = [facts.registers, ...[...facts.cpus.values()].map((cpu) => cpu.registers)].flatMap((map) => [
    ...map.values(),
  ]);
  const addresses = all.filter(({ msr, value }) => isVariableMsr(msr) && value !== 0n);
  const numbers = addresses.length > 0 ? numbersOf(text) : new Set<bigint>();
  const missing = addresses.filter((fact) => !stands(fact, numbers));
  const lines = text.split('\n').length;
  const misplaced = all.filter(({ at }) => at.line < 1 || at.line > lines);
  const types = all.filter(({ msr, value, known }) => isFixedMsr(msr) && (value & ~known) !== 0n);
  return [...missing, ...misplaced, ...types].map(
    ({ msr, value, at }) => `${msr.toString(16)}=${value.toString(16)}@${at.line}`,
  );
}

/** How reading one input went. */
export type Outcome = 'read' | 'refused' | 'unusable';

/**
 * Reads damaged bytes.
 *
 * @throws anything but an error of the library's own, and where a register is read that is not there
 */
export function readDamaged(bytes: Buffer): Outcome {
  let facts: Facts;
  try {
    facts = readBytes(bytes, { file: 'damaged' });
  } catch (error) {
    requireOneLine(error);
    return 'refused';
  }
  const missing = invented(facts, bytes.toString('utf8'));
  if (missing.length > 0) throw new Error(`registers that the text does not hold: ${missing.join(' ')}`);
  try {
    toVcpuInits(facts);
  } catch (error) {
    requireOneLine(error);
    return 'unusable';
  }
  return 'read';
}

function requireOneLine(error: unknown): void {
  if (!(error instanceof EptsweepError)) throw error;
  if (error.message.includes('\n')) throw new Error(`more than one line: ${error.message}`);
}
