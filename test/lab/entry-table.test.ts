/** The table that the lab keeps from the kernel's trace. */
import { describe, expect, it } from 'vitest';
import { EntryTable } from '../../lab/hold/entry-table.ts';

const SMALL = 0x600000000100b77n;
const LARGE = 0x600000000200bf7n;
const TABLE = 0x1234907n;
const change = (gfn: number, level: number, old: bigint, now: bigint) => ({ gfn, level, old, now });

describe('entries by the trace', () => {
  it('are installed and go away', () => {
    const table = new EntryTable();
    const first = table.apply([change(0x200, 2, 0n, TABLE), change(0x200, 1, 0n, SMALL)]);
    expect(first.installed).toMatchObject([{ gfn: 0x200, level: 1, overTable: false }]);
    expect([...table.counts()]).toEqual([['1 6 1', 1]]);
    expect(table.apply([change(0x200, 1, SMALL, 0x5a0n)]).zapped).toMatchObject([{ gfn: 0x200 }]);
    expect(table.counts().size).toBe(0);
  });

  it('go with the table that they are in, once', () => {
    const table = new EntryTable();
    table.apply([change(0x200, 1, 0n, SMALL), change(0x201, 1, 0n, SMALL), change(0x400, 1, 0n, SMALL)]);
    const { zapped } = table.apply([change(0x200, 2, TABLE, 0n), change(0x200, 1, SMALL, 0x5a0n)]);
    expect(zapped.map(({ gfn }) => gfn)).toEqual([0x200, 0x201]);
    expect([...table.leaves].map(({ gfn }) => gfn)).toEqual([0x400]);
  });

  it('are split into 512 of their type', () => {
    const table = new EntryTable();
    table.apply([change(0x200, 2, 0n, LARGE)]);
    const { split, installed } = table.apply([
      change(0x200, 2, LARGE, TABLE),
      change(0x203, 1, 0x37n, 0x600000000203b07n),
    ]);
    expect([split.length, installed.length]).toEqual([1, 1]);
    expect(Object.fromEntries(table.counts())).toEqual({ '1 6 1': 511, '1 0 0': 1 });
  });

  it('that a write has just split are mapped anew where it writes, also with their own type', () => {
    const table = new EntryTable();
    table.apply([change(0x200, 2, 0n, LARGE)]);
    const small = (LARGE & ~0x80n) + 0x5000n;
    const written = table.apply([change(0x200, 2, LARGE, TABLE), change(0x205, 1, small & ~2n, small)]);
    expect([written.adjusted.length, written.installed.length]).toEqual([0, 1]);
    const protectedAgain = table.apply([change(0x205, 1, small, small & ~2n)]);
    expect([protectedAgain.adjusted.length, protectedAgain.installed.length]).toEqual([1, 0]);
  });

  it('give way to a larger one', () => {
    const table = new EntryTable();
    table.apply([change(0x200, 1, 0n, SMALL), change(0x3ff, 1, 0n, SMALL)]);
    const { displaced, zapped, installed } = table.apply([change(0x200, 2, TABLE, LARGE)]);
    expect([displaced.length, zapped.length]).toEqual([2, 0]);
    expect(installed).toMatchObject([{ level: 2, overTable: true, overWritable: true }]);
    expect([...table.counts()]).toEqual([['2 6 1', 1]]);
  });

  it('are no others where their permissions alone change', () => {
    const table = new EntryTable();
    table.apply([change(0x200, 1, 0n, SMALL)]);
    const { adjusted, installed } = table.apply([change(0x200, 1, SMALL, SMALL & ~2n)]);
    expect([adjusted.length, installed.length]).toEqual([1, 0]);
  });
});
