/** All formats that can be read. */

import type { DocumentFormat } from './document.ts';
import { aida64 } from './dump/aida64.ts';
import { bsdLog } from './dump/bsd-log.ts';
import { chipsec } from './dump/chipsec.ts';
import { coreboot } from './dump/coreboot.ts';
import { cpuZ } from './dump/cpu-z.ts';
import { cpucontrol } from './dump/cpucontrol.ts';
import { cpuinfo } from './dump/cpuinfo.ts';
import { dbvm } from './dump/dbvm.ts';
import { edk2 } from './dump/edk2.ts';
import { fwts } from './dump/fwts.ts';
import { hyperdbg } from './dump/hyperdbg.ts';
import { inteltool } from './dump/inteltool.ts';
import { iomem } from './dump/iomem.ts';
import { kvmMsrs } from './dump/kvm-msrs.ts';
import { linuxLog } from './dump/linux-log.ts';
import { memcontrol } from './dump/memcontrol.ts';
import { msrCsv } from './dump/msr-csv.ts';
import { msrSet } from './dump/msr-set.ts';
import { mtree } from './dump/mtree.ts';
import { patMemtype } from './dump/pat-memtype.ts';
import { procMtrr } from './dump/proc-mtrr.ts';
import { qemuMigration } from './dump/qemu-migration.ts';
import { rdmsr } from './dump/rdmsr.ts';
import { slimBootloader } from './dump/slim-bootloader.ts';
import { uBoot } from './dump/u-boot.ts';
import { windbg } from './dump/windbg.ts';
import { x86info } from './dump/x86info.ts';
import { xenHvmctx } from './dump/xen-hvmctx.ts';
import { xenLog } from './dump/xen-log.ts';
import type { LineFormat } from './reader.ts';

/**
 * Line-based formats. A line belongs to the first one that claims it, so those with telling words come
 * before those that take any number.
 */
export const LINE_FORMATS: readonly LineFormat[] = [
  xenLog,
  linuxLog,
  procMtrr,
  iomem,
  coreboot,
  edk2,
  windbg,
  fwts,
  hyperdbg,
  dbvm,
  mtree,
  cpuinfo,
  x86info,
  xenHvmctx,
  memcontrol,
  bsdLog,
  patMemtype,
  uBoot,
  slimBootloader,
  chipsec,
  inteltool,
  cpucontrol,
  cpuZ,
  aida64,
  msrSet,
  msrCsv,
  rdmsr,
];

/** Formats that are one JSON document. */
export const DOCUMENT_FORMATS: readonly DocumentFormat[] = [qemuMigration, kvmMsrs];

/** What a format is called and what it is, for people and for `from`. */
export interface FormatInfo {
  readonly name: string;
  readonly title: string;
}

/** All formats, for listings. */
export const FORMATS: readonly FormatInfo[] = [...LINE_FORMATS, ...DOCUMENT_FORMATS].map(
  ({ name, title }) => ({
    name,
    title,
  }),
);
