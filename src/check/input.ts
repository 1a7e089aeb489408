/** What is checked: a VM, or a machine described as one, with what lies in its memory. */
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import type { Evidence, Vm } from '../vm/index.ts';
import type { Place, RuleId, Severity } from './finding.ts';

/** Frames with a name. */
export interface NamedRange extends GfnRange {
  readonly name: string;
}

/** Which registers a log calls inconsistent. */
export type RegisterGroup = 'fixed' | 'variable' | 'def-type';

/** What a kernel, a firmware or a hypervisor complains of; each is a rule of the same name. */
export type ComplaintKind =
  /** CPUs whose registers differ. */
  | 'cpus-inconsistent'
  /** RAM that was given up. */
  | 'ram-lost'
  /** Too few variable ranges. */
  | 'ranges-short'
  /** A large page that was not made. */
  | 'large-page'
  /** Two types for one address. */
  | 'type-conflict'
  /** A range that was asked for and refused. */
  | 'range-refused'
  /** Something that firmware set up wrongly. */
  | 'firmware-bug'
  /** An EPT entry that the CPU refused. */
  | 'ept-misconfig';

/** A line by which a log complains. */
export interface Complaint {
  readonly kind: ComplaintKind;
  readonly severity: Severity;
  /** What it says, in our words, without a full stop. */
  readonly text: string;
  /** What to do about it, or what to bring. */
  readonly remedy: string;
  /** Of CPUs that differ: in which registers. */
  readonly group?: RegisterGroup;
  /** Frames that it names. */
  readonly range?: GfnRange;
  readonly at: Place;
}

/** What is in the machine's memory; what is not known stays out. */
export interface MemoryMap {
  /** RAM, whole frames, ascending, disjoint; undefined: nobody says. */
  readonly ram: readonly GfnRange[] | undefined;
  /** Frames of which the map says anything, RAM included; ascending. */
  readonly described: readonly GfnRange[];
  /** Device memory. */
  readonly mmio: readonly NamedRange[];
}

/** What is checked. */
export interface CheckInput {
  readonly vm: Vm;
  readonly memory: MemoryMap;
  /** Where the input gives a register of a vCPU (position in `vm.vcpus`). */
  readonly placeOf?: (index: number, msr: number) => Place | undefined;
  /** The path of the change that gave the register another value than the input. */
  readonly settingOf?: ((index: number, msr: number) => string | undefined) | undefined;
  /** Whether the number of variable ranges is stated, not assumed. */
  readonly isCountStated: boolean;
  /** Whether MAXPHYADDR was taken from the masks for want of anything better. */
  readonly isWidthFromMasks: boolean;
  /** Whether the default type is taken for UC because nothing states it. */
  readonly isDefaultAssumed: boolean;
  /** Whether the input would show AMD's TOM2 if it made RAM WB. */
  readonly isTom2Stated: boolean;
  /** Whether it is a VM, its config or its log: its interrupt controllers are emulated, wherever their types would send them. */
  readonly isGuest: boolean;
  /** Whether the input says that it is no guest. */
  readonly isMetal?: boolean;
  readonly complaints: readonly Complaint[];
  /** Whether the map's RAM is what the firmware reports, before a kernel gave any of it up. */
  readonly isFirmwareMap?: boolean;
  /** Whether the input shows registers at all. Default true; without, only what the log complains of is found. */
  readonly hasRegisters?: boolean;
  /** How each thing is known; left out where all of it is stated, as by a config. */
  readonly evidence?: readonly Evidence[];
  /** Registers of the first CPU that no engine models and that the input shows: SMRR, TME-MK. */
  readonly others?: ReadonlyMap<number, bigint>;
  /** Address bits that are KeyIDs, where more than {@link others} tells of them; default: by TME-MK's register. */
  readonly keyIdBits?: number;
}

/** How it is checked. */
export interface CheckOptions {
  /** Rules to run. Default all. */
  readonly rules?: ReadonlySet<RuleId>;
  /** Findings below are left out. Default `INFO`: none is. */
  readonly minSeverity?: Severity;
  /** KVM policy to hold the layout against. Default `kvm-5.16`. */
  readonly policy?: Policy;
}
