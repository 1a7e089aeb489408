/** The sides of a diff as every format names them. */
import { type OpenedSide, vcpusOfSide } from '../../diff/side.ts';
import { type GfnRange, type PatType, typeName, type Want } from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import type { By } from '../format/range-columns.ts';
import {
  type Basis,
  basisText,
  basisTexts,
  provenanceJson,
  schemaName,
  settingsJson,
} from '../json/basis.ts';
import { type JsonObject, msrJson, policyJson, rangeJson } from '../json/vocabulary.ts';

/** What a diff of two sides and one of many are asked alike. */
export interface Asked {
  /** Of the config's own side. */
  readonly basis: Basis;
  readonly want: Want;
  readonly query: Query & { readonly range: GfnRange; readonly pat: PatType };
  readonly by: By;
}

/** How every document of a diff begins. */
export function askedJson(what: string, { basis, want, query, by }: Asked): JsonObject {
  return {
    schema: schemaName(what),
    provenance: provenanceJson(basis),
    vcpus: basis.vcpus,
    maxphyaddr: basis.vm.maxphyaddr,
    want,
    ...(want === 'effective' && { pat: typeName(query.pat) }),
    by,
    range: rangeJson(query.range, by),
  };
}

/** A side with all that can tell it from the other. */
export function sideJson(side: OpenedSide): JsonObject {
  const { label, config, policy, engine, vcpu, fault } = side;
  return {
    label,
    config,
    vcpus: vcpusOfSide(side),
    policy: policyJson(policy),
    engine: engine.engine,
    maxphyaddr: vcpu.maxphyaddr,
    ...settingsJson(vcpu, policy),
    ...(fault && { refuses: msrJson(fault) }),
  };
}

/** What a diff rests on, as named texts: the config's own side, and all sides. */
export function sidesTexts(basis: Basis, sides: readonly OpenedSide[]): Readonly<Record<string, string>> {
  return { ...basisTexts(basis), sides: JSON.stringify(sides.map(sideJson)) };
}

/** The same in a line. */
export function sidesText(basis: Basis, sides: readonly OpenedSide[]): string {
  return `${basisText(basis)}; sides: ${sides.map(({ label, policy }) => `${label} (policy ${policy.name})`).join(', ')}`;
}
