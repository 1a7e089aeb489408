/** Names of the MTRRs in the order in which VMMs and firmware write them, and values for all of them. */
import {
  FIXED_REGISTERS,
  MSR_DEF_TYPE,
  msrName,
  physBase,
  physMask,
  USUAL_VARIABLE_RANGES,
} from '../../../msr/index.ts';

/** Register values by name, in the order in which they are written. */
export type Values = Readonly<Record<string, string>>;

const UC = `0x${'00'.repeat(8)}`;
const WP = `0x${'05'.repeat(8)}`;
const WB = `0x${'06'.repeat(8)}`;
/** Frames of what firmware tells apart in the first MiB: below 640K, to 768K, above. */
const VGA = 0xa0;
const BIOS = 0xc0;

export const DEF_TYPE = msrName(MSR_DEF_TYPE);

/** The eleven fixed registers: WB below 640K, from 640K to 768K, and above. */
function fixed(vga: string, high: string): Values {
  return Object.fromEntries(
    FIXED_REGISTERS.map(({ msr, first }) => [msrName(msr), first < VGA ? WB : first < BIOS ? vga : high]),
  );
}
/** As SeaBIOS has them: BIOS code is write-protected. */
export const FIXED_WP_HIGH = fixed(UC, WP);
/** As OVMF has them in the end. */
export const FIXED_UC_HIGH = fixed(UC, UC);
/** As OVMF has them at first. */
export const FIXED_WB = fixed(WB, WB);

/** Base and mask of a variable range. */
export function variable(index: number, base: string, mask: string): Values {
  return { [msrName(physBase(index))]: base, [msrName(physMask(index))]: mask };
}

/** Every variable range empty. */
export const NO_RANGES: Values = Object.assign(
  {},
  ...Array.from({ length: USUAL_VARIABLE_RANGES }, (_, index) => variable(index, '0', '0')),
) as Values;

/** Every MTRR 0, in the order of QEMU's list. */
export const ALL_ZERO: Values = {
  [DEF_TYPE]: '0',
  ...Object.fromEntries(FIXED_REGISTERS.map(({ msr }) => [msrName(msr), '0'])),
  ...NO_RANGES,
};
