/** What blocks need of the world around them: configs, files, engines, another program. */
import type { CheckInput } from '../check/index.ts';
import type { Evaluator } from '../engine/index.ts';
import type { Oracle } from '../oracle/reply.ts';
import type { Vm } from '../vm/index.ts';
import type { Assignment, LayoutFile, RandomLayouts } from './spec.ts';

/** A layout as a machine. */
export interface Machine {
  readonly name: string;
  readonly vm: Vm;
  /** What `check` takes, with a VM in the place of the machine's own. */
  readonly checkInput: (vm: Vm) => CheckInput;
}

/** Why a layout cannot be asked, in a line. */
export interface Unreadable {
  readonly name: string;
  readonly problem: string;
}

/** The world around a campaign. */
export interface World {
  /** Answers, and compares. */
  readonly evaluator: Evaluator;
  /** Another engine, which answers a sample again. */
  readonly witness: Evaluator;
  /** A shipped layout. */
  preset(name: string): Machine;
  /** A dump or config. */
  file(file: LayoutFile): Promise<Machine | Unreadable>;
  /** A layout of the generator. */
  random(source: RandomLayouts, index: bigint): Machine;
  /** A machine made of a VM alone. */
  machine(vm: Vm): Machine;
  /** What changes VMs by config path. */
  changes(changes: Assignment): (vm: Vm) => Vm;
  /** Another program, where one is asked. */
  readonly oracle?: Oracle;
}
