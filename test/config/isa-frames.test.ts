/** Host frames 0xa0-0xff behind a slot of kind mmio: no MMIO to KVM, and warned of. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';

function opened(slots: string) {
  return parseConfig(`maxphyaddr: 40\nslots:\n${slots}`, 'isa.yaml');
}

describe('host MMIO behind a slot', () => {
  it('is none in the ISA range, and the place is named', () => {
    const { vm, said } = opened('  - {base: 0x90000000, size: 128K, kind: mmio, hpa: 0xa0000}\n');
    expect(vm.mmio).toEqual([]);
    expect(said).toEqual([
      "isa.yaml:3: slots[0].hpa: host 0xa0000-0xbffff is the ISA range, no MMIO to KVM: guest 0x90000000-0x9001ffff gets RAM's rule",
    ]);
  });

  it('is all but the part in the ISA range', () => {
    const { vm, said } = opened('  - {base: 0x90000000, size: 1M, kind: mmio, pfn: 0x80}\n');
    expect(vm.mmio).toEqual([
      { start: 0x90000, end: 0x90020 },
      { start: 0x90080, end: 0x90100 },
    ]);
    expect(said?.[0]).toContain('slots[0].pfn: host 0xa0000-0xfffff');
  });

  it.each([
    ['another host range', '{base: 0x90000000, size: 128K, kind: mmio, hpa: 0xc0000000}', 0x90000],
    ['the frame behind it', '{base: 0x90000000, size: 128K, kind: mmio, hpa: 0x100000}', 0x90000],
    ['no host range', '{base: 0xa0000, size: 128K, kind: mmio}', 0xa0],
  ])('is whole with %s', (_, slot, start) => {
    const { vm, said } = opened(`  - ${slot}\n`);
    expect(vm.mmio).toEqual([{ start, end: start + 32 }]);
    expect(said).toBeUndefined();
  });

  it('is what mmio: says, whatever is behind it', () => {
    const { vm, said } = parseConfig('maxphyaddr: 40\nmmio: [0xa0000-0xbffff]\n', 'legacy.yaml');
    expect(vm.mmio).toEqual([{ start: 0xa0, end: 0xc0 }]);
    expect(said).toBeUndefined();
  });
});
