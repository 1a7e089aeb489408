/** One machine or wanted map through `fit`: what is wanted, found, proven. */

import { type MemoryMap, memoryOfVm } from '../../check/index.ts';
import { parseAccepted, parseWantedLine } from '../../config/fit/wanted.ts';
import type { Evaluator } from '../../engine/index.ts';
import { hasHoles } from '../../explain/matching.ts';
import {
  type AcceptedTypes,
  ANY_TYPE,
  accepting,
  type FitOptions,
  ownMap,
  planRegisters,
  provePlan,
  type WantedMap,
} from '../../fit/index.ts';
import { FIRST_AMD_MSR, USUAL_VARIABLE_RANGES } from '../../msr/index.ts';
import { memoryOfFacts } from '../../open/dump-memory.ts';
import { wantedOfRam } from '../../open/fit-ram.ts';
import { openRegisters } from '../../open/open-view.ts';
import type { OpenedConfig } from '../../open/opened-config.ts';
import { type OpenedWanted, openWanted } from '../../open/wanted-text.ts';
import { policy } from '../../policy/index.ts';
import type { Facts } from '../../read/index.ts';
import { type MemoryType, UC } from '../../types.ts';
import {
  type GuestRegisters,
  guestRegisters,
  type MsrWrite,
  statedRangeCount,
  type Vcpu,
  validRanges,
  vcpuOf,
} from '../../vm/index.ts';
import type { FitReport } from '../../write/fit/report.ts';
import { type Basis, basisOf } from '../../write/json/basis.ts';
import { UsageError } from '../output/exit.ts';
import { openInput } from './input-file.ts';

/** What is asked for, besides the machine. */
export interface FitRequest {
  /** `own`, `ram`, or a text or file. */
  readonly want: string;
  readonly rest: AcceptedTypes | undefined;
  readonly vcnt: number | undefined;
  readonly physBits: number | undefined;
  readonly discipline: 'manual' | 'kvm' | 'disjoint';
  /** Masks may have holes. */
  readonly holes: boolean;
  readonly fixed: 'needed' | 'never';
  readonly defaultTypes: readonly MemoryType[] | undefined;
  readonly strict: boolean;
}

/** A machine whose registers are to be replaced. */
export interface FitMachine {
  readonly opened: OpenedConfig;
  readonly index: number;
  readonly registers: GuestRegisters;
}

/** Widths that machines have. */
const USUAL_WIDTHS = [36, 39, 46, 52];

/** A machine with what its registers say. */
export function machineOf(opened: OpenedConfig, index: number): FitMachine {
  return { opened, index, registers: guestRegisters(vcpuOf(opened.vm, index)) };
}

/** Register writes outside the MTRRs that the manual's answer depends on. */
function othersOf(vcpu: Vcpu): readonly MsrWrite[] {
  return vcpu.msrs.filter(({ msr }) => msr >= FIRST_AMD_MSR);
}

/** A file, or else a text of several words. */
async function readWanted(want: string): Promise<OpenedWanted> {
  const { existsSync } = await import('node:fs');
  if (!existsSync(want) && (/[\s,;]/.test(want.trim()) || want.trim() === '')) {
    return { text: parseWantedLine(want), assumed: [] };
  }
  const input = await openInput(want);
  return openWanted(await input.text(), input.name);
}

/** `UC/WP`, for `--rest`; undefined where it is none. */
export { parseAccepted };

class Job {
  readonly assumptions: string[] = [];
  readonly #request: FitRequest;
  readonly #machine: FitMachine | undefined;
  readonly #facts: Facts | undefined;
  readonly #vcpu: Vcpu | undefined;

  constructor(request: FitRequest, machine: FitMachine | undefined, facts: Facts | undefined) {
    this.#request = request;
    this.#machine = machine;
    this.#facts = facts;
    this.#vcpu = machine && vcpuOf(machine.opened.vm, machine.index);
  }

  #assume(what: string, why: string): void {
    const sentence = `assumed: ${what} (${why})`;
    if (this.#request.strict) throw new UsageError(`strict: ${sentence}`);
    this.assumptions.push(sentence);
  }

  #width(end: bigint, stated: number | undefined): number {
    const known = this.#vcpu?.maxphyaddr ?? this.#request.physBits ?? stated;
    if (known !== undefined) return known;
    const bits = USUAL_WIDTHS.find((one) => end <= 1n << BigInt(one)) ?? 52;
    this.#assume(`phys-bits ${bits}`, 'the map does not say it; --phys-bits N');
    return bits;
  }

  /** The variable ranges that there are, and whether anything says so. */
  count(inText: number | undefined): { vcnt: number; isStated: boolean } {
    const { vcnt, discipline } = this.#request;
    const stated =
      vcnt ??
      (discipline === 'kvm'
        ? USUAL_VARIABLE_RANGES
        : (inText ?? (this.#vcpu && statedRangeCount(this.#vcpu))));
    return { vcnt: stated ?? USUAL_VARIABLE_RANGES, isStated: stated !== undefined };
  }

  #own(engine: Evaluator): { map: WantedMap; undefinedPages: number } {
    const { opened, index } = this.#machine!;
    const view = openRegisters(engine, opened, index);
    try {
      return ownMap(view);
    } finally {
      view.dispose();
    }
  }

  #ram(): WantedMap {
    const { rest = accepting([UC]) } = this.#request;
    const memory = this.#memory();
    const top = [...(memory.ram ?? []), ...memory.mmio].reduce((last, { end }) => Math.max(last, end), 0);
    const maxphyaddr = this.#width(BigInt(top) << 12n, undefined);
    return wantedOfRam(memory, maxphyaddr, rest, this.#machine?.registers.forcedWb?.end);
  }

  /** What lies in memory: as the dumps say it, else the slots of a VM. */
  #memory(): MemoryMap {
    if (this.#facts) return memoryOfFacts(this.#facts);
    return this.#machine ? memoryOfVm(this.#machine.opened.vm) : { ram: undefined, described: [], mmio: [] };
  }

  async run(engine: Evaluator): Promise<FitReport> {
    const { want, rest, discipline, fixed, holes, defaultTypes } = this.#request;
    const source = want === 'own' || want === 'ram' ? want : 'given';
    const { text, assumed = [] }: Partial<OpenedWanted> = source === 'given' ? await readWanted(want) : {};
    for (const [what, why] of assumed) this.#assume(what, why);
    const { map, undefinedPages } =
      source === 'own'
        ? this.#own(engine)
        : {
            map: text
              ? text.map(this.#width(text.end, text.maxphyaddr), rest ?? text.rest ?? ANY_TYPE)
              : this.#ram(),
            undefinedPages: 0,
          };
    const { vcnt, isStated } = this.count(text?.vcnt);
    const registers = this.#machine?.registers;
    const keepsFixed = source === 'own' && registers?.isFixedEnabled === true && registers.isEnabled;
    const options: FitOptions = {
      vcnt,
      discipline,
      holes,
      fixed: fixed === 'never' ? 'never' : keepsFixed ? 'always' : 'needed',
      forcedWbEnd: registers?.forcedWb?.end ?? 0,
      ...(defaultTypes && { defaultTypes }),
    };
    const found = planRegisters(map, options);
    const proof = provePlan(found, engine, this.#vcpu && registers?.forcedWb ? othersOf(this.#vcpu) : []);
    const valid = registers?.isEnabled ? validRanges(registers) : [];
    const assumptions = [...(this.#machine?.opened.assumptions ?? []), ...this.assumptions];
    return {
      basis: this.#machine && basisOfMachine(this.#machine, assumptions),
      name: this.#machine?.opened.vm.name ?? (source === 'own' || /[\s,;]/.test(want) ? 'wanted map' : want),
      source,
      fit: found,
      proof,
      used: registers && valid.length,
      usedWithHoles: registers ? valid.filter((pair) => hasHoles(pair, registers)).length : 0,
      undefinedPages,
      isRestStated: rest !== undefined || text?.rest !== undefined,
      isFixedRefused: fixed === 'never',
      isCountStated: isStated,
      assumptions,
    };
  }
}

/** A plan is judged by the manual's rules. */
function basisOfMachine({ opened: { vm }, index }: FitMachine, assumptions: readonly string[]): Basis {
  return basisOf(vm, policy('sdm'), { vcpus: [vm.vcpus[index]!.id], assumptions });
}

/** Assumptions of the job's own, and the report. */
export interface FitOutcome {
  readonly report: FitReport;
  /** What this very job assumed, beyond what reading the dump did. */
  readonly said: readonly string[];
}

/**
 * Finds and proves a plan.
 *
 * @param machine - whose registers it replaces; undefined for a wanted map alone
 * @param facts - what says what is RAM, for `ram`
 */
export async function fitJob(
  engine: Evaluator,
  request: FitRequest,
  machine: FitMachine | undefined,
  facts: Facts | undefined,
): Promise<FitOutcome> {
  const job = new Job(request, machine, facts);
  const report = await job.run(engine);
  return { report, said: job.assumptions };
}
