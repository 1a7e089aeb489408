/**
 * Ten million spans of masks with holes as Parquet: in under a minute, in memory that does not grow with them, and
 * read by DuckDB with the sums that the reductions give.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.mjs';
import { MAIN } from '../cli/program.ts';

/** The first mask tests three address bits, the second three others: some 65,000 spans a GiB. */
const GUEST = `maxphyaddr: 46
msrs: {0x200: 6, 0x201: 0x3800, 0x202: 0, 0x203: 0xa800, 0x2ff: 0xc00}
`;
const SECONDS = 60;
const MEBIBYTES_MORE = 64;

let folder = '';
beforeAll(async () => {
  await build({ quick: true, log: () => undefined });
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-parquet-'));
  writeFileSync(join(folder, 'guest.yaml'), GUEST);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Processor time of a process in seconds, as Linux counts it: what else runs here is no business of this test. */
function processorSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Peak of a process's resident memory in MiB, as Linux counts it. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Writes the spans of a range, and says what it took. */
function write(
  range: string,
  file: string,
): Promise<{ status: number | null; seconds: number; peak: number }> {
  const args = [MAIN, 'map', join(folder, 'guest.yaml'), range, '-f', 'parquet', '-o', join(folder, file)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  let peak = 0;
  let busy = 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid!));
    busy = Math.max(busy, processorSeconds(child.pid!));
  }, 50);
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearInterval(looking);
      resolve({ status, seconds: busy, peak });
    });
  });
}

async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(sql)).getRowObjects();
}

describe('ten million spans', () => {
  it('go to Parquet in time and room, and DuckDB adds them up to the totals', async () => {
    const few = await write('0+8G', 'few.parquet');
    const many = await write('0+160G', 'many.parquet');
    expect([few.status, many.status]).toEqual([0, 0]);
    expect(many.seconds).toBeLessThan(SECONDS);
    if (existsSync('/proc/self/status')) expect(many.peak - few.peak).toBeLessThan(MEBIBYTES_MORE);
    else console.log('no /proc here: peak memory not looked at');

    const file = `'${join(folder, 'many.parquet')}'`;
    const [whole] = await query(
      `select count(*) as spans, min(first) as first, max(last) as last, sum(pages) as pages,
         sum(last - first + 1) as bytes, typeof(any_value(first)) as type from ${file}`,
    );
    expect(Number(whole!.spans)).toBeGreaterThan(10_000_000);
    expect(whole).toMatchObject({
      first: 0n,
      last: 160n * 2n ** 30n - 1n,
      pages: 160n * 2n ** 18n,
      bytes: 160n * 2n ** 30n,
      type: 'UBIGINT',
    });
    const [gaps] = await query(
      `select count(*) as gaps from (select first, lag(last) over (order by first) as before from ${file})
         where first <> before + 1`,
    );
    expect(gaps).toEqual({ gaps: 0n });

    const { stdout } = spawnSync(
      process.execPath,
      [MAIN, 'map', join(folder, 'guest.yaml'), '0+160G', '--json', '--limit', '1'],
      { encoding: 'utf8' },
    );
    const { totals } = JSON.parse(stdout) as {
      totals: Record<'mtrr' | 'ept', { type: string; pages: number }[]>;
    };
    for (const want of ['mtrr', 'ept'] as const) {
      const sums = await query(
        `select ${want} as type, sum(pages) as pages from ${file} group by 1 order by 1`,
      );
      expect(sums.map(({ type, pages }) => ({ type, pages: Number(pages) }))).toEqual(
        totals[want].map(({ type, pages }) => ({ type, pages })),
      );
    }
    console.log(
      `${whole!.spans} spans in ${many.seconds.toFixed(1)} s, peak ${many.peak.toFixed(0)} MiB (${few.peak.toFixed(0)} MiB for 8 GiB of them)`,
    );
  });

  it('has entries that DuckDB reads as unsigned 64-bit numbers', async () => {
    const file = join(folder, 'leaf.parquet');
    const args = ['map', 'ovmf-gpu', '--want', 'leaf', '--policy', 'kvm-6.8', '-f', 'parquet', '-o', file];
    expect(spawnSync(process.execPath, [MAIN, ...args]).status).toBe(0);
    const rows = await query(
      `select first, entry, typeof(entry) as type, leafLevel from '${file}' order by first`,
    );
    const { stdout } = spawnSync(
      process.execPath,
      [MAIN, 'map', 'ovmf-gpu', '--want', 'leaf', '--policy', 'kvm-6.8', '--json'],
      { encoding: 'utf8' },
    );
    const { spans } = JSON.parse(stdout) as { spans: { first: string; entry: string; leafLevel: number }[] };
    expect(rows).toEqual(
      spans.map(({ first, entry, leafLevel }) => ({
        first: BigInt(first),
        entry: BigInt(entry),
        type: 'UBIGINT',
        leafLevel,
      })),
    );
  });
});
