/** CHIPSEC: `chipsec_util msr`, what its log has of each read, and registers that its modules print (common.smrr). */
import { registerList } from './register-list.ts';

/** CHIPSEC. */
export const chipsec = registerList({
  name: 'chipsec',
  title: 'CHIPSEC (chipsec_util msr, common.smrr)',
  hint: /RDMSR\(|\(MSR 0x/,
  registers: [
    /^\[CHIPSEC\] CPU(?<cpu>\d{1,4}): RDMSR\( ?0x(?<msr>[0-9a-f]{1,8}) ?\) = (?<value>[0-9a-f]{16}) \(EAX=[0-9a-f]{8}, EDX=[0-9a-f]{8}\)$/i,
    /^\[cpu(?<cpu>\d{1,4})\] RDMSR\( ?0x(?<msr>[0-9a-f]{1,8}) ?\): EAX = 0x(?<low>[0-9a-f]{8}), EDX = 0x(?<high>[0-9a-f]{8})$/i,
    /^\[\*\] \w{3,40} = 0x(?<value>[0-9a-f]{1,16}) << .{1,120} \(MSR 0x(?<msr>[0-9a-f]{1,8}) Thread 0x(?<core>[0-9a-f]{1,4})\)/i,
    /^\[\*\] \w{3,40} = 0x(?<value>[0-9a-f]{1,16}) << .{1,120} \(MSR 0x(?<msr>[0-9a-f]{1,8})\)/i,
  ],
});
