/** Which vCPUs a text names. */
import { describe, expect, it } from 'vitest';
import { chosenVcpus, namesSeveral, onlyState } from '../../src/open/chosen-vcpus.ts';
import { openText } from '../../src/open/index.ts';
import { vcpuIndex } from '../../src/open/open-view.ts';
import type { Vm } from '../../src/vm/index.ts';

/** vCPUs 0 to 3 and 8, of which 2 and 3 have a default type of their own. */
const CONFIG = `name: guest
maxphyaddr: 40
vcpus:
  - {id: 0, mtrr: {default: WB}}
  - {id: 1, mtrr: {default: WB}}
  - {id: 2, name: second, mtrr: {default: UC}}
  - {id: 3, mtrr: {default: UC}}
  - {id: 8, mtrr: {default: WB}}
`;

const opened = async (): Promise<Vm> => (await openText(CONFIG, { name: 'guest.yaml' })).vm;

describe('the vCPUs that are asked for', () => {
  it.each([
    [undefined, [[0]]],
    [
      'all',
      [
        [0, 1, 4],
        [2, 3],
      ],
    ],
    ['distinct', [[0], [2]]],
    ['8', [[4]]],
    ['vcpu8', [[4]]],
    ['second', [[2]]],
    ['8,0', [[0, 4]]],
    ['1-3', [[1], [2, 3]]],
    ['3-8,1', [[1, 4], [3]]],
  ])('%s', async (text, groups) => {
    expect(chosenVcpus(await opened(), text).map(({ indexes }) => indexes)).toEqual(groups);
  });

  it.each([
    ['3-1', /vCPUs "3-1": the list ends before it starts/],
    ['0-9', /no vCPU "9": guest has 0, 1, 2, 3, 8/],
    ['4-8', /no vCPU "4": guest has 0, 1, 2, 3, 8/],
    ['third', /no vCPU "third": guest has 0, 1, 2, 3, 8/],
    ['distinkt', /no vCPU "distinkt".*distinct/],
  ])('%s is refused', async (text, message) => {
    const vm = await opened();
    expect(() => chosenVcpus(vm, text)).toThrow(message);
  });

  it('are in one state where only one can be answered', async () => {
    const vm = await opened();
    expect(onlyState(vm, '2-3')).toBe(2);
    expect(onlyState(vm, '8')).toBe(4);
    expect(() => onlyState(vm, 'all')).toThrow('vCPUs "all" are in 2 states: 0-1,8 | 2-3');
  });

  it('can be several before a VM is known', () => {
    expect(['all', 'distinct', '0-3', '1,2', '7', 'vcpu3', 'a-b', undefined].map(namesSeveral)).toEqual([
      ...[true, true, true, true],
      ...[false, false, false, false],
    ]);
  });

  it('have the position at which they stand', async () => {
    const vm = await opened();
    expect([undefined, '0', '8', 'CPU 3'].map((id) => vcpuIndex(vm, id))).toEqual([0, 0, 4, 3]);
  });
});

describe('a config', () => {
  it('has at most 64 MiB', async () => {
    const padding = new TextEncoder().encode(`${'#'.repeat(2 ** 20 - 1)}\n`);
    const config = new TextEncoder().encode('maxphyaddr: 36\n');
    async function* chunks() {
      yield config;
      for (let count = 0; count < 64; count++) yield padding;
    }
    const { openChunks } = await import('../../src/open/index.ts');
    await expect(openChunks(chunks(), { name: 'big.yaml' })).rejects.toThrow(
      'big.yaml: larger than 64 MiB, no VM config',
    );
  });
});
