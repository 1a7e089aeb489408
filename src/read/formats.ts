/** All formats that can be read. */
import { coreboot } from './coreboot.ts';
import { cpuinfo } from './cpuinfo.ts';
import { dbvm } from './dbvm.ts';
import type { DocumentFormat } from './document.ts';
import { edk2 } from './edk2.ts';
import { fwts } from './fwts.ts';
import { hyperdbg } from './hyperdbg.ts';
import { iomem } from './iomem.ts';
import { kvmMsrs } from './kvm-msrs.ts';
import { linuxLog } from './linux-log.ts';
import { msrCsv } from './msr-csv.ts';
import { msrSet } from './msr-set.ts';
import { mtree } from './mtree.ts';
import { procMtrr } from './proc-mtrr.ts';
import { qemuMigration } from './qemu-migration.ts';
import { rdmsr } from './rdmsr.ts';
import type { LineFormat } from './reader.ts';
import { windbg } from './windbg.ts';
import { x86info } from './x86info.ts';
import { xenLog } from './xen-log.ts';

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
