/** coreboot's inteltool -M: registers of all cores, then those of each. */
import { registerList } from './register-list.ts';

/** inteltool. */
export const inteltool = registerList({
  name: 'inteltool',
  title: 'inteltool -M (coreboot)',
  hint: /MSR 0x[0-9A-Fa-f]{8} = 0x|(?:SHARED|UNIQUE) MSRs/,
  registers: [/^MSR 0x(?<msr>[0-9a-f]{8}) = 0x(?<high>[0-9a-f]{8}):0x(?<low>[0-9a-f]{8}) \(\w{1,60}\)$/i],
  headings: [/^=* ?UNIQUE MSRs {1,4}\(core (\d{1,4})\) ?=*$/, /^=* ?SHARED MSRs \(All Cores\) ?=*$/],
  unreadable: /^\(\*\) ?MSR 0x([0-9a-f]{8}) = /i,
});
