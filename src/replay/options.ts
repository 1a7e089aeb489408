/** What a replay takes besides the VM and the events. */
import { requireInteger, requireIterable, requireKeys, requireWord } from '../arguments.ts';
import { type Evaluator, requireEvaluator } from '../engine/evaluator.ts';
import { type Policy, requirePolicy } from '../policy/index.ts';
import { requireVm, type Vm } from '../vm/index.ts';
import type { ReplayEvent } from './event.ts';

/** See the head of the file. */
export interface ReplayOptions {
  readonly evaluator: Evaluator;
  /** Default: the VM's. */
  readonly policy?: Policy;
  /** A report after every so many events; 0, the default: only where an event asks for one. */
  readonly every?: number;
  /** What to do when a register write is refused with #GP. Default `continue`. */
  readonly onFault?: 'continue' | 'stop';
  /**
   * What KVM zaps when a slot is removed or moved: everything, or that slot (from 6.12 on with
   * KVM_X86_QUIRK_SLOT_ZAP_ALL off). Default: as the release does by default.
   */
  readonly slotZap?: 'all' | 'slot' | undefined;
}

const OPTION_KEYS: readonly string[] = ['evaluator', 'policy', 'every', 'onFault', 'slotZap'];

/** Refuses what no replay can start from. */
export function requireOptions(vm: Vm, events: Iterable<ReplayEvent>, options: ReplayOptions): void {
  requireVm(vm);
  requireIterable('events', events, 'events');
  requireKeys('', options, OPTION_KEYS, 'options such as { evaluator }');
  const { evaluator, policy, every = 0, onFault = 'continue', slotZap = 'all' } = options;
  requireEvaluator(evaluator);
  if (policy !== undefined) requirePolicy('policy', policy);
  requireInteger('every', every, 0, Number.MAX_SAFE_INTEGER);
  requireWord('onFault', onFault, ['continue', 'stop']);
  requireWord('slotZap', slotZap, ['all', 'slot']);
}
