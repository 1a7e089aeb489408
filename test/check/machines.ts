/** Invented machines with one known fault each, in the words of the tools that show them. */

const FIXED = `MTRR fixed ranges enabled:
  00000-9FFFF write-back
  A0000-BFFFF uncachable
  C0000-FFFFF write-protect
`;
const E820 = `BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] usable
BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable
BIOS-e820: [mem 0x00000000fed00000-0x00000000fed03fff] reserved
BIOS-e820: [mem 0x0000000100000000-0x000000027fffffff] usable
`;
const LOW_WB = '  0 base 0000000000 mask 7F80000000 write-back\n';
const HIGH_WB =
  '  1 base 0100000000 mask 7F00000000 write-back\n  2 base 0200000000 mask 7F80000000 write-back\n';

/** The kernel prints a line for every range that the CPU has, eight here. */
function dmesg(variable: string, more = '', memory = E820): string {
  const used = variable.trimEnd().split('\n').length;
  const off = Array.from({ length: 8 - used }, (_, n) => `  ${used + n} disabled\n`).join('');
  return `${memory}MTRR default type: uncachable\n${FIXED}MTRR variable ranges enabled:\n${variable}${off}${more}`;
}

/** Name of a file to its text. */
export const MACHINES = {
  /** All RAM is WB; nothing to be found. */
  'sound.txt': dmesg(LOW_WB + HIGH_WB),
  /** Range 3 makes the first 32 MiB above 4 GiB WP: WP over WB is undefined. */
  'wp-over-wb.txt': dmesg(`${LOW_WB}${HIGH_WB}  3 base 0100000000 mask 7FFE000000 write-protect\n`),
  /** /proc/mtrr of an AMD machine: WP where RAM goes on. */
  'wp-over-ram.txt': `reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back
reg01: base=0x0ff800000 ( 4088MB), size=    8MB, count=1: write-protect
reg02: base=0x100000000 ( 4096MB), size=   32MB, count=1: write-protect
`,
  /** Nothing covers RAM from 8 GiB on. */
  'lost.txt': dmesg(`${LOW_WB}  1 base 0100000000 mask 7F00000000 write-back\n`),
  /** The same, told by the kernel alone. */
  'given-up.txt': `  0 base 000000000000 mask FFFF80000000 write-back
  1 disabled
e820 update range: 000000007fe00000 - 0000000280000000 (usable) ==> (reserved)
WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 6144MB of RAM.
`,
  /** The kernel gave up RAM that is WB by the registers that it printed. */
  'given-up-covered.txt': dmesg(
    LOW_WB + HIGH_WB,
    'e820: update [mem 0x0000000140000000-0x00000001ffffffff] usable ==> reserved\n' +
      "WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 3072MB of RAM.\n",
  ),
  /** The mask of range 3 lacks bit 38. */
  'odd-mask.txt': dmesg(`${LOW_WB}${HIGH_WB}  3 base 0070000000 mask 3FFFF00000 uncachable\n`, '', ''),
  /** The kernel complains of the other CPUs. */
  'inconsistent.txt': dmesg(
    LOW_WB + HIGH_WB,
    'mtrr: your CPUs had inconsistent variable MTRR settings\nmtrr: probably your BIOS does not setup all CPUs.\n',
  ),
  /** A UC range over RAM. */
  'uc-over-ram.txt': dmesg(`${LOW_WB}${HIGH_WB}  3 base 0070000000 mask 7FF0000000 uncachable\n`),
} as const;

/** `rdmsr -a` of 300 CPUs, of which two hold another value in one register. */
export function manyCpus(msr: number, odd: string): string {
  const values: readonly (readonly [number, string])[] = [
    [0x2ff, 'c06'],
    [0x200, 'c0000000'],
    [0x201, '3fffc0000800'],
    [0x202, '0'],
    [0x203, '0'],
    [0x250, '606060606060606'],
    [0x258, '606060606060606'],
    [0x259, '0'],
    ...Array.from({ length: 8 }, (_, n) => [0x268 + n, '505050505050505'] as const),
  ];
  return values
    .map(([number, value]) => {
      const lines = Array.from({ length: 300 }, (_, cpu) =>
        number === msr && (cpu === 12 || cpu === 13) ? odd : value,
      );
      return `rdmsr -a 0x${number.toString(16)}\n${lines.join('\n')}\n`;
    })
    .join('');
}
