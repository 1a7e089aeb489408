/** The sides of a diff as every format names them. */
import { type OpenedSide, vcpusOfSide } from '../../diff/side.ts';
import { type Basis, basisText, basisTexts, settingsJson } from '../json/basis.ts';
import { type JsonObject, msrJson, policyJson } from '../json/vocabulary.ts';

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
