/** Which format is believed where two give the same register: raw values first, rounded ones last. */

const ORDER: readonly string[] = [
  'rdmsr',
  'msr-csv',
  'kvm-msrs',
  'qemu-migration',
  'xen-hvmctx',
  'msr-set',
  'x86info',
  'chipsec',
  'inteltool',
  'cpucontrol',
  'cpu-z',
  'aida64',
  'edk2',
  'slim-bootloader',
  'windbg',
  'dmesg',
  'xen',
  'coreboot',
  'u-boot',
  'proc-mtrr',
  'memcontrol',
  'fwts',
  'hyperdbg',
  'dbvm',
  'bsd-log',
];

/** Place in the order of belief: lower is more exact. */
export function rankOfFormat(format: string): number {
  const rank = ORDER.indexOf(format);
  return rank < 0 ? ORDER.length : rank;
}
