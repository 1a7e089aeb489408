/** A kernel with all that is built for it once, to boot it with guests as often as needed. */
import { mkdirSync, readFileSync } from 'node:fs';
import type { Policy, Vendor } from '../../src/policy/index.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Abilities, LabCase } from '../scenario/lab-case.ts';
import { scriptOf } from '../scenario/script.ts';
import { boot } from './bochs.ts';
import { buildModule, buildProgram, requireStaticBusybox, writeImage } from './image.ts';
import { bootAmd } from './qemu.ts';
import type { MachineLimits, MachineRun } from './watch.ts';

/** See the head of the file. */
export class LabMachine {
  readonly #program: string;
  readonly #module: string | undefined;

  constructor(
    readonly kernel: Kernel,
    readonly folder: string,
    readonly limits: MachineLimits,
    readonly vendor: Vendor,
  ) {
    requireStaticBusybox();
    this.#program = buildProgram(folder);
    this.#module = buildModule(kernel, folder);
  }

  /** What its module is good for. */
  get abilities(): Abilities {
    const module = this.#module && readFileSync(this.#module);
    return { dma: module !== undefined, largeMmio: module?.includes('vmf_insert_pfn_pmd') ?? false };
  }

  /**
   * Boots it with guests.
   *
   * @param policy - of the kernel
   * @param folder - for its files, which stay
   * @param heard - told how many guests are done, as they end
   */
  async run(
    cases: readonly LabCase[],
    policy: Policy,
    folder: string,
    heard: (done: number) => void = () => {},
  ): Promise<MachineRun> {
    const script = scriptOf(cases, policy);
    const { kernel, vendor } = this;
    const parts = { kernel, program: this.#program, module: this.#module, vendor, script };
    const start = vendor === 'amd' ? bootAmd : boot;
    let told = 0;
    mkdirSync(folder, { recursive: true });
    return start(writeImage(parts, folder), folder, this.limits, (log) => {
      const done = (log().match(/^@end /gm) ?? []).length;
      if (done < told + 10 && done < cases.length) return;
      if (done > told) heard(done);
      told = done;
    });
  }
}
