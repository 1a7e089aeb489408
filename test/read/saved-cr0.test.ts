/** CR0.CD of saved states: of each vCPU, with its line. */
import { describe, expect, it } from 'vitest';
import { readText, toVm } from '../../src/read/index.ts';
import { cloudHypervisor, firecracker, qemu, SAVED, xen } from '../diff/saved-states.ts';

const ON = { ...SAVED, cr0: 0x80050033n };
const OFF = { ...SAVED, cr0: 0x60000010n };

describe.each([
  ['QEMU', qemu],
  ['Cloud Hypervisor', cloudHypervisor],
  ['Firecracker', firecracker],
  ['Xen', xen],
] as const)('a state of %s', (_, written) => {
  it('tells CR0.CD of each vCPU', () => {
    const { vm, evidence } = toVm(readText(written([ON, OFF, OFF])));
    expect(vm.vcpus.map(({ state }) => state.cr0cd)).toEqual([false, true, true]);
    const told = evidence.filter(({ subject }) => subject === 'cr0cd');
    expect(told.map(({ level, what }) => `${level} ${what}`)).toEqual(['read CR0.CD=0', 'read CR0.CD=1']);
    expect(told[1]!.at!.line).toBeGreaterThan(0);
  });

  it('says nothing of it where it has no CR0', () => {
    const { vm, evidence } = toVm(readText(written([SAVED])));
    expect(vm.vcpus.map(({ state }) => state.cr0cd)).toEqual([false]);
    expect(evidence.map(({ subject }) => subject)).not.toContain('cr0cd');
  });
});

describe('CR0 of a CPU without registers', () => {
  it('makes no CPU of it', () => {
    const [text] = xen([ON, OFF]).split(/^Entry 2: type 14/m);
    expect(text).toContain('type 2 instance 1');
    expect([...readText(text!).cpus.keys()]).toEqual([0]);
  });
});
