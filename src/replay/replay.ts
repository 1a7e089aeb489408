/**
 * A VM through time: registers are written, pages touched, slots and devices come and go, and the one EPT that
 * all vCPUs share keeps what was installed until the release's rules zap it.
 */
import type { Vm } from '../vm/index.ts';
import { type DesignRules, designNamed } from './design.ts';
import type { ReplayEvent } from './event.ts';
import { type ReplayOptions, requireOptions } from './options.ts';
import type { ReplayStep, ReplaySummary } from './outcome.ts';
import { Session } from './session.ts';

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
  const { onFault = 'continue', design = designNamed('first-fault') } = options;
  const session = new Session(vm, options, [design]);
  for (const event of events) {
    const step = session.step(event);
    yield step;
    if (step.verdict !== '#GP' || onFault !== 'stop') continue;
    session.stop();
    break;
  }
  return session.summaries()[0]!;
}

/**
 * Lets the same events happen under several designs side by side.
 *
 * @param vm - as it is before the first event, nothing mapped
 * @param events - in order; any number, taken one by one
 * @param designs - at least one
 * @param options - as for {@link replay}
 * @returns a summary each, in their order
 * @throws as {@link replay}
 * @example
 * const guest = vm({ maxphyaddr: 36, noncoherentDma: true, policy: policy('kvm-6.6'), vcpus: [{}] });
 * const write = { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x806n };
 * const designs = ['first-fault', 'role'].map(designNamed);
 * const options = { evaluator: createEvaluatorSync() };
 * replayDesigns(guest, [write], designs, options).map(({ zaps }) => zaps.length); // [1, 0]
 */
export function replayDesigns(
  vm: Vm,
  events: Iterable<ReplayEvent>,
  designs: readonly DesignRules[],
  options: Omit<ReplayOptions, 'design'>,
): readonly ReplaySummary[] {
  requireOptions(vm, events, options);
  const session = new Session(vm, options, designs);
  for (const event of events) {
    if (session.advance(event) !== '#GP' || options.onFault !== 'stop') continue;
    session.stop();
    break;
  }
  return session.summaries();
}
