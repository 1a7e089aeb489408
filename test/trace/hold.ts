/** Holds entries against a vCPU in a few words. */

import type { Evaluator } from '../../src/engine/index.ts';
import { type Policy, policy } from '../../src/policy/index.ts';
import {
  type Candidate,
  candidatesOf,
  EntryBatch,
  EntryChecker,
  type EntryCheckerOptions,
} from '../../src/trace/index.ts';
import { type Vcpu, type VcpuInit, vcpu } from '../../src/vm/index.ts';

/** An entry of a trace. */
export interface TracedEntry {
  readonly gfn: number;
  readonly level: number;
  readonly entry: bigint;
  readonly space?: number;
}

/** Fills a batch; lines count from 1. */
export function batchOf(entries: readonly TracedEntry[]): EntryBatch {
  const batch = new EntryBatch();
  for (const [at, { gfn, level, entry, space = 0 }] of entries.entries()) {
    batch.line[at] = at + 1;
    batch.gfn[at] = gfn;
    batch.level[at] = level;
    batch.low[at] = Number(entry & 0xffffffffn);
    batch.high[at] = Number(entry >> 32n);
    batch.space[at] = space;
  }
  batch.count = entries.length;
  return batch;
}

/** A checker that has seen the entries, and its candidates. */
export function hold(
  engine: Evaluator,
  inits: VcpuInit | readonly VcpuInit[],
  policies: string | readonly Policy[],
  entries: readonly TracedEntry[],
  options: EntryCheckerOptions = {},
): { readonly checker: EntryChecker; readonly candidates: readonly Candidate[] } {
  const vcpus: readonly Vcpu[] = [inits].flat().map(vcpu);
  const rules = typeof policies === 'string' ? [policy(policies)] : policies;
  const candidates = candidatesOf(engine, rules, vcpus, (_, one, under) => engine.view(one, under));
  const checker = new EntryChecker(candidates, vcpus[0]!, options);
  checker.push(batchOf(entries));
  return { checker, candidates };
}
