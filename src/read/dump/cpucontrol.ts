/** FreeBSD's `cpucontrol -m MSR /dev/cpuctlN`: the upper half before the lower. */
import { registerList } from './register-list.ts';

/** cpucontrol. */
export const cpucontrol = registerList({
  name: 'cpucontrol',
  title: 'FreeBSD cpucontrol -m',
  hint: /MSR 0x[0-9a-f]{1,8}: 0x|cpucontrol -m/,
  registers: [/^MSR 0x(?<msr>[0-9a-f]{1,8}): 0x(?<high>[0-9a-f]{8}) 0x(?<low>[0-9a-f]{8})$/],
  headings: [/\bcpucontrol -m .{1,120}\/dev\/cpuctl(\d{1,4})\b/],
});
