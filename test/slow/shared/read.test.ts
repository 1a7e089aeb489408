/** Dumps that people posted: what is known of them, and that they are read at all. */
import { describe, expect, it } from 'vitest';
import { ReadError, saysAnything, toVcpuInits } from '../../../src/read/index.ts';
import { inHex } from '../../read/fixture.ts';
import { departures } from '../../read/tool-maps.ts';
import { readSample, SAMPLE_NAMES } from './folder.ts';

/** What is known of real dumps: default type with its enables, valid variable ranges, MAXPHYADDR, RAM ranges. */
const KNOWN: readonly (readonly [
  file: string,
  defType: string | undefined,
  ranges: number,
  bits: number,
  ram: number,
])[] = [
  ['coreboot-001-taniks-adl.txt', 'c00', 6, 39, 4],
  ['dmesg-003-surface-pro7-icelake-wc.txt', 'c06', 8, 39, 5],
  ['dmesg-008-virtualbox-guest-disabled-5.4.txt', '0', 0, 40, 3],
  ['dmesg-012-chromebook-taniks-adl-5.10.txt', 'c00', 6, 39, 3],
  ['dmesg-019-thinkpad-t400-core2.txt', 'c00', 5, 36, 5],
  ['dmesg-021-lenovo-z575-amd-llano-oddmask.txt', 'c00', 5, 40, 4],
  ['dmesg-023-msi-fm2-amd-inconsistent.txt', 'c00', 3, 48, 7],
  ['dmesg-025-asrock-b450-zen.txt', 'c00', 4, 48, 8],
  ['dmesg-026-hp250g3-10ranges.txt', 'c00', 10, 39, 5],
  ['dmesg-027-lenovo-z510-cleanup.txt', 'c00', 6, 39, 5],
  ['dmesg-029-surface-pro7-lastboot.txt', 'c06', 8, 39, 5],
  ['msrcsv-SPR_TO_T2_6.1_INTEL_SAPPHIRE_RAPIDS_6.18host_6.18guest.csv', '806', 0, 40, 0],
  ['msrcsv-T2A_AMD_MILAN_6.1host_6.1guest.csv', '806', 0, 40, 0],
  ['msrcsv-T2CL_INTEL_CASCADELAKE_5.10host_5.10guest.csv', '806', 0, 40, 0],
  ['procmtrr-001-intel-8reg-wp.txt', undefined, 8, 40, 0],
  ['x-cleanup-413-original-new-regs.txt', undefined, 6, 40, 0],
  ['x-dmesg-101-dell-t3600-6.4rc1-mtrrdebug-map.txt', 'c00', 6, 46, 7],
  ['x-dmesg-103-thinkbook-20vh-tigerlake-bighigh-uc.txt', 'c06', 8, 39, 0],
  ['x-dmesg-106-skx-wt-under-uc.txt', 'c06', 6, 46, 0],
  ['x-dmesg-107-oob-pr10-wt-small.txt', 'c06', 5, 46, 0],
  ['x-dmesg-108-poweredge-r815-opteron-512g.txt', 'c00', 5, 48, 0],
  ['x-dmesg-109-preprod-636g-pmem-cleanup.txt', 'c00', 6, 46, 0],
  ['x-dmesg-110-asus-2012-7wb-chain.txt', 'c00', 8, 36, 0],
  ['x-dmesg-111-gigabyte-970a-lost-13040MB.txt', undefined, 4, 48, 0],
  ['x-dmesg-112-noncontiguous-short-mask.txt', 'c00', 2, 32, 0],
  ['x-dmesg-113-32bitmask-atom.txt', 'c00', 2, 32, 0],
  ['x-dmesg-124-amd-renoir-wp-over-ram.txt', '800', 4, 48, 0],
  ['x-dmesg-125-travis-gce-syslog.txt', '800', 1, 46, 0],
  ['x-dmesg-126-kvm-bochs-rangeform.txt', 'c06', 1, 40, 0],
  ['x-dmesg-127-cloud-hypervisor-expected.txt', '806', 0, 40, 0],
  ['x-edk2-406-ovmf-like-mtrr-settings.txt', 'c06', 2, 38, 0],
  ['x-fwts-405-mtrr-overview.txt', undefined, 10, 40, 0],
  ['x-hyperdbg-404-vmware-log.txt', undefined, 2, 40, 0],
  ['x-msrset-403-epyc7453-r6525-setdump.txt', undefined, 2, 48, 0],
  ['x-procmtrr-302-thinkpad-r50p-512KB.txt', undefined, 3, 40, 0],
  ['x-procmtrr-303-65536MB-wb-uc-overlap.txt', undefined, 3, 40, 0],
  ['x-procmtrr-305-x86_64-8g-oldfmt.txt', undefined, 5, 40, 0],
  ['x-procmtrr-306-2001-missing-32MB.txt', undefined, 6, 40, 0],
  ['x-procmtrr-307-amd-wp-on-ram-slow.txt', undefined, 5, 40, 0],
  ['x-procmtrr-308-acer-aa1-zg5-uc-at-0.txt', undefined, 8, 40, 0],
  ['x-procmtrr-309-misaligned-base-4MB.txt', undefined, 6, 40, 0],
  ['x-procmtrr-311-8g-only-4g-wb.txt', undefined, 4, 40, 0],
  ['x-x86info-402-p4-d845pt.txt', 'c00', 3, 36, 2],
  ['x-xen-201-xen-on-qemu-inconsistent.txt', 'c06', 1, 40, 0],
];

/** Dumps without registers: memory maps, and logs of kernels that print a summary. */
const WITHOUT_REGISTERS: readonly (readonly [file: string, reason: RegExp])[] = [
  ['dmesg-013-chromebook-craask-6.6-map.txt', /summary instead of the MTRRs/],
  ['iomem-acrn-adl-asrock.txt', /bring \/proc\/mtrr or rdmsr/],
  ['iomem-acrn-qemu.txt', /bring \/proc\/mtrr or rdmsr/],
  ['x-dmesg-102-sgx-box-6.4rc-map.txt', /summary instead of the MTRRs/],
  ['x-dmesg-119-firecracker-guest-map0.txt', /summary instead of the MTRRs/],
  ['x-dmesg-120-hyperv-sevsnp-vtom-readonly.txt', /summary instead of the MTRRs/],
  ['x-dmesg-121-xenpv-dom0-readonly-map.txt', /summary instead of the MTRRs/],
  ['x-qemu-408-mtree-headers-kvm-vfio.txt', /bring \/proc\/mtrr or rdmsr/],
];

/** Dumps that hold the map that another tool made of the registers. */
const WITH_MAP = [
  'coreboot-001-taniks-adl.txt',
  'x-dmesg-101-dell-t3600-6.4rc1-mtrrdebug-map.txt',
  'x-edk2-406-ovmf-like-mtrr-settings.txt',
];

describe("other people's dumps", () => {
  it.each(SAMPLE_NAMES)('%s is read', (file) => {
    const facts = readSample(file);
    expect(saysAnything(facts)).toBe(true);
    expect(facts.recognised.every(({ blocks }) => blocks === 1)).toBe(true);
    expect(facts.contradictions).toEqual([]);
  });

  it.each(KNOWN)(
    '%s: DEF_TYPE %s, %i ranges, %i address bits, %i RAM ranges',
    (file, defType, ranges, bits, ram) => {
      const facts = readSample(file);
      const valid = [
        ...facts.registers,
        ...[...facts.cpus.values()].flatMap((cpu) => [...cpu.registers]),
      ].filter(([msr, { value }]) => msr > 0x200 && msr < 0x250 && msr % 2 === 1 && (value & 0x800n) !== 0n);
      const registers = facts.cpus.size > 0 ? [...facts.cpus.values()][0]!.registers : facts.registers;
      expect(registers.get(0x2ff)?.value.toString(16)).toBe(defType);
      expect(valid).toHaveLength(ranges);
      expect(toVcpuInits(facts).maxphyaddr).toBe(bits);
      expect(
        facts.ram.filter((range) => range.kind === 'ram' && range.source !== 'e820-modified'),
      ).toHaveLength(ram);
    },
  );

  it.each(WITHOUT_REGISTERS)('%s says why there is no map to be had', (file, reason) => {
    expect(() => toVcpuInits(readSample(file))).toThrow(ReadError);
    expect(() => toVcpuInits(readSample(file))).toThrow(reason);
  });

  it.each(WITH_MAP)('%s: our map and that of the tool agree at every boundary', (file) => {
    const facts = readSample(file);
    expect(facts.maps).toHaveLength(1);
    expect(departures(facts, facts.maps[0]!)).toEqual([]);
  });

  it('covers every file', () => {
    const rest = new Set(SAMPLE_NAMES);
    for (const [file] of [...KNOWN, ...WITHOUT_REGISTERS]) rest.delete(file);
    expect([...rest].sort()).toEqual([
      'x-dbvm-412-fixed-check-log.txt',
      'x-rdmsr-414-256cpu-uniq.txt',
      'x-windbg-401-vmware-mtrr.txt',
    ]);
    expect(readSample('x-rdmsr-414-256cpu-uniq.txt').cpus.size).toBe(256);
    expect(inHex(readSample('x-windbg-401-vmware-mtrr.txt').cpus.get(2)!.registers)).toMatchObject({
      '200': 'c0000000',
      '203': '3e000000800',
      '269': '5050505',
      '2ff': 'c00',
    });
    expect(readSample('x-dbvm-412-fixed-check-log.txt').registers.get(0x26a)).toMatchObject({
      value: 0n,
      known: 0xffffffn,
    });
  });

  it('gives the register values that real.jsonl was made of', () => {
    // Written down from the dumps themselves: a mask that lacks a bit, an overlap with WT, TOM2.
    expect(inHex(readSample('dmesg-021-lenovo-z575-amd-llano-oddmask.txt').registers)).toMatchObject({
      '206': 'fed80000',
      '207': 'ffffff800',
      '20f': 'ffffe00800',
      c001001d: '41f000000',
    });
    expect(inHex(readSample('x-dmesg-107-oob-pr10-wt-small.txt').registers)).toMatchObject({
      '208': 'fbe00004',
      '209': '3ffffff00800',
      '277': '407050600070106',
    });
    expect(inHex(readSample('x-dmesg-113-32bitmask-atom.txt').registers)).toMatchObject({
      '26c': '404040405050505',
      '26d': '404040404040404',
    });
  });
});
