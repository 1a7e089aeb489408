import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { readTraceText } from '../../src/read/trace/stream.ts';
import { type DecodedEntry, decodeEntry, type EntryBatch, entryAt } from '../../src/trace/index.ts';
import { decodedText } from '../../src/write/trace/words.ts';

/** Bits that a decoded entry has set, by name. */
function flagsOf(one: DecodedEntry): string[] {
  return Object.entries(one)
    .filter(([, value]) => value === true)
    .map(([name]) => name)
    .sort();
}

const LEAF = ['accessed', 'dirty', 'execute', 'hostWritable', 'mmuPresent', 'mmuWritable', 'read', 'write'];

describe('an entry', () => {
  it("of a TDX guest's shared page on a kernel that suppresses #VE", () => {
    const one = decodeEntry(0x86000080a5669b37n, 1);
    expect(one).toMatchObject({ kind: 'leaf', type: 6, ipat: false, pfn: 0x80a5669n, adType: 0 });
    expect(flagsOf(one)).toEqual([...LEAF, 'suppressVe'].sort());
  });

  it.each([
    ['4K, WB with IPAT', 0x0600000012345b77n, 1, { type: 6, ipat: true }, LEAF],
    ['4K, WB', 0x0600000012345b37n, 1, { type: 6, ipat: false }, LEAF],
    [
      'read-only',
      0x12345975n,
      1,
      { type: 6, ipat: true },
      ['accessed', 'execute', 'ipat', 'mmuPresent', 'read'],
    ],
    ['prefetched', 0x0600000012345a77n, 1, { accessed: false, dirty: true }, undefined],
    ['without A/D bits', 0x0610000012345877n, 1, { adType: 1, read: true, accessTracked: false }, undefined],
    [
      'access-tracked',
      0x0750000012345870n,
      1,
      { kind: 'leaf', accessTracked: true, read: true, write: true, execute: true, adType: 1, type: 6 },
      undefined,
    ],
    ['2M', 0x0600000012200bf7n, 2, { kind: 'leaf', large: true, pfn: 0x12200n }, undefined],
    ['2M under NX huge pages', 0x0600000012200bf3n, 2, { execute: false, write: true }, undefined],
    ['host MMIO', 0x06000000fed00b07n, 1, { type: 0, ipat: false, pfn: 0xfed00n }, undefined],
    ['non-leaf', 0x1234907n, 2, { kind: 'non-leaf', type: undefined, pfn: 0x1234n }, undefined],
    [
      'MMIO, generation 5',
      0xfed0002en,
      1,
      { kind: 'mmio', generation: 5, accessed: false, mmuPresent: false },
      undefined,
    ],
    ['MMIO, generation 0x300', 0x0030_0000_fed0_0006n, 1, { kind: 'mmio', generation: 0x300 }, undefined],
    ['not present', 0n, 1, { kind: 'not-present' }, []],
    ['not present, suppress #VE', 0x8000000000000000n, 3, { kind: 'not-present' }, ['suppressVe']],
    ['removed', 0x5a0n, 2, { kind: 'removed' }, undefined],
    ['removed, suppress #VE', 0x80000000000005a0n, 2, { kind: 'removed' }, undefined],
  ])('%s', (_, entry, level, expected, flags) => {
    const one = decodeEntry(entry, level);
    expect(one).toMatchObject(expected);
    const withIpat = flags === LEAF && one.ipat ? [...LEAF, 'ipat'].sort() : flags;
    if (withIpat) expect(flagsOf(one)).toEqual(withIpat);
  });

  it.each([
    ['kvm-5.12', 0x12345f77n, 'R W X, WB, IPAT, A, D, host-writable, MMU-writable, host frame 0x12345'],
    ['kvm-4.7', 0x777175n, 'R X, WB, IPAT, A, host frame 0x777'],
    [
      'kvm-5.3',
      0x4050000012345870n,
      'R W X, access-tracked, WB, IPAT, no A/D bits, MMU-writable, host frame 0x12345',
    ],
    [
      'kvm-5.4',
      0x0110000012345870n,
      'W X, access-tracked, WB, IPAT, no A/D bits, MMU-writable, host frame 0x12345',
    ],
    ['kvm-5.4', 0x12345870n, 'not present'],
    ['kvm-5.4', 0xfed00806n, 'MMIO entry of KVM: no slot, frame 0xfed00'],
    [
      'kvm-6.8',
      0x600000012345b77n,
      'R W X, WB, IPAT, A, D, MMU-present, host-writable, MMU-writable, host frame 0x12345',
    ],
    [
      'kvm-7.2',
      0x80a0000012345f77n,
      'R W X, WB, IPAT, A, D, user-execute, MMU-present, host-writable, MMU-writable, suppress #VE, host frame 0x12345',
    ],
    [
      'kvm-7.2',
      0x10d0000012345870n,
      'R W X, access-tracked, WB, IPAT, MMU-present, no A/D bits, MMU-writable, host frame 0x12345',
    ],
    ['sdm', 0x12345077n, 'R W X, WB, IPAT, host frame 0x12345'],
    ['sdm', 0x12345006n, 'W X, UC, no IPAT, host frame 0x12345'],
  ])('in the layout of %s: %#', (name, entry, text) => {
    expect(decodedText(decodeEntry(entry, 1, policy(name).flags.leaf))).toBe(text);
  });

  it('reads in public reports as it stands there', () => {
    const lines = [
      ' qemu-system-x86-77    [002] .....  1404.389384: kvm_tdp_mmu_spte_changed: as id 0 gfn 0 level 4 old_spte 2c583e907 new_spte 0',
      ' vm-64    [059] ....   234.587042: kvm_tdp_mmu_spte_changed: as id 0 gfn ffc00 level 2 old_spte 800000010bc97907 new_spte 80000000000005a0',
      ' a-b c-13694-13714   [065] ....   807.856265: kvm_mmu_set_spte: gfn 1151b spte 86000080a5669b37 (rwxu) level 1 at 80b34fc8d8',
    ];
    const texts: string[] = [];
    const take = (batch: EntryBatch) => {
      for (let i = 0; i < batch.count; i++) {
        texts.push(
          `${batch.gfn[i]!.toString(16)} ${decodedText(decodeEntry(entryAt(batch, i), batch.level[i]!))}`,
        );
      }
    };
    readTraceText(lines.join('\n'), take, { file: 'trace' });
    expect(texts).toEqual([
      '0 not present',
      'ffc00 removed (frozen while it is replaced), suppress #VE',
      '1151b R W X, WB, no IPAT, A, D, MMU-present, host-writable, MMU-writable, suppress #VE, host frame 0x80a5669',
    ]);
  });
});
