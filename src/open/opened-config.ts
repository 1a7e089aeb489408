/** What opening a dump, a config or a preset takes and gives. */
import type { LoadedConfig } from '../config/vm/load.ts';
import type { Policy } from '../policy/index.ts';
import type { Chunks } from '../read/chunks.ts';
import type { Facts } from '../read/index.ts';
import type { Evidence, Vm } from '../vm/index.ts';

/** A VM, and its place in a file if it has one. */
export interface OpenedConfig {
  readonly vm: Vm;
  /** What is wrong with a register write, at its line; without it the VM comes from no file. */
  readonly faultAt?: LoadedConfig['faultAt'];
  /** The path of the change that gave the vCPU at a position a register's value; undefined where the input did. */
  readonly settingOf?: (index: number, msr: number) => string | undefined;
  /** What the dump says, or the texts of `ram`. */
  readonly facts?: Facts;
  /** What was inferred, assumed or torn of a dump, a sentence each, its level in front. */
  readonly assumptions?: readonly string[];
  /** How each thing is known that a dump's machine is made of. */
  readonly evidence?: readonly Evidence[];
  /** The same of what answers of some policies alone rest on: `restingOn` adds it. */
  readonly hostEvidence?: readonly Evidence[];
  /** False: the dump shows no registers, and is opened for what it complains of. */
  readonly hasRegisters?: boolean;
  /**
   * What people should know, a line each: what the readers noticed, what contradicts itself, what was assumed. The
   * program prints it on standard error.
   */
  readonly said?: readonly string[];
}

/** A further text, whole or in pieces. */
export type Source =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly chunks: Chunks };

/** How a text is opened. */
export interface OpenOptions {
  /** What messages call the text. Default: `-`. */
  readonly name?: string;
  /** The dump's format; default: found from the content. */
  readonly from?: string;
  /** Further texts that say what is RAM: dmesg, /proc/iomem, info mtree -f. */
  readonly ram?: readonly Source[];
  /** MAXPHYADDR of a dumped machine, 32..52; default: what the text states, else what the masks reach. */
  readonly physBits?: number;
  /** Which boot of a text that holds several, from 1; default: the last. */
  readonly boot?: number | 'last';
  /** Which host of a text whose lines name several; default: the last that tells registers. */
  readonly host?: string;
  /** Which state of a text that shows several, such as `firmware`; default: the newest that is whole. */
  readonly stage?: string;
  /** Refuse what is assumed or torn. */
  readonly strict?: boolean;
  /** Open a dump without registers too, if its log complains of something. */
  readonly forComplaints?: boolean;
}

/**
 * Whether what was opened speaks of a machine: a dump does, as long as no hypervisor's rules are asked for.
 *
 * @param opened - what was opened
 * @param policy - the rules that are asked for
 * @returns false for configs and presets, and under any KVM
 * @example
 * isMachine({ vm: preset('thinkpad-t400') }, policy('sdm')); // false: a preset is a description
 */
export function isMachine(opened: OpenedConfig, policy: Policy): boolean {
  return opened.assumptions !== undefined && policy.flags.ept === 'identity';
}
