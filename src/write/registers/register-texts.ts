/** Texts that hold a vCPU's registers and nothing else, by the names that `--to` has for them. */
import type { Vcpu } from '../../vm/index.ts';
import { kvmMsrsLines } from './kvm-msrs-json.ts';
import { msrCsvLines } from './msr-csv.ts';
import { procMtrrLines } from './proc-mtrr-text.ts';
import { wrmsrScriptLines } from './wrmsr-script.ts';

export type RegisterText = 'msr-csv' | 'wrmsr' | 'kvm-set-msrs' | 'proc-mtrr';

/** The writer of each. */
export const REGISTER_TEXTS: Readonly<Record<RegisterText, (vcpu: Vcpu) => Iterable<string>>> = {
  'msr-csv': msrCsvLines,
  wrmsr: wrmsrScriptLines,
  'kvm-set-msrs': kvmMsrsLines,
  'proc-mtrr': procMtrrLines,
};
