/** The registers of one vCPU as writes leave them. A write makes a new state; states are never changed. */
import {
  isFixedMsr,
  isMaskValid,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  physMask,
  variableIndex,
} from '../msr/index.ts';
import { decodeDefType, type MsrWrite } from '../vm/index.ts';

/** Runs over the whole space. */
export interface Runs {
  /** Ascending; the last one is the end of the space. */
  readonly ends: readonly number[];
  readonly values: readonly number[];
}

/** What was worked out for a state. */
export interface Worked {
  /** The VM around it, which is another object once anything of it has changed. */
  readonly around: object;
  readonly value: Runs;
}

/** What of a vCPU decides its demands. */
export class RegisterState {
  #typeKey: string | undefined;
  #stateKey: string | undefined;
  #flipped: RegisterState | undefined;
  /** Kept here by `Demands`, which alone reads them: most events find the state as it was. */
  types: Worked | undefined;
  levels: Worked | undefined;

  constructor(
    readonly msrs: ReadonlyMap<number, bigint>,
    readonly cr0cd: boolean,
    readonly guestHasMtrr: boolean,
    readonly vcnt: number | undefined,
  ) {}

  /** IA32_MTRR_DEF_TYPE.E. */
  get mtrrEnabled(): boolean {
    return decodeDefType(this.#defType).isEnabled;
  }
  /** IA32_MTRR_DEF_TYPE.FE. */
  get fixedEnabled(): boolean {
    return decodeDefType(this.#defType).isFixedEnabled;
  }
  get #defType(): bigint {
    return this.msrs.get(MSR_DEF_TYPE) ?? 0n;
  }

  written(msr: number, value: bigint): RegisterState {
    if (this.msrs.get(msr) === value) return this;
    return new RegisterState(new Map(this.msrs).set(msr, value), this.cr0cd, this.guestHasMtrr, this.vcnt);
  }

  withCacheDisable(cr0cd: boolean): RegisterState {
    if (cr0cd === this.cr0cd) return this;
    this.#flipped ??= new RegisterState(this.msrs, cr0cd, this.guestHasMtrr, this.vcnt);
    return this.#flipped;
  }

  /** Equal for two states with the same MTRRs and CR0.CD; a register that was never written is 0. */
  get stateKey(): string {
    this.#stateKey ??= this.#makeStateKey();
    return this.#stateKey;
  }

  #makeStateKey(): string {
    const held = [...this.msrs].filter(
      ([msr, value]) => value !== 0n && msr !== MSR_PAT && msr !== MSR_MTRRCAP,
    );
    const registers = held.sort(([a], [b]) => a - b).map(([msr, value]) => `${msr}=${value}`);
    return `${this.cr0cd ? 'cd' : ''} ${this.guestHasMtrr ? '' : 'no-mtrr'} ${this.vcnt ?? ''} ${registers.join()}`;
  }

  get writes(): readonly MsrWrite[] {
    return [...this.msrs].map(([msr, value]) => ({ msr, value }));
  }

  /**
   * Equal for two states whose MTRRs give every page the same type: all that can be left out of account are
   * registers that are switched off, and IA32_PAT.
   */
  get mtrrKey(): string {
    this.#typeKey ??= this.#makeKey();
    return this.#typeKey;
  }

  #makeKey(): string {
    if (!this.mtrrEnabled) return `off ${this.guestHasMtrr}`;
    const parts = [`${this.#defType} ${this.vcnt ?? ''}`];
    const { fixedEnabled } = this;
    const numbers = [...this.msrs.keys()].sort((a, b) => a - b);
    for (const msr of numbers) {
      if (msr === MSR_PAT || msr === MSR_DEF_TYPE || msr === MSR_MTRRCAP) continue;
      if (isFixedMsr(msr) && !fixedEnabled) continue;
      const index = variableIndex(msr);
      if (index !== undefined && !isMaskValid(this.msrs.get(physMask(index)) ?? 0n)) continue;
      parts.push(`${msr}=${this.msrs.get(msr)}`);
    }
    return parts.join();
  }
}
