/** A plan's registers as other tools take them, by the writers of `convert`. */
import { registersOf } from '../../fit/index.ts';
import { describesMtrrs } from '../../msr/index.ts';
import { type Vm, vcpuOf, vm } from '../../vm/index.ts';
import { REGISTER_TEXTS } from '../registers/register-texts.ts';
import { vmConfigLines } from '../registers/vm-config.ts';
import type { FitReport } from './report.ts';

/** What `--to` takes. */
export const FIT_TARGETS = ['yaml', 'msr-csv', 'wrmsr', 'kvm-set-msrs', 'proc-mtrr'] as const;
export type FitTarget = (typeof FIT_TARGETS)[number];

/** The machine whose registers are replaced: one of its vCPUs. */
export interface PlannedMachine {
  readonly vm: Vm;
  readonly index: number;
}

/** The machine with the plan's registers on every CPU; what else it has stays. */
function plannedVm(
  { name, fit, used = 0 }: FitReport,
  machine: PlannedMachine | undefined,
  isWhole: boolean,
): Vm {
  const { plan, vcnt } = fit;
  const own = machine && vcpuOf(machine.vm, machine.index);
  const kept = (own?.msrs ?? [])
    .filter(({ msr }) => !describesMtrrs(msr))
    .map(({ msr, value }) => [msr, value] as const);
  const pairs = isWhole ? Math.max(vcnt, used) : plan.ranges.length;
  const vcpu = { msrs: [...kept, ...registersOf(plan, pairs)], vcnt: Math.max(vcnt, pairs) };
  if (!machine) return vm({ name, maxphyaddr: plan.maxphyaddr, vcpus: [vcpu] });
  const { maxphyaddr, slots, mmio, host, noncoherentDma, quirks, confidential, policy, vcpus } = machine.vm;
  return vm({
    name,
    maxphyaddr,
    slots,
    mmio,
    noncoherentDma,
    policy,
    selfSnoop: host.selfSnoop,
    vendor: host.vendor,
    ...(host.msrs && { hostMsrs: host.msrs }),
    ...(quirks && { quirks }),
    ...(confidential && { confidential }),
    vcpus: vcpus.map(({ id, name: one }) => ({ id, name: one, ...vcpu })),
  });
}

/** Lines of a plan's registers; ranges that it does not need are switched off where registers are written. */
export function fitRegisterLines(
  to: FitTarget,
  report: FitReport,
  machine: PlannedMachine | undefined,
): Iterable<string> {
  const isWhole = to !== 'yaml' && to !== 'proc-mtrr';
  const planned = plannedVm(report, machine, isWhole);
  return to === 'yaml' ? vmConfigLines(planned, report.assumptions) : REGISTER_TEXTS[to](vcpuOf(planned, 0));
}
