import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { PAT_RESET } from '../../src/msr/index.ts';
import { policy } from '../../src/policy/index.ts';
import { MAX_VCPUS, vcpu, vcpuGroups, vcpuOf, vm } from '../../src/vm/index.ts';

describe('vm', () => {
  it('has the defaults of a fresh machine', () => {
    const made = vm({ maxphyaddr: 46 });
    expect(made).toMatchObject({
      host: { vendor: 'intel', selfSnoop: true },
      noncoherentDma: false,
      quirks: undefined,
      policy: { name: 'sdm' },
      vcpus: [
        { id: 0, name: 'vcpu0', state: { msrs: [], pat: PAT_RESET, cr0cd: false, guestHasMtrr: true } },
      ],
    });
    expect(vcpuOf(made, 0)).toEqual(vcpu({ maxphyaddr: 46 }));
  });

  it('flattens a vCPU with what all share', () => {
    const shared = {
      maxphyaddr: 40,
      noncoherentDma: true,
      selfSnoop: false,
      quirks: ['ignore-guest-pat'],
      slots: [{ gfn: 0, count: 16, pfn: 32, readonly: true }],
      mmio: [{ start: 4, end: 8 }],
    } as const;
    const own = { msrs: { 0x2ff: 0x806n }, cr0cd: true, guestHasMtrr: false, vcnt: 3 };
    const made = vm({ ...shared, policy: policy('kvm-6.8'), vcpus: [{}, own] });
    expect(vcpuOf(made, 1)).toEqual(vcpu({ ...shared, ...own }));
    expect(vcpuOf(made, 0)).toEqual(vcpu(shared));
    expect(made.policy.name).toBe('kvm-6.8');
  });

  it('recognises equal states, whichever way the registers come', () => {
    const made = vm({
      maxphyaddr: 46,
      vcpus: [
        { msrs: { 0x2ff: 6n } },
        { msrs: [[0x2ff, 6n]] },
        { msrs: { 0x2ff: 6n }, cr0cd: true },
        { msrs: { 0x2ff: 6n }, cr0cd: false },
      ],
    });
    expect(vcpuGroups(made).map(({ indexes }) => indexes)).toEqual([[0, 1, 3], [2]]);
    expect(vcpuOf(made, 0)).toBe(vcpuOf(made, 3));
    expect(made.vcpus[0]!.state).toBe(made.vcpus[1]!.state);
  });

  it('keeps apart what differs in order alone: writes happen one after the other', () => {
    const made = vm({
      maxphyaddr: 46,
      vcpus: [
        {
          msrs: [
            [0x200, 6n],
            [0x201, 0x800n],
          ],
        },
        {
          msrs: [
            [0x201, 0x800n],
            [0x200, 6n],
          ],
        },
      ],
    });
    expect(vcpuGroups(made)).toHaveLength(2);
  });

  it('holds 4,096 different vCPUs', () => {
    const vcpus = Array.from({ length: MAX_VCPUS }, (_, k) => ({ msrs: { 0x200: BigInt(k) << 12n } }));
    const made = vm({ maxphyaddr: 46, vcpus });
    expect(vcpuGroups(made)).toHaveLength(MAX_VCPUS);
    expect(vcpuOf(made, 4095).msrs[0]!.value).toBe(4095n << 12n);
    expect(vcpuOf(made, 4095).slots).toBe(vcpuOf(made, 0).slots);
  });

  it('takes the last write to the PAT', () => {
    const made = vm({
      maxphyaddr: 46,
      vcpus: [
        {
          msrs: [
            [0x277, 0n],
            [0x277, 6n],
          ],
        },
      ],
    });
    expect(made.vcpus[0]!.state.pat).toBe(6n);
  });

  it('sorts by id', () => {
    const made = vm({
      maxphyaddr: 46,
      vcpus: [
        { id: 7, name: 'last' },
        { id: 2, cr0cd: true },
      ],
    });
    expect(made.vcpus.map(({ id, name }) => [id, name])).toEqual([
      [2, 'vcpu2'],
      [7, 'last'],
    ]);
    expect(vcpuOf(made, 0).cr0cd).toBe(true);
  });

  it('is frozen through and through', () => {
    const made = vm({ maxphyaddr: 46, vcpus: [{ msrs: { 0x2ff: 6n } }] });
    for (const part of [
      made,
      made.host,
      made.vcpus,
      made.vcpus[0],
      made.vcpus[0]!.state,
      made.vcpus[0]!.state.msrs,
      vcpuOf(made, 0),
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it.each([
    [{ maxphyaddr: 31 }, 'maxphyaddr'],
    [{ maxphyaddr: 46, vcpus: [] }, 'vcpus'],
    [{ maxphyaddr: 46, vcpus: [{ id: 1 }, { id: 1 }] }, 'vcpus.1.id'],
    [{ maxphyaddr: 46, vcpus: [{}, { vcnt: 41 }] }, 'vcpus.1.vcnt'],

    [
      {
        maxphyaddr: 46,
        slots: [
          { gfn: 0, count: 2, pfn: 0 },
          { gfn: 1, count: 1, pfn: 0 },
        ],
      },
      'slots.1',
    ],
  ])('refuses %j', (init, path) => {
    expect(() => vm(init)).toThrow(expect.objectContaining({ name: 'InputRangeError', path }));
  });

  it('refuses a vCPU that is not there', () => {
    const made = vm({ maxphyaddr: 46 });
    expect(() => vcpuOf(made, 1)).toThrow(InputError);
    expect(() => vcpuOf({ ...made }, 0)).toThrow('expected a VM made by vm()');
  });
});
