/** What every format of a check's findings is written from. */
import type { Cause, Finding, RuleId } from '../../check/index.ts';
import type { Policy } from '../../policy/index.ts';
import { hexText } from '../../words.ts';
import type { Basis } from '../json/basis.ts';

/** A check's outcome. */
export interface CheckReport {
  /** The machine, and the policy that its types are judged by: the manual's. */
  readonly basis: Basis;
  /** The KVM release that the layout is held against. */
  readonly kvm: Policy;
  /** The input as the user named it. */
  readonly file: string;
  /** Whether anything said what is RAM. */
  readonly isRamKnown: boolean;
  /** The rules that were run. */
  readonly rules: readonly { readonly id: RuleId; readonly title: string }[];
  /** The worst first. */
  readonly findings: readonly Finding[];
}

/** `IA32_MTRR_PHYSBASE2 (0x204) = 0x100000005, mtrr.txt:3`; `--set mtrr.default` where that says so. */
export function causeText({ register, msr, value, at, set }: Cause): string {
  const name = register.startsWith('MSR ') ? register : `${register} (${hexText(msr)})`;
  const place = set === undefined ? at && `${at.file}:${at.line}` : `--set ${set}`;
  return `${name} = ${hexText(value)}${place === undefined ? '' : `, ${place}`}`;
}
