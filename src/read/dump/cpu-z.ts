/** CPU-Z's report: registers of each thread, the upper half before the lower. */
import { registerList } from './register-list.ts';

/** CPU-Z. */
export const cpuZ = registerList({
  name: 'cpu-z',
  title: "CPU-Z's report (MSR 0x...)",
  hint: /MSR 0x[0-9A-Fa-f]{8}\s|CPU Thread \d/,
  registers: [
    /^MSR 0x(?<msr>[0-9a-f]{8})\s{1,16}(?:edx = )?0x(?<high>[0-9a-f]{8})\s{1,16}(?:eax = )?0x(?<low>[0-9a-f]{8})$/i,
  ],
  headings: [/^CPU Thread (\d{1,4})$/i],
});
