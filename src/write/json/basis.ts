/** What an answer rests on, the same in every format: program, config, vCPUs, policy, DMA, quirks, host, assumptions. */
import { defaultQuirksOn, type Policy, type Vendor } from '../../policy/index.ts';
import type { Want } from '../../types.ts';
import { VERSION } from '../../version.ts';
import { confidentialAssumptions } from '../../vm/confidential.ts';
import { hostAssumptions } from '../../vm/host.ts';
import type { Evidence, Vm } from '../../vm/index.ts';
import { idRuns } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { type JsonObject, policyJson } from './vocabulary.ts';

/** What an answer rests on. */
export interface Basis {
  readonly vm: Vm;
  readonly policy: Policy;
  /** Ids of the vCPUs whose answers these are. */
  readonly vcpus: readonly number[];
  /** What had to be assumed to read the config, a sentence each. */
  readonly assumptions?: readonly string[] | undefined;
  /** How each thing is known that a dump's machine is made of. */
  readonly evidence?: readonly Evidence[] | undefined;
  /** What was asked, where an answer to it can rest on more than the policy does. */
  readonly wants?: readonly Want[];
}

/** A basis, with all vCPUs unless some are named. */
export function basisOf(
  vm: Vm,
  policy: Policy,
  {
    assumptions,
    evidence,
    vcpus = vm.vcpus.map(({ id }) => id),
    wants = [],
  }: Partial<Pick<Basis, 'assumptions' | 'evidence' | 'vcpus' | 'wants'>> = {},
): Basis {
  return { vm, policy, vcpus, assumptions, evidence, wants };
}

type Settings = Pick<Vm, 'noncoherentDma' | 'quirks'> & {
  readonly selfSnoop: boolean;
  /** Of the host's CPUs; said where it is not Intel. */
  readonly vendor?: Vendor;
};

/** The switches that a policy reads; quirks that nobody states are those that its kernel enables. */
export function settingsJson(
  { noncoherentDma, quirks, selfSnoop, vendor = 'intel' }: Settings,
  policy: Policy,
): JsonObject {
  return {
    noncoherentDma,
    quirks: [...(quirks ?? defaultQuirksOn(policy, vendor))],
    selfSnoop,
    ...(vendor !== 'intel' && { vendor }),
  };
}

/** Everything that was taken on trust: about the input, then the policy's releases, then guest and host. */
export function assumptionsOf({ vm, assumptions = [], policy, wants = [] }: Basis): readonly string[] {
  const { noncoherentDma, host } = vm;
  const ofGuest = confidentialAssumptions(vm.confidential, policy);
  const ofHost = hostAssumptions({ noncoherentDma, vendor: host.vendor, hostMsrs: host.msrs }, policy, wants);
  return [...new Set([...assumptions, ...policy.assumptions, ...ofGuest, ...ofHost])];
}

/** Where an answer comes from. */
export function provenanceJson(basis: Basis): JsonObject {
  const { vm, policy } = basis;
  return {
    version: VERSION,
    config: vm.name,
    ...settingsJson({ ...vm, selfSnoop: vm.host.selfSnoop, vendor: vm.host.vendor }, policy),
    assumptions: assumptionsOf(basis),
    ...(basis.evidence && { evidence: basis.evidence.map(evidenceJson) }),
  };
}

/** How one thing is known, as JSON. */
export function evidenceJson({ subject, level, what, why, settledBy, at }: Evidence): JsonObject {
  return {
    subject,
    level,
    what,
    ...(why !== '' && { why }),
    ...(settledBy !== undefined && { settledBy }),
    ...(at && { file: at.file, line: at.line }),
  };
}

/**
 * The same of an answer that is about no VM, or about many.
 *
 * @param config - what it is about, where that has a name
 */
export function programJson(assumptions: readonly string[] = [], config?: string): JsonObject {
  return { version: VERSION, ...(config !== undefined && { config }), assumptions };
}

/**
 * The first members of a document about a VM.
 *
 * @param what - name of its schema without number: `map`
 */
export function headJson(what: string, basis: Basis): Record<string, JsonValue> {
  return {
    schema: schemaName(what),
    provenance: provenanceJson(basis),
    policy: policyJson(basis.policy),
    vcpus: basis.vcpus,
    maxphyaddr: basis.vm.maxphyaddr,
  };
}

/** `eptsweep/map@2`. */
export function schemaName(what: string): string {
  return `eptsweep/${what}@2`;
}

/** The same as named texts: for trailing columns of CSV, and the metadata of Parquet. */
export function basisTexts(basis: Basis): Readonly<Record<string, string>> {
  const { vm, policy, vcpus } = basis;
  const { name, row, flags, zaps, commits } = policy;
  return {
    version: VERSION,
    config: vm.name,
    vcpus: idRuns(vcpus).join(' '),
    policy: name,
    row,
    flags: Object.entries({ ...flags, ...zaps })
      .map(([flag, value]) => `${flag}=${String(value)}`)
      .join(' '),
    commits: commits.map(({ id }) => id).join(' '),
    noncoherentDma: String(vm.noncoherentDma),
    quirks: (vm.quirks ?? defaultQuirksOn(policy, vm.host.vendor)).join(' '),
    selfSnoop: String(vm.host.selfSnoop),
    ...(vm.host.vendor !== 'intel' && { vendor: vm.host.vendor }),
    assumptions: assumptionsOf(basis).join('; '),
  };
}

/** The same in a line, for the metadata of a picture. */
export function basisText(basis: Basis): string {
  const stated = Object.entries(basisTexts(basis)).filter(([, text]) => text !== '');
  return `eptsweep ${stated.map(([name, text]) => `${name}: ${text}`).join('; ')}`;
}
