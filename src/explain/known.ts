/** How the registers are known that an explanation names. */
import type { Evidence } from '../vm/index.ts';
import type { RegisterMatch } from './matching.ts';

/** Of a dump: how each register is known. Configs and presets state all of them. */
export interface KnownRegisters {
  /** Of a register that speaks for a frame. */
  of(match: RegisterMatch): Evidence | undefined;
  /** Of DEF_TYPE.E and FE. */
  readonly enables: Evidence | undefined;
  /** Of IA32_PAT. */
  readonly pat: Evidence | undefined;
}
