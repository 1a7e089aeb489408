/** Reads a trace, holds it against a VM under its policies, and puts the report together. */
import { statSync } from 'node:fs';
import { createEvaluatorSync } from '../../engine/evaluator.ts';
import { explain } from '../../explain/index.ts';
import { chosenVcpus } from '../../open/chosen-vcpus.ts';
import { openSafely } from '../../open/open-view.ts';
import type { OpenedConfig } from '../../open/opened-config.ts';
import type { Policy } from '../../policy/index.ts';
import { ReadError } from '../../read/index.ts';
import { readTrace } from '../../read/trace/stream.ts';
import {
  allPolicies,
  authorOf,
  bestOf,
  candidatesOf,
  chosenPolicy,
  distinctionsOf,
  EntryChecker,
  matchesOf,
  type PolicyMatch,
  statesSlots,
  TOO_LARGE,
  type TraceReport,
  type TraceSource,
  WRONG_IPAT,
  WRONG_TYPE,
} from '../../trace/index.ts';
import { type EngineName, type Vcpu, type Vm, vcpuGroups, vcpuOf } from '../../vm/index.ts';
import { explainLines } from '../../write/explain/text.ts';
import { UsageError } from '../output/exit.ts';
import { Progress } from '../output/progress.ts';
import { openInput } from './input-file.ts';

/** What is asked of a trace. */
export interface TraceJob {
  /** The CONFIG argument, as it was typed. */
  readonly config: string;
  readonly opened: OpenedConfig;
  /** The FILE argument. */
  readonly file: string;
  readonly from: string | undefined;
  readonly policy: Policy | undefined;
  readonly vcpu: string | undefined;
  readonly engine: EngineName;
  readonly hostPhysBits: number | undefined;
  readonly comparesFrames: boolean;
}

/** States of vCPUs that an entry is held against; a page is faulted in by any of them. */
const MOST_STATES = 16;
const SEE_CAPTURE = 'record the events of kvmmmu (eptsweep capture trace shows how)';

/** The policy that was named, by the option or the config; the config's default is sdm. */
function namedPolicy({ policy, opened }: TraceJob): Policy | undefined {
  if (policy) return policy;
  return opened.vm.policy.name === 'sdm' ? undefined : opened.vm.policy;
}

/** An AMD host's tables carry no type that could be right or wrong. */
function requireEptHost({ opened: { vm } }: TraceJob): void {
  if (vm.host.vendor !== 'amd') return;
  throw new UsageError(
    `${vm.name} has an AMD host, whose nested page tables carry no memory type: trace judges EPT entries alone ` +
      '(eptsweep map --want levels,leaf shows what KVM maps there)',
  );
}

/** Positions of one vCPU of each state that entries are held against. */
function stateIndexes({ opened, vcpu }: TraceJob): readonly number[] {
  return chosenVcpus(opened.vm, vcpu ?? 'all')
    .slice(0, MOST_STATES)
    .map(({ indexes }) => indexes[0]!);
}

/** Under rules of a machine rather than of KVM, the config's address bits are its own; unless its slots say otherwise. */
function ownAddressBits({ maxphyaddr, slots }: Vm, named: Policy | undefined): number | undefined {
  if (!named || named.traits.requiresSlots) return undefined;
  const end = 2 ** (maxphyaddr - 12);
  return slots.every(({ pfn, count }) => pfn + count <= end) ? maxphyaddr : undefined;
}

function sizeOf(file: string): number | undefined {
  if (file === '-') return undefined;
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  return size > 0 ? size : undefined;
}

/** Rules and registers behind the first wrong entry, of the sections of `explain` that bear on it. */
function whyOf({ opened, engine }: TraceJob, index: number, fit: PolicyMatch): readonly string[] {
  const { first } = fit.candidate.findings;
  const policy = chosenPolicy(fit);
  const frames = 2 ** (opened.vm.maxphyaddr - 12);
  // Of other systems no more than the type is known.
  if (!first || first.gfn >= frames || policy.peer) return [];
  const isOfTypes = (first.causes & (WRONG_TYPE | WRONG_IPAT)) !== 0;
  const only = [
    ...(isOfTypes ? ['MTRR', 'guest MTRR', "KVM's fold", 'EPT'] : []),
    ...((first.causes & TOO_LARGE) !== 0 ? ['level'] : []),
    ...(isOfTypes || (first.causes & TOO_LARGE) !== 0 ? [] : ['slot']),
  ];
  const evaluator = createEvaluatorSync({ engine });
  try {
    const view = evaluator.view(vcpuOf(opened.vm, index), policy);
    const told = explain(view, first.gfn, { changes: false });
    // Headline, answer and the policy's assumptions are no part of it.
    return [...explainLines(told, { subject: '', only })]
      .slice(2)
      .map((line) => line.slice(2))
      .filter((line) => !line.startsWith('assumed:'));
  } finally {
    evaluator.dispose();
  }
}

function requireEntries(source: TraceSource): void {
  if (source.entries > 0) return;
  const { file, lines, otherEvents, truncated, foreignEntries } = source;
  if (foreignEntries > 0) {
    throw new ReadError(
      file,
      `holds ${foreignEntries} walks through the guest's own page tables, none through EPT`,
    );
  }
  if (truncated.first) {
    const { line, text } = truncated.first;
    const all = truncated.count > 1 ? ` (and ${truncated.count - 1} more)` : '';
    throw new ReadError(
      file,
      `cut off or unreadable: "${text}"${all}; the file holds no whole EPT entry`,
      line,
    );
  }
  const others = otherEvents > 0 ? `, ${otherEvents} other events` : '';
  throw new ReadError(file, `holds no EPT entry (${lines} lines${others}): ${SEE_CAPTURE}`);
}

/** Refuses a policy that is a lookup of MTRRs, where another says what its system writes. */
function requireEntryPolicy(named: Policy | undefined): void {
  if (named?.entriesBy === undefined) return;
  throw new UsageError(
    `${named.name} is a lookup of MTRRs and says nothing of entries: use --policy ${named.entriesBy}`,
  );
}

/**
 * Judges a trace.
 *
 * @throws ReadError where the file holds no entries; ConfigError, UsageError as commands do
 */
export async function traceReport(job: TraceJob): Promise<TraceReport> {
  const { opened, file } = job;
  const { vm } = opened;
  const named = namedPolicy(job);
  requireEntryPolicy(named);
  requireEptHost(job);
  const indexes = stateIndexes(job);
  const vcpus = indexes.map((index) => vcpuOf(vm, index));
  const input = await openInput(file);
  const engine = createEvaluatorSync({ engine: job.engine });
  const progress = new Progress({ unit: 'bytes', total: sizeOf(file) });
  try {
    const open = (state: number, vcpu: Vcpu, policy: Policy) =>
      openSafely(opened, indexes[state]!, policy, () => engine.view(vcpu, policy));
    const policies = named ? [named] : allPolicies();
    const candidates = candidatesOf(engine, policies, vcpus, open);
    const hostAddressBits = job.hostPhysBits ?? ownAddressBits(vm, named);
    const checker = new EntryChecker(candidates, vcpus[0]!, {
      ...(hostAddressBits !== undefined && { hostAddressBits }),
      comparesFrames: job.comparesFrames,
      requiresSlots: named?.traits.requiresSlots ?? true,
    });
    const source = await readTrace(input.chunks(), (batch) => checker.push(batch), {
      file: input.name,
      ...(job.from !== undefined && { from: job.from }),
      onProgress: (bytes) => progress.show(bytes),
    });
    progress.end();
    requireEntries(source);
    const outside = checker.tally.outside(source.isKvm);
    const author = authorOf(checker.tally, source.isKvm);
    const fits = matchesOf(candidates, author);
    const best = named ? fits : bestOf(fits);
    const used = new Set(candidates.flatMap((one) => one.policies.map(({ name }) => name)));
    return {
      source,
      vm,
      name: vm.name,
      assumptions: opened.assumptions,
      config: job.config,
      maxphyaddr: vm.maxphyaddr,
      statesSlots: statesSlots(vcpus[0]!),
      vcpus: {
        count: vm.vcpus.length,
        states: vcpuGroups(vm).length,
        judged: indexes.length,
        ids: indexes.map((index) => vm.vcpus[index]!.id),
        named: job.vcpu === undefined ? undefined : vm.vcpus[indexes[0]!]!.name,
      },
      hostAddressBits,
      comparesFrames: job.comparesFrames,
      tally: checker.tally,
      apicPages: checker.apicPages,
      outside,
      author,
      isNamed: named !== undefined,
      fits,
      best,
      distinctions: named || outside ? [] : distinctionsOf(engine, best),
      refused: policies.map(({ name }) => name).filter((name) => !used.has(name)),
      why: outside ? [] : whyOf(job, indexes[0]!, fits[0]!),
    };
  } finally {
    progress.clear();
    engine.dispose();
  }
}
