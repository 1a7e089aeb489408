/** Physical address bits where a tool states them: /proc/cpuinfo, lscpu, cpuid. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';

const SIZES = /^address sizes\s{0,12}: ?\s{0,12}(\d{1,2}) bits physical, \d{1,2} bits virtual$/i;

const VENDOR = /^vendor[_ ]id\s{0,12}: ?\s{0,30}(AuthenticAMD|GenuineIntel)$/i;

/** `cpuid`, and its raw form, where EAX[7:0] of leaf 8000_0008h has the number. */
const CPUID = /^maximum physical address bits\s{0,40}= 0x[0-9a-f]{1,8} \((\d{1,2})\)$/;
const RAW_CPUID = /^0x80000008 0x00: eax=0x[0-9a-f]{6}([0-9a-f]{2}) /;

/** Flags in the order of CPUID's words: `ss` is in the first, `nx` and `lm` in the second. */
const FLAGS = /^flags\s{0,30}:\s{1,30}fpu [a-z0-9_ ]{0,8000}$/i;

/**
 * Whether a CPU has self-snoop by its flags.
 *
 * @returns undefined where the list breaks off before it could tell, and for guests, whose flags are not the host's
 */
function selfSnoopOf(flags: readonly string[]): boolean | undefined {
  if (flags.includes('hypervisor')) return undefined;
  if (flags.includes('ss')) return true;
  return flags.includes('lm') ? false : undefined;
}

class CpuinfoReader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const vendor = VENDOR.exec(text)?.[1];
    if (vendor !== undefined) {
      this.#draft.at(number).vendor(vendor === 'AuthenticAMD' ? 'amd' : 'intel');
      return true;
    }
    if (FLAGS.test(text)) {
      const flags = text.split(' ');
      if (flags.includes('hypervisor')) this.#draft.at(number).platform('guest', 'a hypervisor (cpuinfo)');
      const has = selfSnoopOf(flags);
      if (has !== undefined) this.#draft.at(number).selfSnoop(has);
      return true;
    }
    const sizes = SIZES.exec(text)?.[1];
    const cpuid = CPUID.exec(text)?.[1];
    const raw = RAW_CPUID.exec(text)?.[1];
    const bits = sizes ?? cpuid ?? (raw && Number.parseInt(raw, 16));
    if (bits === undefined) return false;
    this.#draft.width(number, Number(bits), 'stated', sizes === undefined ? 'cpuid' : 'address sizes');
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('cpuinfo');
  }
}

/** /proc/cpuinfo, lscpu, cpuid. */
export const cpuinfo: LineFormat = {
  name: 'cpuinfo',
  title: '/proc/cpuinfo, lscpu or cpuid (address bits, self-snoop)',
  hint: /[Ff]lags\s{0,30}: |[Aa]ddress sizes|[Vv]endor[_ ][Ii][Dd]|physical address bits|0x80000008 0x00:/,
  open: (context) => new CpuinfoReader(context),
};
