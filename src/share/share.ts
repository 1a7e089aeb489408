/**
 * One EPT for many vCPUs: on which pages their states demand different entries, and what each way of sharing
 * makes of it. Equal states are evaluated once; nothing is visited page by page.
 */

import { requireArray, requireFunction, requireKeys, requireWord, wrongKind } from '../arguments.ts';
import { type Evaluator, requireEvaluator } from '../engine/evaluator.ts';
import type { View } from '../engine/view.ts';
import { InputRangeError } from '../errors.ts';
import { type Policy, requirePolicy } from '../policy/index.ts';
import { framesIn, without } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import {
  frameCount,
  requireGfnRange,
  requireRange,
  requireVm,
  type VcpuGroup,
  type Vm,
  vcpuOf,
} from '../vm/index.ts';
import { DESIGNS, type DemandSet, type Design, type DesignResult } from './design.ts';
import { type Disagreement, demandsOf, GroupedVm } from './grouped-vm.ts';
import { mappedRanges } from './mapped.ts';
import { disagreementOn, merged } from './merged.ts';
import { needsVcpu, reasonBesideMmio, withoutVcpuParts } from './needs-vcpu.ts';
import { distinctGroups, roleResult } from './role.ts';
import { uniformResult } from './uniform.ts';

/** What comes of {@link share}. */
export interface Sharing {
  readonly vm: Vm;
  readonly policy: Policy;
  readonly range: GfnRange;
  /** Pages of it on which an entry can exist: in slots, or host MMIO. All that follows is of these. */
  readonly pages: bigint;
  /** Pages on which the vCPUs' states demand different entries. */
  readonly disagree: bigint;
  /** Of these, pages on which they differ in IPAT alone, not in type. */
  readonly ipatOnly: bigint;
  /** Pages on which no entry can exist, and those of them that the vCPUs' registers would type differently. */
  readonly outside: { readonly pages: bigint; readonly disagree: bigint };
  /** All pages by the set of entries that the vCPUs demand, most pages first. */
  readonly sets: readonly DemandSet[];
  /** Groups of vCPUs in one state. */
  readonly groups: readonly VcpuGroup[];
  /** In the order of {@link DESIGNS}. */
  readonly designs: readonly DesignResult[];
  /**
   * The frames on which they disagree.
   *
   * @returns maximal spans, ascending, found as they are asked for
   */
  disagreements(): IterableIterator<Disagreement>;
}

/** What {@link share} takes besides the VM. */
export interface ShareOptions {
  /** Default: the VM's. */
  readonly policy?: Policy;
  /** Default: the whole space. */
  readonly range?: GfnRange;
  /** Default: all. */
  readonly designs?: readonly Design[];
  /** Ids of vCPUs in the order in which they fault; those that are left out follow, ascending. */
  readonly order?: readonly number[];
  /** What evaluates. */
  readonly evaluator?: Evaluator;
  /** Instead of it: opens the vCPU at a position of `vm.vcpus`, under the policy. */
  readonly open?: (index: number, policy: Policy) => View;
}

const OPTION_KEYS: readonly string[] = ['policy', 'range', 'designs', 'order', 'evaluator', 'open'];

/** How vCPUs are opened. */
function openerOf(vm: Vm, { evaluator, open }: ShareOptions): (index: number, policy: Policy) => View {
  if (open !== undefined) {
    requireFunction('open', open, 'a function that opens a vCPU');
    return open;
  }
  const opener = requireEvaluator(evaluator);
  return (index, policy) => opener.view(vcpuOf(vm, index), policy);
}

function requireOptions(vm: Vm, options: ShareOptions): void {
  requireVm(vm);
  requireKeys('', options, OPTION_KEYS, 'options such as { evaluator }');
  if (options.policy !== undefined) requirePolicy('policy', options.policy);
  requireGfnRange('range', options.range);
  requireRange(options, vm);
  requireArray('designs', options.designs ?? []).forEach((one, index) => {
    requireWord(`designs.${index}`, one, DESIGNS);
  });
  requireArray('order', options.order ?? []).forEach((id, index) => {
    if (typeof id !== 'number') throw wrongKind(`order.${index}`, 'the id of a vCPU', id);
  });
}

function completeOrder(vm: Vm, order: readonly number[]): readonly number[] {
  const ids = vm.vcpus.map(({ id }) => id);
  const seen = new Set<number>();
  for (const [index, id] of order.entries()) {
    if (!ids.includes(id)) throw new InputRangeError(`order.${index}`, `no vCPU ${id}`);
    if (seen.has(id)) throw new InputRangeError(`order.${index}`, `vCPU ${id} is given twice`);
    seen.add(id);
  }
  return [...order, ...ids.filter((id) => !seen.has(id))];
}

/** Whether CR0.CD decides a page's type. */
function cacheDisableDecides(vm: Vm, { flags }: Policy): boolean {
  return (
    vm.host.vendor !== 'amd' && vm.noncoherentDma && flags.ept === 'kvm' && flags.cacheDisable !== 'ignored'
  );
}

/**
 * Holds the vCPUs of a VM against each other, and the designs against what each vCPU's own state demands.
 *
 * @param vm - up to 4,096 vCPUs
 * @param options - evaluator, policy, range, designs, order of first faults
 * @returns exact totals; spans are found as they are asked for
 * @throws WrmsrFault where a register write is refused; InputTypeError, InputRangeError for options that cannot be;
 * EptsweepError `too-many-spans` where masks with holes cut the range into more than eight million stretches
 * @example
 * const guest = vm({ maxphyaddr: 36, noncoherentDma: true, vcpus: [{ msrs: { 0x2ff: 0x806n } }, {}] });
 * const evaluator = createEvaluatorSync();
 * share(guest, { policy: policy('kvm-6.6'), evaluator }).disagree; // 16777216n: the MTRRs of the second are off
 */
export function share(vm: Vm, options: ShareOptions): Sharing {
  requireOptions(vm, options);
  const policy = options.policy ?? vm.policy;
  const range = options.range ?? { start: 0, end: frameCount(vm.maxphyaddr) };
  const designs = options.designs ?? DESIGNS;
  const order = completeOrder(vm, options.order ?? []);
  const mapped = mappedRanges(vm, policy, range);
  const unmapped = without([range], mapped);
  const guest = new GroupedVm(vm, policy, range, mapped, openerOf(vm, options));
  const first = guest.groupOf(order[0]!);
  const disabled = guest.groups.findIndex(({ state }) => state.cr0cd);
  const result = merged(guest, [...new Set([0, first, ...(disabled >= 0 ? [disabled] : [])])]);
  const wrongIf = (group: number) => result.byGroup.get(group)!.wrong(guest.ids, result.disagree);
  const anyOrder = result.anyOrder.wrong(guest.ids, result.disagree);
  const made: Readonly<Record<Design, () => DesignResult>> = {
    'first-fault': () => ({ design: 'first-fault', anyOrder, order, inOrder: wrongIf(first) }),
    vcpu0: () => ({ design: 'vcpu0', id: vm.vcpus[0]!.id, wrong: wrongIf(0) }),
    'try-without-vcpu': () => {
      const parts = withoutVcpuParts(vcpuOf(vm, 0), policy, mapped);
      const needVcpu = parts.reduce((sum, part) => (part.needsVcpu ? sum + part.pages : sum), 0n);
      const disagree = needsVcpu(reasonBesideMmio(vcpuOf(vm, 0), policy)) ? BigInt(result.disagree) : 0n;
      return { design: 'try-without-vcpu', parts, needVcpu, disagree, wrong: anyOrder };
    },
    role: () => roleResult(guest, distinctGroups(result.fingerprints)),
    uniform: () => uniformResult(guest, wrongIf(0)),
    'max-cd': () => ({
      design: 'max-cd',
      on: disabled >= 0,
      // Under CR0.CD=1 no MTRR counts: what one such vCPU demands is what all get.
      wrong: disabled >= 0 && cacheDisableDecides(vm, policy) ? wrongIf(disabled) : anyOrder,
    }),
    'zap-on-cd': () => ({ design: 'zap-on-cd', wrong: anyOrder }),
    'fine-zap': () => ({ design: 'fine-zap', wrong: anyOrder }),
  };
  return {
    vm,
    policy,
    range,
    pages: BigInt(framesIn(mapped)),
    disagree: BigInt(result.disagree),
    ipatOnly: BigInt(result.ipatOnly),
    outside: {
      pages: BigInt(framesIn(unmapped)),
      disagree: BigInt(disagreementOn(guest, unmapped)),
    },
    sets: [...result.sets]
      .sort(([a, pagesA], [b, pagesB]) => pagesB - pagesA || a - b)
      .map(([set, pages]) => ({ demands: demandsOf(set), pages: BigInt(pages) })),
    groups: guest.groups,
    designs: DESIGNS.filter((design) => designs.includes(design)).map((design) => made[design]()),
    disagreements: () => guest.disagreements(),
  };
}
