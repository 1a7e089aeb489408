import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/config/index.ts';
import { MACHINES } from '../check/machines.ts';
import { inProcess, runLine, withFiles } from './program.ts';

interface Document {
  readonly schema: string;
  readonly used?: number;
  readonly needed: number;
  readonly fits: boolean;
  readonly vcnt: number;
  readonly vcntStated: boolean;
  readonly counts: Readonly<Record<'manual' | 'kvm' | 'noOverlap', number | null>>;
  readonly defaultType: string;
  readonly fixedRanges: boolean;
  readonly variable: readonly { readonly type: string; readonly first: string; readonly last: string }[];
  readonly msrs: Readonly<Record<string, string>>;
  readonly lost: {
    readonly pages: number;
    readonly least: number;
    readonly ranges: readonly { readonly first: string }[];
  };
  readonly kvm: readonly {
    readonly policy: { readonly name: string };
    readonly differingPages: number | null;
  }[];
  readonly provenance: { readonly assumptions: readonly string[] };
}

async function planned(...args: string[]): Promise<Document> {
  const { status, stdout, stderr } = await inProcess(['fit', ...args, '--json']);
  expect(stderr).not.toMatch(/internal/);
  const document = JSON.parse(stdout) as Document;
  expect(document.schema).toBe('eptsweep/fit@2');
  expect(status).toBe(document.fits ? 0 : 1);
  return document;
}

async function refused(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await inProcess(['fit', ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).not.toMatch(/\n {4}at /);
  return stderr;
}

describe('eptsweep fit', () => {
  it('finds fewer ranges for a machine, and as many as KVM needs', async () => {
    const thinkbook = await planned('thinkbook-20vh');
    expect(thinkbook).toMatchObject({ used: 8, needed: 4, fits: true, vcnt: 8, defaultType: 'UC' });
    expect(thinkbook.kvm.map(({ policy }) => policy.name)).toEqual(['kvm-4.7', 'kvm-6.7']);
    expect(thinkbook.kvm[0]!.differingPages).not.toBe(0);
    const forKvm = await planned('thinkbook-20vh', '--for', 'kvm-6.8');
    expect(forKvm).toMatchObject({ needed: 6, fits: true, vcntStated: true });
    expect(forKvm.kvm.map(({ differingPages }) => differingPages)).toEqual([0, 0]);
    expect((await planned('thinkbook-20vh', '--no-overlap')).needed).toBe(forKvm.counts.noOverlap);
  });

  it('takes a wanted map as text and as a file, and says what it assumed', async () => {
    const text = 'WB 0-3G, UC 3G-4G, WB 4G+12G, UC rest';
    const one = await planned('--want', text, '--phys-bits', '39');
    expect(one.variable.map(({ type, first, last }) => [type, first, last])).toEqual([
      ['WB', '0x0', '0x3ffffffff'],
      ['UC', '0xc0000000', '0xffffffff'],
    ]);
    expect(one.msrs).toEqual({
      '0x200': '0x6',
      '0x201': '0x7c00000800',
      '0x202': '0xc0000000',
      '0x203': '0x7fc0000800',
      '0x2ff': '0x800',
    });
    const file = 'maxphyaddr: 39\nvcnt: 10\nrest: UC\nwant: [WB 0-3G, UC 3G-4G, WB 4G+12G]\n';
    await withFiles({ 'want.yml': file }, async (folder) => {
      const two = await planned('--want', join(folder, 'want.yml'));
      expect(two).toMatchObject({ variable: one.variable, vcnt: 10, vcntStated: true });
    });
    const assumed = await inProcess(['fit', '--want', text]);
    expect(assumed.stderr).toBe(
      'eptsweep fit: assumed: phys-bits 36 (the map does not say it; --phys-bits N)\n',
    );
    expect(assumed.stdout).toContain('8 (assumed: no text says it; --vcnt N)');
    expect(await refused('--want', text, '--strict')).toContain('strict: assumed: phys-bits 36');
    expect((await planned('--want', 'WB 0-3G, UC 3G-4G', '--rest', 'UC', '--phys-bits', '39')).needed).toBe(
      2,
    );
  });

  it('leaves holes in masks where that is asked, and says how KVM reads them', async () => {
    const map = ['--want', 'WB 0+1G, WB 2G+1G, WB 4G+1G, WB 6G+1G, UC rest', '--phys-bits', '36'];
    expect((await planned(...map)).needed).toBe(4);
    const found = await planned(...map, '--holes');
    expect(found).toMatchObject({ needed: 1, counts: { manual: 4 }, holes: { isCutOff: false } });
    expect(found.variable).toEqual([
      {
        index: 0,
        type: 'WB',
        first: '0x0',
        last: '0x3fffffff',
        pages: 0x40000,
        repeats: ['0x80000000', '0x100000000'],
        base: '0x6',
        mask: '0xe40000800',
      },
    ]);
    // Between the four ranges lie 1, 1 and 1 GiB that KVM has as WB too.
    expect(found.kvm[0]!.differingPages).toBe(0xc0000);
    const { stdout } = await inProcess(['fit', ...map, '--holes']);
    expect(stdout).toContain('4.7 to 6.10 take a mask with holes for one range');
    expect(stdout).toContain('0x0-0x3fffffff, again at 0x80000000, 0x100000000, 0x180000000');
    expect(await refused(...map, '--holes', '--for', 'kvm-5.16')).toContain('--holes does not go with --for');
    expect(await refused(...map, '--holes', '--no-overlap')).toContain('does not go with --no-overlap');
  });

  it("takes a wanted map from a firmware's log, and assumes nothing silently", async () => {
    const list =
      'MTRR: TEMPORARY Physical address space:\n' +
      '0x0000000000000000 - 0x000000007fffffff size 0x80000000 type 6\n' +
      '0x0000000080000000 - 0x00000000ffffffff size 0x80000000 type 0\n';
    const files = { 'early.log': list, 'all.log': list.replace('TEMPORARY ', '') };
    await withFiles(files, async (folder) => {
      const all = await planned('--want', join(folder, 'all.log'), '--phys-bits', '36', '--rest', 'UC');
      expect(all.variable).toMatchObject([{ type: 'WB', first: '0x0', last: '0x7fffffff' }]);
      expect(all.provenance.assumptions).toEqual([]);
      const early = await planned('--want', join(folder, 'early.log'), '--phys-bits', '36');
      expect(early.provenance.assumptions).toHaveLength(1);
      expect(await refused('--want', join(folder, 'early.log'), '--phys-bits', '36', '--strict')).toContain(
        'strict: assumed: the TEMPORARY address space',
      );
    });
  });

  it('keeps RAM cached, and says what is lost where there are too few ranges', async () => {
    await withFiles({ 'dump.txt': MACHINES['lost.txt'] }, async (folder) => {
      const path = join(folder, 'dump.txt');
      const own = await planned(path);
      const ram = await planned(path, '--want', 'ram');
      expect(ram.needed).toBeGreaterThan(own.needed);
      const short = await planned(path, '--want', 'ram', '--vcnt', String(ram.needed - 1));
      expect(short.fits).toBe(false);
      expect(short.variable.length).toBeLessThan(ram.needed);
      expect(Number(short.lost.pages)).toBeGreaterThan(0);
      expect((await planned('--ram', path, '--phys-bits', '39')).needed).toBe(ram.needed);
    });
  });

  it('gives up the highest of equal losses, never address 0', async () => {
    const map = ['--want', 'WB 0+1G, WB 64G+1G, UC rest', '--vcnt', '1', '--phys-bits', '40'];
    const kept = { type: 'WB', first: '0x0', last: '0x3fffffff' };
    const given = await planned(...map);
    expect(given.variable).toMatchObject([kept]);
    expect(given.lost.ranges).toMatchObject([{ first: '0x1000000000', last: '0x103fffffff' }]);
    expect((await planned(...map, '--for', 'kvm-5.16')).variable).toMatchObject([kept]);
    expect((await planned(...map, '--no-overlap')).variable).toMatchObject([kept]);

    const posted =
      'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n' +
      'reg01: base=0x800000000 (32768MB), size= 2048MB, count=1: write-back\n';
    await withFiles({ 'mtrr.txt': posted }, async (folder) => {
      const own = await planned(join(folder, 'mtrr.txt'), '--vcnt', '1');
      expect(own.variable).toMatchObject([{ type: 'WB', first: '0x0', last: '0x7fffffff' }]);
    });
  });

  it('gives up no RAM at address 0 for the sake of the 1 MiB that the fixed ranges save', async () => {
    const config =
      'maxphyaddr: 40\nmsrs:\n  0x200: 0x6\n  0x201: 0xffc0000800\n  0x202: 0x1000000006\n  0x203: 0xffc0000800\n' +
      '  0x250: 0x0606060606060606\n  0x258: 0x0606060606060606\n  0x259: 0x0606060606060606\n' +
      [8, 9, 10, 11, 12, 13, 14, 15].map((n) => `  0x26${n.toString(16)}: 0x0606060606060606\n`).join('') +
      '  0x2ff: 0xc00\n';
    await withFiles({ 'vm.yaml': config }, async (folder) => {
      const own = await planned(join(folder, 'vm.yaml'), '--vcnt', '1');
      expect(own).toMatchObject({ fixedRanges: true, variable: [{ first: '0x0', last: '0x3fffffff' }] });
      expect(own.lost).toMatchObject({ pages: 0x40000, least: 0x3ff00 });
      const { stdout } = await inProcess(['fit', join(folder, 'vm.yaml'), '--vcnt', '1']);
      expect(stdout).toContain('1M more than the least possible, so that RAM from 1 MiB on stays cached');
    });
  });

  it('keeps the first MiB by fixed ranges where no plan keeps more, and says where address 0 is lost', async () => {
    const map = ['--want', 'WB 0+1G, WB 64G+2G, UC rest', '--vcnt', '1', '--phys-bits', '40'];
    const held = await planned(...map);
    expect(held).toMatchObject({ fixedRanges: true, lost: { pages: 0x3ff00, least: 0x3ff00 } });
    const { stdout } = await inProcess(['fit', ...map, '--no-fixed']);
    expect(stdout).toContain(
      'the least possible: 0x0-0x3fffffff; no plan that loses so little keeps address 0',
    );
  });

  const plannable = PRESETS.filter(({ name, confidential }) => !confidential && name !== 'atom-netbook');
  it.each(plannable.map(({ name }) => name))(
    '%s: the registers that it writes give the same map',
    async (name) => {
      await withFiles({}, async (folder) => {
        const file = join(folder, 'plan.yaml');
        expect((await inProcess(['fit', name, '--to', 'yaml', '-o', file])).status).toBe(0);
        const { status, stdout } = await inProcess([
          'diff',
          name,
          '--against',
          `config:${file}`,
          '--policy',
          'sdm',
        ]);
        expect({ status, stdout }).toMatchObject({ status: 0 });
      });
    },
  );

  it('switches off what it does not need', async () => {
    const { stdout } = await inProcess(['fit', 'thinkbook-20vh', '--to', 'wrmsr']);
    expect(stdout).toMatch(/^wrmsr -a 0x20f 0x0$/m);
    const csv = await inProcess(['fit', 'thinkbook-20vh', '--to', 'msr-csv']);
    expect(csv.stdout.split('\n')).toContain('0x209,0x0');
    const proc = await inProcess(['fit', 'seabios-pc', '--to', 'proc-mtrr']);
    expect(proc.stdout).toBe('reg00: base=0x0c0000000 ( 3072MB), size= 1024MB, count=1: uncachable\n');
    expect(proc.stderr).toContain('does not hold the default type');
  });

  it('takes many configs, and goes on behind one that it cannot use', async () => {
    const { status, stdout } = await inProcess(['fit', '--presets', '--json']);
    const { schema, configs } = JSON.parse(stdout) as {
      schema: string;
      configs: { config: string; needed: number }[];
    };
    expect(schema).toBe('eptsweep/fit-survey@2');
    const layouts = PRESETS.filter(({ confidential }) => confidential === undefined);
    expect(configs.map(({ config }) => config)).toEqual(layouts.map(({ name }) => name));
    expect(status).toBe(1); // atom-netbook needs more than there are.
    const some = await inProcess(['fit', 'seabios-pc', 'no-such-preset', 'surface-pro7']);
    expect(some.status).toBe(2);
    expect(some.stderr).toContain('no such file, and no preset of that name');
    expect(some.stdout.split('\n').filter((line) => /^(seabios-pc|surface-pro7) /.test(line))).toHaveLength(
      2,
    );
  });

  it.each([
    [[], 'expected a config, --want MAP, or --ram FILE'],
    [['--want', 'own'], '--want own is the map of a config'],
    [['--want', 'ram'], 'nothing says what is RAM'],
    [['--want', 'no-such-file.yml'], 'no-such-file.yml: no such file or directory'],
    [['--want', 'WB 0-64T', '--phys-bits', '39'], '--want:1:1: expected an end within 2^39'],
    [['seabios-pc', '--want', 'WB 0-128T'], '--want:1:1: expected an end within 2^46'],
    [['seabios-pc', '--vcnt', '41'], 'expected a number 0..40'],
    [['seabios-pc', '--for', 'kvm-5.16', '--vcnt', '9'], 'a KVM guest has 8 variable ranges'],
    [['seabios-pc', '--for', 'peer-xen'], 'expected sdm or a KVM release'],
    [['seabios-pc', '--default', 'UC-'], '"UC-" is none of UC, WC, WT, WP, WB'],
    [['seabios-pc', '--rest', 'cached'], 'expected UC, WC, WT, WP, WB'],
    [['seabios-pc', 'ovmf-q35', '--to', 'yaml'], '--to writes one plan'],
    [['asus-2012', '--default', 'WB', '--vcnt', '0'], 'pages that must be UC cannot be kept so'],
  ])('%j: %s', async (args, message) => {
    expect(await refused(...args)).toContain(message);
  });

  it("takes a VM's writable slots for its RAM", async () => {
    expect((await planned('seabios-pc', '--want', 'ram')).needed).toBe(3);
    await withFiles({ 'guest.yaml': 'maxphyaddr: 46\n' }, async (folder) => {
      const message = await refused(join(folder, 'guest.yaml'), '--want', 'ram');
      expect(message).toContain('nothing says what is RAM');
    });
  });

  it('says whose map it takes where CPUs differ', async () => {
    const groups = 'maxphyaddr: 46\nvcpus: [{mtrr: {default: WB}}, {mtrr: {default: UC}}]\n';
    await withFiles({ 'guest.yaml': groups }, async (folder) => {
      const { stderr } = await inProcess(['fit', join(folder, 'guest.yaml')]);
      expect(stderr).toBe('eptsweep fit: 2 vCPUs, in 2 states: this is vcpu0; --vcpu chooses another\n');
      expect(await planned(join(folder, 'guest.yaml'), '--vcpu', '1')).toMatchObject({ defaultType: 'UC' });
    });
  });

  it('says that later KVM releases look at no MTRR', async () => {
    const { stderr, status } = await inProcess(['fit', 'thinkpad-t400', '--for', 'kvm-6.12']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'eptsweep fit: kvm-6.12 looks at no guest MTRR: the plan is by the manual\n',
    });
  });

  it('writes a file whole or not at all', async () => {
    await withFiles({}, async (folder) => {
      const file = join(folder, 'plan.json');
      expect((await inProcess(['fit', 'ovmf-q35', '--json', '-o', file])).stdout).toBe('');
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ schema: 'eptsweep/fit@2' });
      const missing = join(folder, 'none', 'plan.json');
      expect(await refused('ovmf-q35', '-o', missing)).toContain('no such folder');
      expect(existsSync(missing)).toBe(false);
    });
  });

  it('every example of the help works', async () => {
    const { stdout: help } = await inProcess(['fit', '--help']);
    const [, examples = ''] = help.split('\nExamples:\n');
    const lines = examples.split('\n').filter((line) => line.startsWith('  $ '));
    expect(lines.length).toBeGreaterThanOrEqual(5);
    for (const line of lines) {
      const { status, stdout } = await runLine(line.slice(4));
      expect({ line, status }).toEqual({ line, status: 0 });
      expect(stdout).not.toBe('');
    }
  });
});
