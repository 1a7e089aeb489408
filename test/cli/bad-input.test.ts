import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, leadingColumns, runLine, started, withFiles } from './program.ts';

/** Masks with many holes: 2^28 spans, far more than anybody reads. */
const ENDLESS = 'maxphyaddr: 46\nmtrr: {default: UC, variable: [{base: 0, mask: 0x1000, type: WB}]}\n';

const range = (n: number) => `    - {base: ${n}G, size: 1G, type: UC}\n`;
const NINE_RANGES = `maxphyaddr: 46\npolicy: kvm-5.16\nmtrr:\n  default: WB\n  variable:\n${[...Array(9).keys()].map(range).join('')}`;

function failsWith(text: string, ...args: string[]): Promise<string> {
  return withFiles({ 'guest.yaml': text }, async (folder) => {
    const { status, stdout, stderr } = await inProcess(['map', join(folder, 'guest.yaml'), ...args]);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    return stderr.replaceAll(`${folder}/`, '');
  });
}

describe('bad input ends with 2 and a line that says where and what', () => {
  it.each([
    ['YAML syntax', 'maxphyaddr: [46\n', /^guest\.yaml:2:1: YAML: .*\n$/],
    [
      'an unknown key',
      'maxphyaddr: 46\nmtrrs: {}\n',
      /^guest\.yaml:2:1: mtrrs: unknown key \(did you mean "mtrr"\?\)\n$/,
    ],
    [
      'a misspelt type',
      'maxphyaddr: 46\nmtrr: {default: UV}\n',
      /^guest\.yaml:2:17: mtrr\.default: expected UC, WC, WT, WP, WB, got "UV" \(did you mean "UC"\?\)\n$/,
    ],
    [
      'a base beyond MAXPHYADDR',
      'maxphyaddr: 36\nmtrr: {variable: [{base: 64G, size: 4G, type: WB}]}\n',
      /^guest\.yaml:2:26: .*below 2\^36.*\n$/,
    ],
    [
      'a raw base beyond MAXPHYADDR',
      'maxphyaddr: 36\nmsrs:\n  0x200: 0x1000000006\n',
      /^guest\.yaml:3:10: msrs\.0x200: WRMSR IA32_MTRR_PHYSBASE0 \(0x200\) <- 0x1000000006 is refused with #GP under sdm \(bits from maxphyaddr, 36, on are reserved\)\n$/,
    ],
    ...['0x1f2', 'IA32_SMRR_PHYSMASK', '0x982'].map((msr): [string, string, RegExp] => [
      `${msr}, a fact of machines`,
      `maxphyaddr: 46\nmsrs:\n  ${msr}: 0x800\n`,
      /^guest\.yaml:3:\d+: .* is refused with #GP under sdm \(a fact of a machine, read from its dumps: no guest can write it\)\n$/,
    ]),
    [
      'a reserved type',
      'maxphyaddr: 46\nmsrs:\n  0x2ff: 0xc03\n',
      /^guest\.yaml:3:10: msrs\.0x2ff: WRMSR .* \(type 3 is reserved\)\n$/,
    ],
    [
      'a reserved type in a fixed register',
      'maxphyaddr: 46\nmsrs: {FIX4K_C0000: 0x0606060606060206}\n',
      /^guest\.yaml:2:21: .*\(type 2 is reserved\)\n$/,
    ],
    [
      'a reserved type in the PAT',
      'maxphyaddr: 46\npat: 0x0207040600070406\n',
      /^guest\.yaml:2:6: pat: .*\(type 2 is reserved in the PAT\)\n$/,
    ],
    [
      'an unknown MSR',
      'maxphyaddr: 46\nmsrs: {0x1f2: 0}\n',
      /^guest\.yaml:2:15: msrs\.0x1f2: WRMSR IA32_SMRR_PHYSBASE \(0x1f2\) <- 0x0 .*\n$/,
    ],
    [
      'overlapping slots',
      'maxphyaddr: 46\nslots: [{base: 0, size: 2M}, {base: 1M, size: 2M}]\n',
      /^guest\.yaml:2:37: slots\[1\]\.base: overlaps slots\[0\], 0x0-0x1fffff\n$/,
    ],
    [
      'nine variable ranges under KVM',
      NINE_RANGES,
      /^guest\.yaml:14:7: mtrr\.variable\[8\]: WRMSR IA32_MTRR_PHYSBASE8 .*under kvm-5\.16 \(a KVM guest has 8 variable ranges\)\n$/,
    ],
    [
      'vcnt 41',
      'maxphyaddr: 46\nvcnt: 41\n',
      /^guest\.yaml:2:7: vcnt: expected an integer 0\.\.40, got 41\n$/,
    ],
    [
      'an unknown vendor',
      'maxphyaddr: 46\nhost: {vendor: via}\n',
      /^guest\.yaml:2:16: host\.vendor: expected intel or amd, got "via"\n$/,
    ],
    [
      'an AMD host without a KVM',
      'maxphyaddr: 46\nhost: {vendor: amd}\n',
      /^eptsweep map: sdm says nothing of an AMD host, only KVM's policies do: name one, such as kvm-6\.8.*\n$/,
    ],
    [
      'a register that no host holds',
      'maxphyaddr: 46\npolicy: kvm-6.8\nhost: {vendor: amd}\nhostMsrs: {0x2ff: 0x807}\n',
      /^guest\.yaml:4:\d+: hostMsrs\.0x2ff: WRMSR .* is refused with #GP.*type 7 is reserved.*\n$/,
    ],
    [
      'a register that no host under Xen holds',
      'maxphyaddr: 46\npolicy: peer-xen-ept\nhostMsrs:\n  0x2ff: 0x807\n',
      /^guest\.yaml:4:10: hostMsrs\.0x2ff: WRMSR .* is refused with #GP.*type 7 is reserved.*\n$/,
    ],
  ])('%s', async (_, text, message) => {
    expect(await failsWith(text)).toMatch(message);
  });

  it('the ninth range of nine is fine where there are nine', async () => {
    await withFiles({ 'guest.yaml': NINE_RANGES.replace('policy: kvm-5.16', 'vcnt: 9') }, async (folder) => {
      const { status, stdout } = await inProcess([
        'map',
        join(folder, 'guest.yaml'),
        '8G+1G',
        '--want',
        'mtrr',
        '-f',
        'csv',
      ]);
      expect(status).toBe(0);
      expect(leadingColumns(stdout, 4)).toBe('first,last,pages,mtrr\n0x200000000,0x23fffffff,262144,UC\n');
    });
  });

  it.each([
    [['nowhere.yaml'], 'eptsweep map: nowhere.yaml: no such file or directory\n'],
    [
      ['ovmf-q36'],
      'eptsweep map: ovmf-q36: no such file, and no preset of that name (did you mean "ovmf-q35"?)\n',
    ],
    [['ovmf-q35', '0x2000-0x1fff'], 'eptsweep map: range "0x2000-0x1fff" ends before it starts\n'],
    [
      ['ovmf-q35', '3GG'],
      'eptsweep map: range "3GG" is malformed: expected a range such as 0xa0000-0xbffff, 3G-4G or 0xc0000000+1G, or one address\n',
    ],
    [
      ['ovmf-q35', '0x400000000000'],
      `eptsweep map: range "0x400000000000": 0x400000000000 lies beyond the guest's space, which ends at 0x3fffffffffff (maxphyaddr 46)\n`,
    ],
    [
      ['ovmf-q35', '0x3ffffffff+2', '--by', 'gfn'],
      `eptsweep map: range "0x3ffffffff+2": 0x400000000 lies beyond the guest's space, which ends at 0x3ffffffff (maxphyaddr 46)\n`,
    ],
    [['ovmf-q35', '--vcpu', '8'], 'eptsweep map: no vCPU "8": ovmf-q35 has 0-7\n'],
    [
      ['ovmf-q35', '--want', 'mtrr', '--policy', 'kvm-6.16'],
      `eptsweep map: kvm-6.16 computes no MTRR type: KVM from 6.11 on does not use the guest's MTRRs; ask for "ept"\n`,
    ],
    [
      ['ovmf-q35', '-o', '/nowhere/at/all'],
      'eptsweep map: -o /nowhere/at/all: no such folder: /nowhere/at (it has to be made first)\n',
    ],
  ])('map %j', async (args, message) => {
    expect(await inProcess(['map', ...args])).toEqual({ status: 2, stdout: '', stderr: message });
  });

  it.each([
    [['map', '--bogus'], /^eptsweep map: unknown option '--bogus'\n$/],
    [['map'], /^eptsweep map: missing required argument 'config'\n$/],
    [
      ['map', 'ovmf-q35', '--engine', 'fast'],
      /^eptsweep map: .*Allowed choices are reference, direct, auto\.\n$/,
    ],
    [
      ['map', 'ovmf-q35', '--want', 'types'],
      /^eptsweep map: .*"types" is none of mtrr, ept, effective, levels, leaf\n$/,
    ],
    [
      ['map', 'ovmf-q35', '--policy', 'kvm-5.x'],
      /^eptsweep map: .*unknown policy "kvm-5\.x": expected sdm, kvm-MAJOR[^(]*\n$/,
    ],
    [['map', 'ovmf-q35', '--policy', 'kvm-5.14+deadbeef'], /^eptsweep map: .*unknown commit "deadbeef".*\n$/],
    [['mapp'], /^eptsweep: unknown command 'mapp' \(Did you mean map\?\)\n$/],
    [['list', 'preset'], /^eptsweep list: .*Allowed choices are presets.*\n$/],
    [['list', 'presets', 'ovmf'], /^eptsweep list: no preset "ovmf".*\n$/],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('empty standard input', async () => {
    const { status, stderr } = await runLine('eptsweep map -', '');
    expect(stderr).toMatch(/^eptsweep map: <stdin>: empty: nothing to read; .*\n$/);
    expect(status).toBe(2);
  });
});

describe('ends that are no failures', () => {
  it('a closed pipe ends quietly with 0', async () => {
    const end = await withFiles({ 'guest.yaml': ENDLESS }, (folder) =>
      started(['map', join(folder, 'guest.yaml'), '-f', 'ndjson'], (child) => child.stdout!.destroy()),
    );
    expect(end).toEqual({ status: 0, signal: null, stderr: '' });
  });

  it('SIGINT ends with 130, in the middle of output without end', async () => {
    const end = await withFiles({ 'guest.yaml': ENDLESS }, (folder) =>
      started(['map', join(folder, 'guest.yaml'), '-f', 'csv'], (child) => child.kill('SIGINT')),
    );
    expect(end).toEqual({ status: 130, signal: null, stderr: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s while a file is written leaves nothing of it', async (signal, status) => {
    await withFiles({ 'guest.yaml': ENDLESS }, async (folder) => {
      const end = await started(
        ['map', join(folder, 'guest.yaml'), '-f', 'csv', '-o', join(folder, 'map.csv')],
        (child) => child.kill(signal),
        () => readdirSync(folder).length > 1,
      );
      const stderr = `eptsweep map: interrupted: nothing was written to ${folder}/map.csv; begin again\n`;
      expect(end).toEqual({ status, signal: null, stderr });
      expect(readdirSync(folder)).toEqual(['guest.yaml']);
    });
  });

  it('a table stops where people stop reading, and its totals are exact', async () => {
    await withFiles({ 'guest.yaml': ENDLESS }, async (folder) => {
      const { status, stdout } = await inProcess([
        'map',
        join(folder, 'guest.yaml'),
        '--want',
        'mtrr',
        '--limit',
        '3',
      ]);
      expect(status).toBe(0);
      expect(stdout.split('\n').slice(2)).toEqual([
        'GPA range      size  MTRR',
        '0x0-0xfff        4K  WB',
        '0x1000-0x1fff    4K  UC',
        '0x2000-0x2fff    4K  WB',
        '... more than 3 spans; --limit lists more, the totals are of all',
        '',
        'total by       size          pages',
        'MTRR type  UC   32T  8,589,934,592',
        '           WB   32T  8,589,934,592',
        '',
      ]);
    });
  });
});
