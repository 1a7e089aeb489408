/** How the registers of an opened dump are known: the line that says it, or what they were inferred or assumed from. */
import type { KnownRegisters, RegisterMatch } from '../explain/index.ts';
import { LOW_BYTE, msrName } from '../msr/index.ts';
import type { Facts, RegisterFact } from '../read/index.ts';
import { EVIDENCE_LEVELS, type Evidence, type Subject } from '../vm/index.ts';
import type { OpenedConfig } from './opened-config.ts';

const SUBJECTS: Readonly<Record<RegisterMatch['kind'], Subject>> = {
  fixed: 'fixed-ranges',
  variable: 'variable-ranges',
  default: 'default-type',
  tom2: 'tom2',
};

/** Bits of a register that a match is about. */
function bitsOf({ kind, byte = 0 }: RegisterMatch): bigint {
  if (kind === 'default') return LOW_BYTE;
  return kind === 'fixed' ? LOW_BYTE << BigInt(8 * byte) : 0n;
}

function factOf(facts: Facts, cpu: number, msr: number): RegisterFact | undefined {
  return facts.cpus.get(cpu)?.registers.get(msr) ?? facts.registers.get(msr);
}

function weakestAbout(evidence: readonly Evidence[], subject: Subject): Evidence | undefined {
  const rank = ({ level }: Evidence) => EVIDENCE_LEVELS.indexOf(level);
  return evidence
    .filter((one) => one.subject === subject)
    .reduce<Evidence | undefined>((weak, one) => (weak && rank(weak) >= rank(one) ? weak : one), undefined);
}

/**
 * How the registers of one CPU of a dump are known.
 *
 * @param opened - a dump; anything else states its registers
 * @param cpu - id of the vCPU
 * @returns undefined where it is no dump
 * @example
 * const opened = await openText('0x200,0x6\n0x201,0xf80000800\n0x2ff,0xc06\n', { name: 'a.csv' });
 * knownRegisters(opened, 0).enables.level; // 'read'
 */
export function knownRegisters(opened: OpenedConfig, cpu: number): KnownRegisters | undefined {
  const { facts, evidence, hostEvidence = [] } = opened;
  if (!facts || !evidence) return undefined;
  return {
    enables: weakestAbout(evidence, 'enables'),
    pat: weakestAbout([...hostEvidence, ...evidence], 'pat'),
    of: (match) => {
      const subject = SUBJECTS[match.kind];
      const bits = bitsOf(match);
      const found = match.msrs.map((msr) => factOf(facts, cpu, msr));
      const isWhole = found.every((fact) => fact && (fact.known & bits) === bits);
      if (!isWhole) return weakestAbout(evidence, subject);
      return { subject, level: 'read', what: match.msrs.map(msrName).join(', '), why: '', at: found[0]!.at };
    },
  };
}
