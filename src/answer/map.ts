/** What `map` is asked, resolved: the job that every format of it is written from. */
import type { Evaluator } from '../engine/index.ts';
import { openView } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { type Policy, requireVendor, requireWantOn, wantsOn } from '../policy/index.ts';
import type { GfnRange, PatType, Want } from '../types.ts';
import type { Format } from '../write/format/formats.ts';
import type { By } from '../write/format/range-columns.ts';
import type { MapJob } from '../write/map/job.ts';

/** Spans that are listed where no limit is given: masks with holes can make 2^39 of them. */
export const MAP_LIMITS: Readonly<Record<Format, number>> = {
  table: 1000,
  json: 65536,
  ndjson: Number.POSITIVE_INFINITY,
  csv: Number.POSITIVE_INFINITY,
  markdown: 200,
  parquet: Number.POSITIVE_INFINITY,
  svg: Number.POSITIVE_INFINITY,
};

const DEFAULT_WANTS: readonly Want[] = ['mtrr', 'ept', 'levels'];
/** There is no EPT there: what decides is told by the accesses. */
const DEFAULT_WANTS_ON_AMD: readonly Want[] = ['effective', 'levels'];

/**
 * What a map shows.
 *
 * @param opened - the machine
 * @param policy - whose rules
 * @param asked - undefined: what is usual on such a host, as far as the policy answers it
 * @returns the columns
 * @throws InputRangeError where the policy has no answer to what is asked, or says nothing of such a host
 * @example
 * mapWants(await presetOrConfig('ovmf-q35'), policy('kvm-6.16'), undefined); // ['ept', 'levels']
 */
export function mapWants(
  opened: OpenedConfig,
  policy: Policy,
  asked: readonly Want[] | undefined,
): readonly Want[] {
  const { vendor } = opened.vm.host;
  requireVendor(policy, vendor);
  const usual = vendor === 'amd' ? DEFAULT_WANTS_ON_AMD : DEFAULT_WANTS;
  const wants = asked ?? usual.filter((want) => wantsOn(policy, vendor).includes(want));
  for (const want of wants) requireWantOn(policy, vendor, want);
  return wants;
}

/** What is asked of an opened machine. */
export interface MapQuestion {
  readonly policy: Policy;
  /** Position of the vCPU. */
  readonly index: number;
  readonly wants: readonly Want[];
  readonly range: GfnRange;
  readonly pat: PatType;
  readonly by: By;
  readonly limit: number;
  /** Take the registers for a machine's own, and say what its Linux makes of the range. */
  readonly linux?: boolean | undefined;
}

/** What {@link MapJob} says of a machine; loaded where there is any, since `map` is measured against an empty Node. */
async function machineOf(
  opened: OpenedConfig,
  { vcpu }: MapJob['view'],
  { range, linux }: MapQuestion,
): Promise<Pick<MapJob, 'host' | 'linux'>> {
  const host = opened.facts && (await import('../open/host-facts.ts')).hostFacts(opened);
  if (!linux) return { host };
  const { hostLinuxStretches } = await import('../explain/linux-host.ts');
  return { host, linux: () => hostLinuxStretches(vcpu, range) };
}

/**
 * The job of a map.
 *
 * @param opened - with the evidence that answers of the policy rest on (`restingOn`)
 * @param evaluator - opens the view, which is the job's and the caller's to dispose of
 * @param question - which pages of which vCPU, under whose rules, in which columns
 * @returns what writers of maps take
 * @throws ConfigError or InputError where a register write is refused
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const engine = createEvaluatorSync();
 * const range = { start: 0xa0, end: 0xa1 };
 * const question = { policy: policy('sdm'), index: 0, wants: ['ept'], range, pat: 6, by: 'gpa', limit: 9 };
 * const job = await mapJob(opened, engine, question);
 * job.engine; // 'auto'
 */
export async function mapJob(
  opened: OpenedConfig,
  evaluator: Evaluator,
  question: MapQuestion,
): Promise<MapJob> {
  const { policy, index, wants, range, pat, by, limit } = question;
  const { vm, assumptions, evidence } = opened;
  const view = openView(evaluator, opened, index, policy);
  return {
    vm,
    view,
    vcpu: index,
    engine: evaluator.engine,
    wants,
    query: { range, pat },
    by,
    limit,
    assumptions,
    evidence,
    ...(await machineOf(opened, view, question)),
  };
}
