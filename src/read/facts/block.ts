/** What one block of a text (a boot, a register dump) has said so far. */

import type { Subject } from '../../vm/index.ts';
import type {
  Contradiction,
  Cr0Fact,
  Facts,
  MappedRange,
  MapTool,
  Message,
  RamRange,
  RegisterFact,
  Silence,
  WidthFact,
} from './facts.ts';
import { Remarks } from './remarks.ts';

/** A CPU whose registers are being stated. */
export interface MutableCpu {
  readonly cpu: number;
  readonly label: string;
  readonly registers: Map<number, RegisterFact>;
}

/** The facts of a block, which begins with none. */
export class Block {
  readonly registers = new Map<number, RegisterFact>();
  readonly cpus = new Map<number, MutableCpu>();
  readonly cr0s = new Map<number, Cr0Fact>();
  variableCount: Facts['variableCount'];
  readonly widths: WidthFact[] = [];
  ram: RamRange[] = [];
  readonly maps = new Map<MapTool, MappedRange[]>();
  readonly silences = new Map<Subject, Silence>();
  readonly contradictions: Contradiction[] = [];
  readonly remarks = new Remarks();
  readonly messages: Message[] = [];
  /** Line of the first fact; of a block without any, the text's first. */
  firstLine = 1;
  /** Whether it has said anything. */
  used = false;
}
