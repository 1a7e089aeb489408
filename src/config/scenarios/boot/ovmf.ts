/**
 * OVMF on q35 with a passed-through device. MTRRs are changed as a whole: CR0.CD=1, DEF_TYPE.E=0, registers,
 * DEF_TYPE.E=1, CR0.CD=0. How often it does that is a parameter. By the sources it is four times on the BSP (three in
 * PlatformPei, one when the PCI window above 4 GiB is made UC) and three times on each AP (MpInitLib in PEI and in
 * DXE, and that window); the published counts say the same.
 */
import { DEF_TYPE, FIXED_UC_HIGH, FIXED_WB, NO_RANGES, type Values, variable } from './registers.ts';
import { cited, REPORT, registers, type Step, titled } from './steps.ts';

const MTRR_LIB = 'UefiCpuPkg/Library/MtrrLib/MtrrLib.c';
const MP_LIB = 'UefiCpuPkg/Library/MpInitLib/MpLib.c';
const MEM_DETECT = 'OvmfPkg/Library/PlatformInitLib/MemDetect.c';
const CPU_DXE = 'UefiCpuPkg/CpuDxe/CpuDxe.c';

/** How often OVMF programs the MTRRs. */
export interface OvmfPrograms {
  readonly bsp: number;
  readonly ap: number;
}
/** What the sources and the published counts say. */
export const OVMF_PROGRAMS: OvmfPrograms = { bsp: 4, ap: 3 };

const ALL_WB = { ...FIXED_WB, ...NO_RANGES };
const LEGACY_UC = FIXED_UC_HIGH;
const HOLE = variable(0, '0x80000000', '0x3fff80000800');
const BAR = variable(1, '0x800000000', '0x3ffc00000800');

interface Program {
  readonly by: string;
  readonly values: Values;
}

const PEI: readonly Program[] = [
  { by: `MtrrSetAllMtrrs(), by PlatformQemuInitializeRam(), ${MEM_DETECT}`, values: ALL_WB },
  {
    by: `MtrrSetMemoryAttribute() of 640K-1M, by PlatformQemuInitializeRam(), ${MEM_DETECT}`,
    values: LEGACY_UC,
  },
  {
    by: `MtrrSetMemoryAttribute() of Uc32Base-4G, by PlatformQemuInitializeRam(), ${MEM_DETECT}`,
    values: HOLE,
  },
];
const WINDOW: Program = {
  by: `MtrrSetMemoryAttribute(), by CpuSetMemoryAttributes(), ${CPU_DXE}`,
  values: BAR,
};
/** Where the APs get a table of the BSP's. */
const SYNCS = [
  `MtrrSetAllMtrrs(), by ApInitializeSync() in PEI, ${MP_LIB}`,
  `MtrrSetAllMtrrs(), by ApInitializeSync() in DXE, ${MP_LIB}`,
];
const FIRMWARE_TABLE: Values = { ...LEGACY_UC, ...NO_RANGES, ...HOLE };
/** All registers as OVMF leaves them. */
export const OVMF_TABLE: Values = { ...FIRMWARE_TABLE, ...BAR };

/** One change of the MTRRs; APs go through it side by side. */
function program(vcpus: string, { by, values }: Program, before: string): readonly Step[] {
  return [
    ...cited(
      `MtrrLibPreMtrrChange(), ${MTRR_LIB}`,
      `cr0cd: {vcpu: ${vcpus}, on: true}`,
      `wrmsr: {vcpu: ${vcpus}, msr: ${DEF_TYPE}, value: ${before}}`,
    ),
    ...(Object.keys(values).length > 0
      ? cited(by, `wrmsr: {vcpu: ${vcpus}, msrs: ${registers(values)}}`)
      : []),
    ...cited(
      `MtrrLibPostMtrrChange(), ${MTRR_LIB}`,
      `wrmsr: {vcpu: ${vcpus}, msr: ${DEF_TYPE}, value: 0xc06}`,
      `cr0cd: {vcpu: ${vcpus}, on: false}`,
    ),
  ];
}

/** The changes from the first to the last as so many of them: the first ones at once, or the last one again. */
function spread(programs: readonly Program[], times: number): readonly Program[] {
  if (times >= programs.length) {
    const again = { by: programs.at(-1)!.by, values: {} };
    return [...programs, ...Array.from({ length: times - programs.length }, () => again)];
  }
  if (times === 0) return [];
  const merged = programs.slice(0, programs.length - times + 1);
  const values = Object.assign({}, ...merged.map((one) => one.values)) as Values;
  return [{ by: merged.at(-1)!.by, values }, ...programs.slice(merged.length)];
}

/** One by one: `DEF_TYPE` has E=0, FE=0 before the first change, E=0 and the type after it. */
function programs(vcpus: string, list: readonly Program[], isFirst: boolean): readonly Step[] {
  return list.flatMap((one, index) => program(vcpus, one, isFirst && index === 0 ? '0' : '0x406'));
}

interface Phases {
  readonly pei: readonly Program[];
  readonly dxe: readonly Program[];
}

/** Those that come before the last one belong to PEI, as many as there are by the sources. */
function phases(programs: readonly Program[], times: number, inPei: number): Phases {
  const all = spread(programs, times);
  const end = Math.max(0, Math.min(inPei, times - 1));
  return { pei: all.slice(0, end), dxe: all.slice(end) };
}

function ofBsp({ bsp }: OvmfPrograms): Phases {
  return phases([...PEI, WINDOW], bsp, PEI.length);
}
function ofAps({ ap }: OvmfPrograms): Phases {
  const window = { by: `MtrrSetAllMtrrs(), by SetMtrrsFromBuffer(), ${CPU_DXE}`, values: OVMF_TABLE };
  const syncs = SYNCS.map((by) => ({ by, values: FIRMWARE_TABLE }));
  return phases([...syncs, window], ap, syncs.length);
}

/** From the reset vector to the end of PEI, which is where the way back from S3 leaves it. */
export function ovmfPei(times: OvmfPrograms): readonly Step[] {
  return [
    ...titled(
      'OVMF on the BSP: CR0.CD stays 1 until MTRRs were written for the first time.',
      cited(
        'TransitionFromReal16To32BitFlat, UefiCpuPkg/ResetVector/Vtf0/Ia16/Real16ToFlat32.asm',
        'touch: {vcpu: bsp, range: 0xffc00000-0xffffffff, access: read}',
      ),
      cited(
        'Transition32FlatTo64Flat, OvmfPkg/ResetVector/Ia32/Flat32ToFlat64.asm',
        'cr0: {vcpu: bsp, pg: true}',
      ),
      cited(
        'SecCoreStartupWithStack(), OvmfPkg/Sec/SecMain.c',
        'touch: {vcpu: bsp, range: 0x800000-0x8fffff}',
      ),
      programs('bsp', ofBsp(times).pei, true),
      cited(
        'PeiCore(), MdeModulePkg/Core/Pei/PeiMain/PeiMain.c',
        'touch: {vcpu: bsp, range: 0x100000-0x7fffffff}',
      ),
      cited(`AllocateResetVector(), ${MP_LIB}`, 'touch: {vcpu: bsp, range: 0x0-0x9ffff}'),
      REPORT,
    ),
    ...titled(
      "Its APs: they take over the BSP's CR0, then its MTRRs, side by side.",
      cited(
        `WakeUpAP(), by CollectProcessorCount(), ${MP_LIB}`,
        'init: {vcpu: aps, waits: true, paging: off}',
        'sipi: {vcpu: aps}',
      ),
      cited(
        'RendezvousFunnelProc, UefiCpuPkg/Library/MpInitLib/X64/MpFuncs.nasm',
        'touch: {vcpu: aps, range: 0x87000-0x87fff, access: read}',
      ),
      cited(
        `RestoreVolatileRegisters(), by ApWakeupFunction(), ${MP_LIB}`,
        'cr0: {vcpu: aps, pg: true, cd: false}',
      ),
      programs('aps', ofAps(times).pei, true),
      REPORT,
    ),
  ];
}

/** From the reset vector to the boot loader. */
export function ovmf(times: OvmfPrograms): readonly Step[] {
  const [bsp, aps] = [ofBsp(times), ofAps(times)];
  return [
    ...ovmfPei(times),
    ...titled(
      'DXE: the PCI window above 4 GiB, with the BAR in it, becomes UC on the BSP and then on the APs.',
      programs('bsp', bsp.dxe, bsp.pei.length === 0),
      programs('aps', aps.dxe, aps.pei.length === 0),
      cited(
        'PciIo->Mem.Write() of a driver, MdePkg/Include/Protocol/PciIo.h',
        'touch: {vcpu: bsp, range: 32G+16G}',
      ),
      REPORT,
    ),
  ];
}
