import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/vm/load.ts';
import { policy } from '../../../src/policy/index.ts';
import { type Facts, readText, toVcpuInits, toVm } from '../../../src/read/index.ts';
import { createReferenceEngine } from '../../../src/reference/index.ts';
import { MEMORY_TYPES } from '../../../src/types.ts';
import { guestRegisters, registerState, type Vcpu, validRanges, vcpu } from '../../../src/vm/index.ts';
import { captureLines, RECIPES } from '../../../src/write/registers/capture.ts';
import { edk2Lines } from '../../../src/write/registers/edk2-text.ts';
import { kvmMsrsLines } from '../../../src/write/registers/kvm-msrs-json.ts';
import { msrCsvLines } from '../../../src/write/registers/msr-csv.ts';
import { procMtrrLines } from '../../../src/write/registers/proc-mtrr-text.ts';
import { vmConfigLines } from '../../../src/write/registers/vm-config.ts';
import { wrmsrScriptLines } from '../../../src/write/registers/wrmsr-script.ts';
import { readFixture } from '../../read/fixture.ts';

const text = (lines: Iterable<string>) => `${[...lines].join('\n')}\n`;
const firstOf = (facts: Facts, physBits: number): Vcpu =>
  vcpu(toVcpuInits(facts, { physBits }).cpus[0]!.init);
const brookfield = firstOf(readFixture('msr.csv'), 39);

const BITS = 39;
const type = fc.constantFrom(...MEMORY_TYPES).map(BigInt);
const fixedValue = fc
  .array(type, { minLength: 8, maxLength: 8 })
  .map((types) => types.reduce((sum, one, k) => sum | (one << BigInt(8 * k)), 0n));
const address = fc.bigInt({ min: 0n, max: (1n << BigInt(BITS - 12)) - 1n }).map((frame) => frame << 12n);
const variablePair = fc.tuple(address, type, address, fc.boolean());
/** Any vCPU whose registers no CPU refuses; masks with holes too. */
const anyVcpu = fc
  .tuple(
    fc.array(variablePair, { maxLength: 8 }),
    fc.array(fixedValue, { minLength: 11, maxLength: 11 }),
    type,
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([pairs, fixed, defaultType, enables]) =>
    vcpu({
      maxphyaddr: BITS,
      msrs: [
        ...pairs.flatMap(([base, kind, mask, valid], n): [number, bigint][] => [
          [0x200 + 2 * n, base | kind],
          [0x201 + 2 * n, mask | (valid ? 0x800n : 0n)],
        ]),
        ...[0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f].map(
          (msr, n): [number, bigint] => [msr, fixed[n]!],
        ),
        [0x277, 0x0407050600070106n],
        [0x2ff, defaultType | (BigInt(enables) << 10n)],
      ],
    }),
  );

const COMPLETE: readonly (readonly [name: string, write: (vcpu: Vcpu) => Iterable<string>])[] = [
  ['msr-csv', msrCsvLines],
  ['wrmsr script', wrmsrScriptLines],
  ['KVM_SET_MSRS', kvmMsrsLines],
];

const validOf = (vcpu: Vcpu) => validRanges(guestRegisters(vcpu));

describe('registers there and back', () => {
  it.each(COMPLETE)('%s changes nothing', (_, write) => {
    fc.assert(
      fc.property(anyVcpu, (before) => {
        const after = firstOf(readText(text(write(before))), BITS);
        expect(registerState(after)).toEqual(registerState(before));
      }),
      { numRuns: 60 },
    );
  });

  it('EDK2 text changes nothing but ranges that are off and PAT', () => {
    fc.assert(
      fc.property(anyVcpu, (before) => {
        const after = firstOf(readText(text(edk2Lines(before))), BITS);
        const isHeld = ([msr]: readonly [number, bigint]) => msr >= 0x250 && msr !== 0x277;
        expect(validOf(after)).toEqual(validOf(before));
        expect(registerState(after).filter(isHeld)).toEqual(registerState(before).filter(isHeld));
      }),
      { numRuns: 60 },
    );
  });

  it('/proc/mtrr keeps the valid ranges whose size is whole KiB and MiB', () => {
    fc.assert(
      fc.property(anyVcpu, (before) => {
        const lines = text(procMtrrLines(before));
        if (validOf(before).length === 0) {
          expect(lines).toBe('\n');
          return;
        }
        const isHeld = ({ mask }: { mask: bigint }) => {
          const size = (1n << BigInt(BITS)) - mask;
          return size < 1n << 20n || size % (1n << 20n) === 0n;
        };
        let after: Vcpu;
        try {
          after = firstOf(readText(lines), BITS);
        } catch {
          expect(validOf(before).some(isHeld)).toBe(false);
          return;
        }
        expect(validOf(after).filter(isHeld)).toEqual(expect.arrayContaining(validOf(before).filter(isHeld)));
      }),
      { numRuns: 60 },
    );
  });

  it('a config keeps every state of every vCPU', async () => {
    for (const file of [
      'msr.csv',
      'rdmsr.txt',
      'rdmsr-uniq.txt',
      'msr-cpus.csv',
      'dmesg-amd-tom2.txt',
      'kvm-msrs-vcpus.json.txt',
    ]) {
      const { vm } = toVm(readFixture(file), {}, { name: 'brook', noncoherentDma: true });
      const again = parseConfig(text(vmConfigLines(vm, ['read from a dump'])), 'again.yaml').vm;
      expect(again.vcpus.map(({ id, state }) => ({ id, ...state }))).toEqual(
        vm.vcpus.map(({ id, state }) => ({ id, ...state })),
      );
      expect({ ...again, vcpus: [] }).toEqual({ ...vm, vcpus: [] });
    }
  });
});

describe('formats of dumps', () => {
  it('msr-csv is 0xMSR,0xVALUE a line, ascending, and nothing else', () => {
    const lines = [...msrCsvLines(brookfield)];
    expect(lines.every((line) => /^0x[0-9a-f]+,0x[0-9a-f]+$/.test(line))).toBe(true);
    const numbers = lines.map((line) => Number(line.split(',')[0]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(lines).toContain('0x203,0x7fc0000800');
  });

  it('/proc/mtrr looks as the kernel prints it', () => {
    expect([...procMtrrLines(brookfield)]).toEqual([
      'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back',
      'reg01: base=0x080000000 ( 2048MB), size= 1024MB, count=1: write-back',
      'reg02: base=0x0bf000000 ( 3056MB), size=   16MB, count=1: uncachable',
      'reg03: base=0x100000000 ( 4096MB), size= 4096MB, count=1: write-back',
    ]);
  });

  it('EDK2 text with its map is read back with map and registers that agree', () => {
    const view = createReferenceEngine().open(brookfield, policy('sdm'));
    const ranges = [...view.spans('mtrr')].map(({ start, end, type: kind }) => ({
      start: BigInt(start) << 12n,
      end: (BigInt(end) << 12n) - 1n,
      type: kind!,
    }));
    const facts = readText(text(edk2Lines(brookfield, ranges)));
    expect(facts.maps[0]?.ranges.map(({ start, end, type: kind }) => ({ start, end, type: kind }))).toEqual(
      ranges,
    );
  });

  it('a wrmsr script switches MTRRs off first and on last', () => {
    const writes = [...wrmsrScriptLines(brookfield)].filter((line) => line.startsWith('wrmsr'));
    expect(writes.at(0)).toBe('wrmsr -a 0x2ff 0x0');
    expect(writes.at(-1)).toBe('wrmsr -a 0x2ff 0xc00');
    expect(writes.some((line) => line.includes(' 0xfe '))).toBe(false);
    expect([...wrmsrScriptLines(brookfield, 3)]).toContain('wrmsr -p 3 0x200 0x6');
  });
});

describe('capture', () => {
  it('prints one recipe or all of them', () => {
    expect(captureLines('nowhere')).toBeUndefined();
    const all = captureLines()!.join('\n');
    for (const { title, lines } of RECIPES)
      for (const line of [`# ${title}`, ...lines]) expect(all).toContain(line);
    expect(captureLines('xen')).toHaveLength(2);
  });

  it('asks rdmsr for every MSR that bears on memory types, in a form that is read', () => {
    const [recipe] = RECIPES;
    const script = recipe!.lines.join('\n');
    for (const msr of ['0xfe', '0x2ff', '0x277', '0x250', '0x26f', '0x213', '0xc0010010', '0xc001001d'])
      expect(script).toContain(msr);
    const output = 'rdmsr -a 0x2ff\nc06\nc06\nrdmsr -a 0x210\nrdmsr -a 0x200\nc0000000\nc0000000\n';
    const facts = readText(output);
    expect([...facts.cpus.keys()]).toEqual([0, 1]);
    expect([...facts.cpus.get(1)!.registers.keys()]).toEqual([0x200, 0x2ff]);
  });
});
