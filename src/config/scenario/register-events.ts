/** Events that write registers: by number or name, as a VMM's list, or as firmware programs MTRRs. */
import { ConfigError } from '../../errors.ts';
import {
  DEF_TYPE_E,
  FIXED_MSRS,
  MSR_DEF_TYPE,
  msrSpellings,
  physBase,
  USUAL_VARIABLE_RANGES,
} from '../../msr/index.ts';
import type { Actor, ReplayEvent } from '../../replay/index.ts';
import { didYouMean } from '../../suggest.ts';
import type { MsrWrite } from '../../vm/index.ts';
import type { Fields, Problems } from '../fields.ts';
import { msrNumber } from '../msr-key.ts';
import type { Path } from '../path.ts';
import type { Source } from '../source.ts';
import { parseQuantity, shown } from '../values.ts';
import { configOf } from '../vm/load.ts';
import type { EventVcpus, MadeEvents } from './event-vcpus.ts';

/** Every MTRR to 0, as a VMM puts a vCPU back to reset: DEF_TYPE before and behind the ranges. */
export const ZEROES: readonly MsrWrite[] = [
  { msr: MSR_DEF_TYPE, value: 0n },
  ...FIXED_MSRS.map((msr) => ({ msr, value: 0n })),
  ...Array.from({ length: 2 * USUAL_VARIABLE_RANGES }, (_, k) => ({ msr: physBase(0) + k, value: 0n })),
  { msr: MSR_DEF_TYPE, value: 0n },
];

/** Who does what the map says. */
export function actorOf(own: Fields): { readonly by?: Actor } {
  const by = own.has('by') ? own.word('by', ['guest', 'vmm']) : undefined;
  return by === undefined ? {} : { by };
}

/** Reads such events. */
export class RegisterEvents {
  readonly #problems: Problems;
  readonly #vcpus: EventVcpus;
  readonly #maxphyaddr: number;

  constructor(problems: Problems, vcpus: EventVcpus, maxphyaddr: number) {
    this.#problems = problems;
    this.#vcpus = vcpus;
    this.#maxphyaddr = maxphyaddr;
  }

  #msr(own: Fields, key: string, path: Path): number | undefined {
    const msr = msrNumber(key);
    if (msr !== undefined) return msr;
    const bare = /^[0-9a-f]{2,8}$/i.test(key);
    const hint = bare ? `did you mean 0x${key}?` : didYouMean(key, msrSpellings());
    this.#problems.note(
      path,
      `expected the number or name of an MSR, got "${key}"`,
      hint,
      own.has('msrs') ? 'key' : 'value',
    );
    return undefined;
  }

  /** A map of registers to values, in its order. */
  #msrMap(own: Fields, key: string): readonly MsrWrite[] {
    const value = own.raw(key);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      own.note(key, `expected a map of MSRs to values, got ${shown(value)}`);
      return [];
    }
    const path = [...own.path, key];
    return Object.entries(value).flatMap(([name, text]) => {
      const msr = this.#msr(own, name, [...path, name]);
      const number = parseQuantity(text);
      if (number === undefined || number >> 64n !== 0n) {
        this.#problems.note([...path, name], `expected a value of 64 bits, got ${shown(text)}`);
        return [];
      }
      return msr === undefined ? [] : [{ msr, value: number }];
    });
  }

  wrmsr(own: Fields): MadeEvents | undefined {
    const actor = actorOf(own);
    if (own.has('msrs')) {
      if (own.has('msr')) own.note('msr', 'expected either msr and value, or msrs, got both');
      const writes = this.#msrMap(own, 'msrs');
      return this.#vcpus.each(own, (vcpu) => written(vcpu, writes, actor));
    }
    const name = own.raw('msr');
    const value = own.quantity('value') ?? 0n;
    if (name === undefined) {
      own.note('msr', 'expected the number or name of an MSR, it is missing');
      return undefined;
    }
    const msr = this.#msr(own, String(name), [...own.path, 'msr']) ?? 0;
    return this.#vcpus.each(own, (vcpu) => [{ kind: 'wrmsr', vcpu, ...actor, msr, value }]);
  }

  /** What the VMM writes after a reset: `zeroes`, or a map of registers. */
  writes(own: Fields): readonly MsrWrite[] {
    if (!own.has('writes')) return [];
    return own.raw('writes') === 'zeroes' ? ZEROES : this.#msrMap(own, 'writes');
  }

  /** As firmware and operating systems do it: CD=1, MTRRs off, the ranges, MTRRs on, CD=0. */
  program(own: Fields): MadeEvents | undefined {
    if (!own.has('mtrr')) own.note('mtrr', 'expected MTRRs in words, as in a VM config, they are missing');
    const writes = own.has('mtrr') ? this.#mtrrWrites(own) : undefined;
    if (!writes) return undefined;
    const last = writes.find(({ msr }) => msr === MSR_DEF_TYPE)?.value ?? 0n;
    const ranges = writes.filter(({ msr }) => msr !== MSR_DEF_TYPE);
    return this.#vcpus.each(own, (vcpu): readonly ReplayEvent[] => [
      { kind: 'cr0cd', vcpu, on: true },
      { kind: 'wrmsr', vcpu, msr: MSR_DEF_TYPE, value: last & ~DEF_TYPE_E },
      ...written(vcpu, ranges),
      { kind: 'wrmsr', vcpu, msr: MSR_DEF_TYPE, value: last },
      { kind: 'cr0cd', vcpu, on: false },
    ]);
  }

  /** MTRRs in words are read as those of a VM config are. */
  #mtrrWrites(own: Fields): readonly MsrWrite[] | undefined {
    const { places } = this.#problems;
    const source: Source = {
      file: places.file,
      value: { maxphyaddr: this.#maxphyaddr, mtrr: own.raw('mtrr') },
      locate: (path, what) => places.locate([...own.path, ...path], what),
    };
    try {
      return configOf(source).vm.vcpus[0]!.state.msrs;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problems.take(error.problems);
      return undefined;
    }
  }
}

/** Writes of a vCPU, as events. */
export function written(
  vcpu: number,
  writes: readonly MsrWrite[],
  actor: { readonly by?: Actor } = {},
): readonly ReplayEvent[] {
  return writes.map(({ msr, value }) => ({ kind: 'wrmsr', vcpu, ...actor, msr, value }));
}
