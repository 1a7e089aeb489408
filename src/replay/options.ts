/** What a replay takes besides the VM and the events. */
import {
  requireArray,
  requireFlag,
  requireInteger,
  requireIterable,
  requireKeys,
  requireWord,
} from '../arguments.ts';
import { type Evaluator, requireEvaluator } from '../engine/evaluator.ts';
import { type Policy, requirePolicy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { requireGfnRange, requireVm, type Vm } from '../vm/index.ts';
import type { DesignRules } from './design.ts';
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
  /**
   * Whether dirty logging splits large entries as it starts: KVM's module parameter `eager_page_split`. Default: as the
   * release does by default.
   */
  readonly eagerSplit?: boolean | undefined;
  /**
   * Pages that the guest reads by itself whenever a vCPU of it does something: its page tables and its code. Each event of
   * the guest's own reads them before, and again afterwards if it took them away. Default: none.
   */
  readonly guestPages?: readonly GfnRange[] | undefined;
  /** How the vCPUs stand before the first event, beside their registers. */
  readonly start?: StartState;
  /** Default: `first-fault`, what KVM does. */
  readonly design?: DesignRules;
}

/** How vCPUs stand, beside their registers. */
export interface StartState {
  /** Ids of vCPUs that wait for SIPI. Default: none, all run. */
  readonly waiting?: readonly number[];
  /** Whether paging, CR0.WP and EFER.NX are on. Default true. */
  readonly paging?: boolean;
  /** Whether the VM has SMM. Default true. */
  readonly smm?: boolean;
}

const OPTION_KEYS: readonly string[] = [
  'evaluator',
  'policy',
  'every',
  'onFault',
  'slotZap',
  'eagerSplit',
  'guestPages',
  'start',
  'design',
];

/**
 * Refuses what no replay can start from.
 *
 * @param others - keys of options that the caller has besides
 */
export function requireOptions(
  vm: Vm,
  events: Iterable<ReplayEvent>,
  options: ReplayOptions,
  others: readonly string[] = [],
): void {
  requireVm(vm);
  requireIterable('events', events, 'events');
  requireKeys('', options, [...OPTION_KEYS, ...others], 'options such as { evaluator }');
  const { evaluator, policy, every, onFault = 'continue', slotZap = 'all' } = options;
  const { eagerSplit, guestPages = [] } = options;
  requireEvaluator(evaluator);
  if (policy !== undefined) requirePolicy('policy', policy);
  if (every !== undefined) requireInteger('every', every, 0, Number.MAX_SAFE_INTEGER);
  requireWord('onFault', onFault, ['continue', 'stop']);
  requireWord('slotZap', slotZap, ['all', 'slot']);
  requireFlag('eagerSplit', eagerSplit, false);
  requireArray('guestPages', guestPages, 'an array of ranges').forEach((range, at) => {
    requireGfnRange(`guestPages.${at}`, range);
  });
}
