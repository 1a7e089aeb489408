/** What `map` and `explain` tell of a machine beside its types. */
import { describe, expect, it } from 'vitest';
import { inProcess } from './program.ts';

const DUMP = 'examples/dumps/smrr.csv';
const out = async (...args: string[]) => {
  const { status, stdout } = await inProcess(args);
  expect(status).toBe(0);
  return stdout;
};

describe('SMRAM and KeyIDs', () => {
  it('stand behind the headline of map, in its JSON, and where explain tells of the range', async () => {
    const table = await out('map', DUMP, '1G+1G');
    const smram =
      '0x7b000000-0x7b7fffff (8M): UC outside system management mode by SMRR, whatever the MTRRs say';
    const keyIds = "TME-MK takes the CPU's 6 highest address bits; addresses and masks are read with 40";
    expect(table.split('\n').slice(1, 3)).toEqual([`SMRAM ${smram}`, `KeyIDs ${keyIds}`]);
    // The types stay the MTRRs': no span of the map begins at SMRAM.
    expect(table).not.toMatch(/^0x7b000000/m);
    const { host } = JSON.parse(await out('map', DUMP, '--json')) as { host: unknown };
    expect(host).toEqual({ smram: { first: 0x7b000000, last: 0x7b7fffff, pages: 2048 }, keyIdBits: 6 });
    const byFrame = JSON.parse(await out('map', DUMP, '--json', '--by', 'gfn')) as { host: unknown };
    expect(byFrame.host).toMatchObject({ smram: { first: 0x7b000, last: 0x7b7ff } });
    const inside = await out('explain', DUMP, '0x7b400000', '--no-changes');
    expect(inside).toContain(`  SMRAM        ${smram}\n  KeyIDs       ${keyIds}\n`);
    const outside = await out('explain', DUMP, '0x7b800000', '--no-changes');
    expect(outside).not.toContain('SMRAM');
    expect(outside).toContain(`  KeyIDs       ${keyIds}\n`);
    const json = JSON.parse(await out('explain', DUMP, '0', '-f', 'json')) as { host: unknown };
    expect(json.host).toMatchObject({ keyIdBits: 6 });
  });

  it('have a lane of their own in the picture, where they are in sight', async () => {
    const title = 'MTRR type with SMRR, outside system management mode';
    const cells = (svg: string) =>
      [...svg.matchAll(/<title>([^<]*)<\/title>/g)]
        .map(([, text]) => text!)
        .filter((text) => text.includes(`${title}: `));
    expect(cells(await out('map', DUMP, '1936M-2G', '-f', 'svg', '--scale', 'linear'))).toEqual([
      `0x79000000-0x7affffff, 32M: ${title}: WB`,
      `0x7b000000-0x7b7fffff, 8M: ${title}: UC`,
      `0x7b800000-0x7effffff, 56M: ${title}: WB`,
      `0x7f000000-0x7fffffff, 16M: ${title}: UC`,
    ]);
    expect(cells(await out('map', DUMP, '4G+4G', '-f', 'svg'))).toEqual([]);
  });
});

describe('map --linux', () => {
  it('tells by stretches what mappings get, under either Linux', async () => {
    const table = await out('map', 'thinkpad-t400', '0xbc000000-0xbfffffff', '--linux');
    expect(table.slice(table.indexOf('under its own Linux'))).toBe(
      `under its own Linux, as "type of the page-table entry: what an access gets", and the largest page of a mapping

GPA range              size  MTRR  ioremap  ioremap_wc  WB <= 6.4  page <= 6.4  WB >= 6.5  page >= 6.5
0xbc000000-0xbcdfffff   14M  WB    UC-: UC  WC: WC      WB: WB     2M           WB: WB     2M
0xbce00000-0xbfffffff   50M  UC    UC-: UC  WC: WC      UC-: UC    4K           UC-: UC    2M
`,
    );
  });

  it('is held against the schema, and counts what it leaves out', async () => {
    const args = ['map', 'thinkpad-t400', '--linux', '--json', '--limit', '2'];
    const { linux } = JSON.parse(await out(...args)) as { linux: { spans: unknown[]; truncated: boolean } };
    expect(linux.spans).toHaveLength(2);
    expect(linux.truncated).toBe(true);
    expect(linux.spans[1]).toMatchObject({
      first: 0xa0000,
      untracked: true,
      ioremap: { granted: 'WB', gets: 'UC' },
    });
  });

  it('is refused where a format has no room for it', async () => {
    const { status, stderr } = await inProcess(['map', 'thinkpad-t400', '--linux', '-f', 'csv']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'eptsweep map: --linux: expected -f table, markdown, json, got -f csv\n',
    });
  });
});

describe('a TDX guest', () => {
  it.each([
    ['map', 'tdx-guest', '1G'],
    ['share', 'tdx-guest', '1G+1M'],
    ['verify', 'tdx-guest', '1G+1M', '--threads', '1'],
  ])('%s says what it takes on trust', async (...args) => {
    const { status, stderr } = await inProcess(args);
    expect(status).toBe(0);
    expect(stderr).toContain(`eptsweep ${args[0]}: assumed: a TDX VM is told as KVM maps its shared memory;`);
  });
});
