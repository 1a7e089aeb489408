/**
 * A VM through time: registers are written, pages touched, slots and devices come and go, and the one EPT that
 * all vCPUs share keeps what was installed until the release's rules zap it.
 */
import { InputRangeError } from '../errors.ts';
import type { Vm } from '../vm/index.ts';
import { requireKvm } from './demands.ts';
import type { ReplayEvent } from './event.ts';
import { Machine } from './machine.ts';
import { type ReplayOptions, requireOptions } from './options.ts';
import type { ReplayStep, ReplaySummary } from './outcome.ts';
import { reportOf } from './report.ts';
import { Totals } from './totals.ts';
import { WindowLog } from './windows.ts';

/** Steps of a replay, each after it has happened; its return value is the summary. */
export type Replay = Generator<ReplayStep, ReplaySummary, undefined>;

/**
 * Lets events happen to a VM.
 *
 * @param vm - as it is before the first event, nothing mapped
 * @param events - in order; any number, taken one by one
 * @param options - evaluator, policy, how often to report, what a refused write does
 * @returns a generator: a step an event, the summary at its end. The same input gives the same steps
 * @throws InputTypeError, InputRangeError for options that cannot be, and with path `events.N.KEY` for an event that cannot happen (no such vCPU, an overlapping
 * slot, time going backwards); WrmsrFault where the VM's own registers are refused
 * @example
 * const guest = vm({ maxphyaddr: 36, noncoherentDma: true, policy: policy('kvm-6.6'), vcpus: [{}] });
 * const touch = { kind: 'touch', vcpu: 0, range: { start: 0, end: 512 }, access: 'read' };
 * const steps = [...replay(guest, [touch], { evaluator: createEvaluatorSync() })];
 * steps.length; // 1
 */
export function replay(vm: Vm, events: Iterable<ReplayEvent>, options: ReplayOptions): Replay {
  requireOptions(vm, events, options);
  return steps(vm, events, options);
}

function* steps(vm: Vm, events: Iterable<ReplayEvent>, options: ReplayOptions): Replay {
  const policy = options.policy ?? vm.policy;
  requireKvm(policy, vm.host);
  const { every = 0, onFault = 'continue' } = options;
  const machine = new Machine(vm, policy, options);
  const totals = new Totals();
  const windows = new WindowLog();
  let index = 0;
  let at: number | undefined;
  let stoppedAt: number | undefined;
  windows.note(0, at, machine.agreement.disagree, 0);
  for (const event of events) {
    const problem = machine.inventory.problemOf(event);
    if (problem) throw new InputRangeError(`events.${index}.${problem.key}`, problem.message);
    at = event.at ?? at;
    machine.inventory.pass(event);
    const outcome = machine.apply(event);
    totals.note(outcome);
    const { disagree } = machine.agreement;
    const happened = index + 1;
    windows.note(happened, at, disagree, outcome.touched?.foreign ?? 0);
    const isDue = event.kind === 'report' || (every > 0 && happened % every === 0);
    const report = isDue ? reportOf(machine.ept, machine.agreement, happened, at) : undefined;
    const { verdict, zap, touched } = outcome;
    yield { index, event, verdict, zap, touched, disagree, report };
    index = happened;
    if (outcome.verdict === '#GP' && onFault === 'stop') {
      stoppedAt = index - 1;
      break;
    }
  }
  return {
    policy,
    events: index,
    stoppedAt,
    faults: totals.faults,
    zaps: [...totals.zaps].map(([reason, total]) => ({ reason, ...total })),
    installed: totals.installed,
    replaced: totals.replaced,
    foreignAccesses: totals.foreignAccesses,
    windows: windows.windows,
    windowTotals: windows.totals,
    last: reportOf(machine.ept, machine.agreement, index, at),
  };
}
