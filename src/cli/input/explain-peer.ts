/** `eptsweep explain` under a peer's policy, of which types are known and nothing else. */
import { createEvaluatorSync } from '../../engine/index.ts';
import { explainPeer } from '../../explain/index.ts';
import { knownRegisters } from '../../open/known-registers.ts';
import { openSafely, vcpuIndex } from '../../open/open-view.ts';
import type { OpenedConfig } from '../../open/opened-config.ts';
import type { Policy } from '../../policy/index.ts';
import type { GfnRange } from '../../types.ts';
import { type EngineName, vcpuGroups } from '../../vm/index.ts';
import { idsText } from '../../words.ts';
import type { ToldPeer } from '../../write/explain/peer.ts';

/** What of it is asked. */
export interface PeerRequest {
  readonly policy: Policy;
  readonly engine: EngineName;
  readonly frames: GfnRange;
  /** As `--vcpu` gave it. */
  readonly vcpu: string | undefined;
  readonly limit: number;
}

/** What is told, and whether there is more. */
export interface PeerReport {
  readonly told: readonly ToldPeer[];
  readonly moreSpans: boolean;
}

/** States of vCPUs that are told. */
const MOST_STATES = 16;

/**
 * Tells each stretch of one type, for each state of the vCPUs that are asked for.
 *
 * @throws ConfigError, UsageError where a register write is refused or a vCPU is not there
 */
export function peerReport(opened: OpenedConfig, request: PeerRequest): PeerReport {
  const { vm } = opened;
  const { policy, frames, vcpu, limit } = request;
  const chosen = vcpu === 'all' ? undefined : vm.vcpus[vcpuIndex(vm, vcpu)]!;
  const groups = vcpuGroups(vm).filter((group) => !chosen || group.state === chosen.state);
  const evaluator = createEvaluatorSync({ engine: request.engine });
  const told: ToldPeer[] = [];
  let moreSpans = groups.length > MOST_STATES;
  try {
    for (const { indexes } of groups.slice(0, MOST_STATES)) {
      const view = openSafely(opened, indexes[0]!, policy, (one) => evaluator.view(one, policy));
      const vcpus = chosen ? [chosen.id] : indexes.map((index) => vm.vcpus[index]!.id);
      const subject = vm.vcpus.length === 1 ? vm.name : `${vm.name} vCPU ${idsText(vcpus)}`;
      const known = knownRegisters(opened, vcpus[0]!);
      let count = 0;
      for (const { start, end } of view.spansOf(policy.flags.ept === 'xen' ? 'ept' : 'mtrr', {
        range: frames,
      })) {
        if (count === limit) {
          moreSpans = true;
          break;
        }
        count += 1;
        const story = explainPeer(view, start);
        told.push({ story, policy, span: { start, end }, subject, vcpus, known });
      }
      view.dispose();
    }
  } finally {
    evaluator.dispose();
  }
  return { told, moreSpans };
}
