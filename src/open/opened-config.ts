/** What opening the CONFIG argument takes and gives. */
import type { LoadedConfig } from '../config/vm/load.ts';
import type { Facts } from '../read/index.ts';
import type { Vm } from '../vm/index.ts';

/** A VM, and its place in a file if it has one. */
export interface OpenedConfig {
  readonly vm: Vm;
  readonly faultAt?: LoadedConfig['faultAt'];
  /** What the dump says, or the files of `--ram`. */
  readonly facts?: Facts;
  /** What had to be assumed for it, a sentence each. */
  readonly assumptions?: readonly string[];
}

/** How the argument is read where it is a dump. */
export interface InputOptions {
  /** The dump's format; default: found from the content. */
  readonly from?: string;
  /** Further files that say what is RAM. */
  readonly ram?: readonly string[];
  /** MAXPHYADDR; default: what the text states, else what the masks reach. */
  readonly physBits?: number;
  /** Which boot of a file that holds several; default: the last. */
  readonly boot?: number | 'last';
  /** Refuse to assume anything. */
  readonly strict?: true;
}
