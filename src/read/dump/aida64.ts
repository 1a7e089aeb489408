/** AIDA64 and Everest: registers in groups of four digits, in the report and in CPUID dumps. */
import { registerList } from './register-list.ts';

const VALUE = '(?<value>[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4})';

/** AIDA64. */
export const aida64 = registerList({
  name: 'aida64',
  title: "AIDA64's report or CPUID dump (MSR Registers)",
  hint: /MSR Registers|MSR [0-9A-F]{8}[:\s]|CPUID 80000008[:\s]/,
  registers: [new RegExp(`^MSR (?<msr>[0-9A-F]{8})(?::\\s?|\\s{1,60})${VALUE}(?: \\[.{1,40}\\])?$`)],
  headings: [
    /^MSR Registers \(CPU #(\d{1,4})\):?$/,
    /^-{1,8}\[ MSR Registers \/ Logical CPU #(\d{1,4}) \]-{1,8}$/,
    /^(?:MSR Registers:|-{1,8}\[ MSR Registers \]-{1,8})$/,
  ],
  addressBits: /^CPUID 80000008(?::\s?|\s{1,60})[0-9A-F]{6}([0-9A-F]{2})-[0-9A-F]{8}-/,
  without:
    "AIDA64 lists none of the MTRRs here: bring them by another tool (eptsweep capture windbg), or AIDA64's MSR dump of 000002FF and 00000200 on",
});
