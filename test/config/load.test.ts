import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { type Vm, vcpuGroups, vcpuOf } from '../../src/vm/index.ts';

const vmOf = (text: string): Vm => parseConfig(text, 'guest.yaml').vm;
const registersOf = (vm: Vm, index = 0): Record<string, string> =>
  Object.fromEntries(
    vm.vcpus[index]!.state.msrs.map(({ msr, value }) => [msr.toString(16), value.toString(16)]),
  );

describe('a config', () => {
  it('needs its address width alone', () => {
    const vm = vmOf('maxphyaddr: 40');
    expect(vm.name).toBe('guest');
    expect(vm.policy.name).toBe('sdm');
    expect(vm.vcpus).toHaveLength(1);
    expect(vcpuOf(vm, 0)).toMatchObject({ maxphyaddr: 40, msrs: [], cr0cd: false, noncoherentDma: false });
    expect(vm.slots).toEqual([{ gfn: 0, count: 2 ** 28, pfn: 0, readonly: false, maxLevel: 3 }]);
  });

  it('takes MTRRs in words', () => {
    const vm = vmOf(`
maxphyaddr: 36
mtrr:
  default: UC
  fixed:
    - {range: 0x0-0x9ffff, type: write-back}
    - {range: 0xc0000-0xc0fff, type: WP}
  variable:
    - {base: 0, size: 2G, type: WB}
    - {range: 0xc0000000-0xffffffff, type: uncachable}
    - {index: 5, base: 0x1000, mask: 0xff0000000, type: WT}
    - {index: 7, valid: false}
`);
    expect(registersOf(vm)).toEqual({
      250: '606060606060606',
      258: '606060606060606',
      268: '5',
      200: '6',
      201: 'f80000800',
      202: 'c0000000',
      203: 'fc0000800',
      '20a': '1004',
      '20b': 'ff0000800',
      '20e': '0',
      '20f': '0',
      '2ff': 'c00',
    });
  });

  it('takes raw registers by any name, 64 bits exact, in their order', () => {
    const vm = vmOf(`
maxphyaddr: 46
msrs:
  MTRRphysMask0: 0x3fffc0000800
  0x200: 0xc0000000
  FIX64K_00000: 0x0606060606060606
  env.mtrr_deftype: 0xC06
  IA32_PAT: "0x0007010600070106"
`);
    expect(vm.vcpus[0]!.state.msrs).toEqual([
      { msr: 0x201, value: 0x3fffc0000800n },
      { msr: 0x200, value: 0xc0000000n },
      { msr: 0x250, value: 0x0606060606060606n },
      { msr: 0x2ff, value: 0xc06n },
      { msr: 0x277, value: 0x0007010600070106n },
    ]);
    expect(vm.vcpus[0]!.state.pat).toBe(0x0007010600070106n);
  });

  it('takes the PAT as eight types', () => {
    const vm = vmOf('{maxphyaddr: 46, pat: [WB, WC, UC-, UC, WB, WP, uncached-minus, 4]}');
    expect(vm.vcpus[0]!.state.pat).toBe(0x0407050600070106n);
  });

  it('gives a whole-space range the mask 0', () => {
    expect(registersOf(vmOf('{maxphyaddr: 36, mtrr: {variable: [{base: 0, size: 64G, type: WB}]}}'))).toEqual(
      {
        200: '6',
        201: '800',
        '2ff': '800',
      },
    );
  });

  it('takes slots, MMIO and the host', () => {
    const vm = vmOf(`
maxphyaddr: 46
host: {vendor: intel, selfSnoop: false}
noncoherentDma: true
quirks: [KVM_X86_QUIRK_IGNORE_GUEST_PAT]
policy: kvm-6.16
slots:
  - {base: 4G, size: 2G, hpa: 2G, maxLevel: 2M}
  - {range: 0x0-0x9ffff}
  - {range: 0xffc00000-0xffffffff, kind: readonly, pfn: 0x1000}
  - {base: 8G, size: 16M, kind: mmio}
mmio: [0xfebc0000-0xfebc0fff]
`);
    expect(vm.policy.row).toBe('kvm-6.16');
    expect(vcpuOf(vm, 0)).toMatchObject({
      selfSnoop: false,
      noncoherentDma: true,
      quirks: ['ignore-guest-pat'],
      mmio: [
        { start: 0xfebc0, end: 0xfebc1 },
        { start: 0x200000, end: 0x201000 },
      ],
      slots: [
        { gfn: 0, count: 160, pfn: 0, readonly: false, maxLevel: 3 },
        { gfn: 0xffc00, count: 1024, pfn: 0x1000, readonly: true, maxLevel: 3 },
        { gfn: 0x100000, count: 0x80000, pfn: 0x80000, readonly: false, maxLevel: 2 },
        { gfn: 0x200000, count: 4096, pfn: 0x200000, readonly: false, maxLevel: 3 },
      ],
    });
  });

  it('takes a policy by what differs from a named one', () => {
    const vm = vmOf(`
maxphyaddr: 46
policy:
  base: kvm-5.14
  name: el9
  backports: ['0a7b73559b39', e1548088ff54]
  flags: {levelCheck: none}
`);
    expect(vm.policy).toMatchObject({
      name: 'el9',
      traits: { system: 'kvm' },
      flags: { mtrr: 'none', cacheDisable: 'ignored', levelCheck: 'none', leaf: 'kvm' },
    });
  });

  it('is JSON as well', () => {
    const vm = vmOf('{\n\t"maxphyaddr": 46,\n\t"msrs": {"0x2ff": 2054}\n}');
    expect(registersOf(vm)).toEqual({ '2ff': '806' });
  });

  it('follows anchors, aliases and merges', () => {
    const vm = vmOf(`
maxphyaddr: 46
vcpus:
  - &bsp {cr0cd: true, mtrr: {default: WB}}
  - *bsp
  - {<<: *bsp, cr0cd: false}
`);
    expect(vm.vcpus.map(({ state }) => state.cr0cd)).toEqual([true, true, false]);
    expect(registersOf(vm, 2)).toEqual({ '2ff': '806' });
  });
});

describe('vCPUs', () => {
  it('come by count and share one state', () => {
    const vm = vmOf('{maxphyaddr: 46, vcpus: 4096, mtrr: {default: WB}}');
    expect(vm.vcpus).toHaveLength(4096);
    expect(vcpuGroups(vm)).toHaveLength(1);
    expect(vcpuOf(vm, 0)).toBe(vcpuOf(vm, 4095));
  });

  it('come in groups that override the registers that they name, and no others', () => {
    const vm = vmOf(`
maxphyaddr: 46
mtrr:
  default: WB
  fixed: [{range: 0x0-0xfffff, type: WB}]
  variable:
    - {base: 2G, size: 2G, type: UC}
    - {base: 32G, size: 16G, type: UC}
vcpus:
  - name: bsp
  - count: 2
    name: ap
    cr0cd: true
    mtrr: {default: UC}
  - id: 8-9,12
    mtrr:
      variable: [{index: 1, valid: false}]
      fixed: [{range: 0xa0000-0xbffff, type: UC}]
  - msrs: {MTRRdefType: 0}
`);
    expect(vm.vcpus.map(({ id }) => id)).toEqual([0, 1, 2, 8, 9, 12, 13]);
    expect(vm.vcpus.slice(0, 3).map(({ name }) => name)).toEqual(['bsp', 'ap0', 'ap1']);
    expect(vcpuGroups(vm).map(({ indexes }) => indexes)).toEqual([[0], [1, 2], [3, 4, 5], [6]]);
    const base = registersOf(vm, 0);
    expect(registersOf(vm, 1)).toEqual({ ...base, '2ff': 'c00' });
    expect(registersOf(vm, 3)).toEqual({ ...base, 202: '0', 203: '0', 259: '0' });
    expect(registersOf(vm, 6)).toEqual({ ...base, '2ff': '0' });
  });

  it('in an equal state are one group, however they are written', () => {
    const vm = vmOf('{maxphyaddr: 46, vcpus: [{msrs: {0x2ff: 0x806}}, {mtrr: {default: WB}}]}');
    expect(vcpuGroups(vm)).toHaveLength(1);
  });
});

describe('the place of a register write', () => {
  it('is known for each vCPU', () => {
    const text = `maxphyaddr: 46
mtrr:
  variable:
    - {base: 2G, size: 2G, type: UC}
vcpus:
  - {}
  - msrs:
      0x201: 1
`;
    const { faultAt } = parseConfig(text, 'guest.yaml');
    expect(faultAt(0, 0, 'x')).toMatchObject({ line: 4, column: 7, path: 'mtrr.variable[0]' });
    expect(faultAt(1, 1, 'x')).toMatchObject({ line: 8, column: 14, path: 'vcpus[1].msrs.0x201' });
  });
});
