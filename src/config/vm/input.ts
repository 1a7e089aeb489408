/**
 * The shape of a VM config as it stands in a file, before any value is read. The schema (schema.ts) checks a
 * file against it, presets are written in it, compile.ts turns it into a VM. Addresses and sizes are bytes.
 */

/** A number as people write it: `4096`, `0x1000`, `1000h`, `4K`, `2GiB`. */
export type Quantity = number | bigint | string;
/** A range of whole pages: `0xa0000-0xbffff`, `3G-4G`, or `start+size`. */
export type RangeText = string;
/** `UC`, `WC`, `WT`, `WP`, `WB`, a name such as `write-back`, or the encoding. */
export type TypeText = string | number;

/** One or more of the 88 fixed ranges. */
export interface FixedInput {
  range: RangeText;
  type: TypeText;
}

/** A variable range: by its size, by its range, or by its mask as the register has it. */
export interface VariableInput {
  /** Number of the register pair. Default: the position in the list. */
  index?: Quantity;
  base?: Quantity;
  size?: Quantity;
  range?: RangeText;
  mask?: Quantity;
  type?: TypeText;
  /** The mask register's V bit. Default true. */
  valid?: boolean;
}

/** MTRRs in words instead of register values. */
export interface MtrrInput {
  default?: TypeText;
  /** DEF_TYPE.E. Default true. */
  enabled?: boolean;
  /** DEF_TYPE.FE. Default: whether `fixed` is given. */
  fixedEnabled?: boolean;
  fixed?: FixedInput[];
  variable?: VariableInput[];
}

/** The state of a vCPU: at the top of a config for all of them, in a group for those that differ. */
export interface StateInput {
  mtrr?: MtrrInput;
  /** Register values by number or by any name that users know. */
  msrs?: Record<string, Quantity>;
  /** IA32_PAT: the register's value or its eight types. */
  pat?: Quantity | TypeText[];
  cr0cd?: boolean;
  guestHasMtrr?: boolean;
  vcnt?: Quantity;
}

/** vCPUs that share a state. */
export interface VcpuInput extends StateInput {
  /** A number, or a list `0-3,7`. Default: the numbers that follow those of the group before. */
  id?: Quantity | string;
  /** How many, where no ids are given. Default 1. */
  count?: Quantity;
  name?: string;
}

/** A memory slot. */
export interface SlotInput {
  range?: RangeText;
  base?: Quantity;
  size?: Quantity;
  kind?: 'ram' | 'readonly' | 'mmio';
  /** Host address of the first byte. Default: the guest's. */
  hpa?: Quantity;
  /** Host frame of the first page, instead of `hpa`. */
  pfn?: Quantity;
  maxLevel?: TypeText;
}

/** A policy by feature flags. */
export interface PolicyInput {
  base: string;
  name?: string;
  backports?: (string | number | bigint)[];
  flags?: Record<string, string>;
  defaultQuirks?: string[];
}

/** A VM config. */
export interface ConfigInput extends StateInput {
  name?: string;
  description?: string;
  /** Where the values come from. */
  source?: string;
  maxphyaddr: Quantity;
  policy?: string | PolicyInput;
  host?: { vendor?: string; selfSnoop?: boolean };
  /** The host's own MTRRs and PAT, by MSR number or name. */
  hostMsrs?: Record<string, Quantity>;
  noncoherentDma?: boolean;
  /** The kind of a confidential VM. */
  confidential?: string;
  /** KVM quirks that are on, instead of those that the policy's kernel enables. */
  quirks?: string[];
  slots?: SlotInput[];
  mmio?: RangeText[];
  /** A count, or groups with what each has for itself. Default 1. */
  vcpus?: Quantity | VcpuInput[];
}
