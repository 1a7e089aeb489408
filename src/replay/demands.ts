/**
 * What vCPU states demand, evaluated once a state: spans of type and IPAT, and of mapping levels, as arrays in
 * which a frame is found by bisection. An engine's view is open only while it is read.
 */
import type { Evaluator, View } from '../engine/index.ts';
import { EptsweepError, InputRangeError, WrmsrFault } from '../errors.ts';
import { isBaseMsr, MSR_MTRRCAP, physBase, physMask, variableIndex } from '../msr/index.ts';
import type { Policy } from '../policy/index.ts';
import { demandCode } from '../share/demand.ts';
import { needsVcpu, reasonBesideMmio } from '../share/needs-vcpu.ts';
import type { Span } from '../types.ts';
import type { Host, Vcpu } from '../vm/index.ts';
import type { RegisterState, Runs } from './registers.ts';

/** What of the host a vCPU is evaluated with. */
export function ofHost({ vendor, selfSnoop, msrs }: Host): Pick<Vcpu, 'vendor' | 'selfSnoop' | 'hostMsrs'> {
  return { vendor, selfSnoop, hostMsrs: msrs };
}

/** Position of the run that holds a frame. */
export function runAt({ ends }: Runs, gfn: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= gfn) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** States whose runs are kept, a few kilobytes each, and outcomes of register writes. */
const KEPT = 4096;
/** Most runs of one state: a mask with holes can make 2^39 of them. */
const MOST_RUNS = 1 << 20;

/** Remembers a bounded number of values, the oldest are forgotten. */
class Remembered<Value> {
  readonly #values = new Map<string, Value>();

  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (this.#values.size >= KEPT) {
      this.#values.delete(this.#values.keys().next().value!);
    }
    this.#values.set(key, value);
    return value;
  }
  clear(): void {
    this.#values.clear();
  }
}

/** The VM around the vCPUs, as an engine reads it. */
export type Surroundings = Omit<Vcpu, 'msrs' | 'cr0cd' | 'guestHasMtrr' | 'vcnt'>;

/** See the head of the file. */
export class Demands {
  readonly #types = new Remembered<Runs>();
  readonly #levels = new Remembered<Runs>();
  readonly #verdicts = new Remembered<boolean>();
  #around: Surroundings;
  #asksVcpu: boolean;

  constructor(
    readonly evaluator: Evaluator,
    readonly policy: Policy,
    around: Surroundings,
  ) {
    this.#around = around;
    this.#asksVcpu = this.#needsVcpu();
  }

  /** Whether a page's type, MMIO aside, depends on a vCPU's registers. */
  get asksVcpu(): boolean {
    return this.#asksVcpu;
  }

  #needsVcpu(): boolean {
    return needsVcpu(reasonBesideMmio(this.#around, this.policy));
  }

  /** The VM has changed: all that is known is forgotten. */
  set surroundings(around: Surroundings) {
    this.#around = around;
    this.#asksVcpu = this.#needsVcpu();
    this.#types.clear();
    this.#levels.clear();
  }

  /** Types and IPAT, as codes of `share/demand.ts`. The same object for states that demand the same. */
  types(state: RegisterState): Runs {
    const known = state.types;
    if (known?.around === this.#around) return known.value;
    const value = this.#types.get(this.#typesKey(state), () => this.#runs(state, 'ept', demandCode));
    state.types = { around: this.#around, value };
    return value;
  }

  /** Levels 0..3, by slots and MTRRs, dirty logging aside. */
  levels(state: RegisterState): Runs {
    const known = state.levels;
    if (known?.around === this.#around) return known.value;
    const value = this.#levels.get(this.#levelsKey(state), () =>
      this.#runs(state, 'levels', ({ level }) => level!),
    );
    state.levels = { around: this.#around, value };
    return value;
  }

  /** Whether a write is refused with #GP, by the release's own verdict. */
  isRefused({ vcnt }: RegisterState, msr: number, value: bigint): boolean {
    // A WRMSR to the read-only register is refused; only a config may state it.
    if (msr === MSR_MTRRCAP) return true;
    const { variableRanges: ranges } = this.policy.traits;
    const isRange = ranges !== 'vcnt' && (variableIndex(msr) ?? ranges) < ranges;
    // All pairs are refused alike.
    const register = isRange ? (isBaseMsr(msr) ? physBase(0) : physMask(0)) : msr;
    return this.#verdicts.get(`${register} ${value}`, () => this.#verdict(register, value, vcnt));
  }

  #verdict(msr: number, value: bigint, vcnt: number | undefined): boolean {
    try {
      const around = { ...this.#around, slots: [], mmio: [] };
      const vcpu: Vcpu = { ...around, msrs: [{ msr, value }], cr0cd: false, guestHasMtrr: true, vcnt };
      this.evaluator.view(vcpu, this.policy).dispose();
      return false;
    } catch (error) {
      if (error instanceof WrmsrFault) return true;
      throw error;
    }
  }

  #typesKey(state: RegisterState): string {
    if (!this.#asksVcpu) return '';
    const looksAtCd = this.policy.flags.cacheDisable !== 'ignored';
    return looksAtCd && state.cr0cd ? 'cd' : state.mtrrKey;
  }

  #levelsKey(state: RegisterState): string {
    const { levelCheck } = this.policy.flags;
    if (levelCheck === 'none') return '';
    if (levelCheck === 'kvm-noncoherent-dma' && !this.#around.noncoherentDma) return '';
    return state.mtrrKey;
  }

  /** A vCPU of a state in the VM as it is now. */
  vcpuOf({ cr0cd, guestHasMtrr, vcnt, writes }: RegisterState): Vcpu {
    return { ...this.#around, cr0cd, guestHasMtrr, vcnt, msrs: writes };
  }

  #runs(state: RegisterState, want: 'ept' | 'levels', valueFor: (span: Span) => number): Runs {
    const view: View = this.evaluator.view(this.vcpuOf(state), this.policy);
    try {
      const ends: number[] = [];
      const values: number[] = [];
      for (const span of view.spansOf(want)) {
        if (ends.length === MOST_RUNS) {
          throw new EptsweepError('too-many-spans', `a vCPU state has more than ${MOST_RUNS} spans`);
        }
        ends.push(span.end);
        values.push(valueFor(span));
      }
      return { ends, values };
    } finally {
      view.dispose();
    }
  }
}

/** Refuses a policy that has no rules for keeping entries, and a host whose entries carry nothing to be kept. */
export function requireKvm(policy: Policy, { vendor }: Host): void {
  if (vendor === 'amd') {
    throw new InputRangeError(
      'vendor',
      'nested page tables of an AMD host carry no type that could go stale: say vendor intel to replay an EPT',
    );
  }
  if (policy.traits.hasZapRules) return;
  throw new InputRangeError(
    'policy',
    `${policy.name} has no rules for zapping entries: expected a KVM, such as kvm-6.6`,
  );
}
