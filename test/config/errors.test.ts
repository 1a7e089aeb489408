import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { ConfigError } from '../../src/errors.ts';

function messageOf(text: string): string {
  try {
    parseConfig(text, 'guest.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the config was accepted');
}

describe('a config that cannot be used', () => {
  it('names the place, the path, what was expected and what was there', () => {
    expect(
      messageOf(`maxphyaddr: 46
vcpus:
  - mtrr:
      variable:
        - {base: 0, size: 2G, type: WB}
        - {size: 3145728, base: 4G, type: WB}
`),
    ).toBe(
      'guest.yaml:6:18: vcpus[0].mtrr.variable[1].size: expected a power of two >= 4096, got 3145728 ' +
        '(a range of another size takes several registers)',
    );
  });

  const WB = '{base: 0, size: 2G, type: WB}';
  it.each([
    ['maxphyaddr: 53', '1:13', 'maxphyaddr: expected an integer 32..52, got 53'],
    ['vcpus: 3', '1:1', 'maxphyaddr: expected an integer 32..52, it is missing'],
    ['maxphyadr: 46', '1:1', 'maxphyadr: unknown key (did you mean "maxphyaddr"?)'],
    ['maxphyaddr: 46\nmtrr: {defualt: UC}', '2:8', 'mtrr.defualt: unknown key (did you mean "default"?)'],
    [
      'maxphyaddr: 46\nmtrr:\n  default: WBB',
      '3:12',
      'mtrr.default: expected UC, WC, WT, WP, WB, got "WBB" (did you mean "WB"?)',
    ],
    [
      'maxphyaddr: 46\nmtrr: {default: 2}',
      '2:17',
      'mtrr.default: expected UC, WC, WT, WP, WB, got 2 (type 2 is reserved)',
    ],
    [
      'maxphyaddr: 46\nmtrr: {default: UC-}',
      '2:17',
      'mtrr.default: expected UC, WC, WT, WP, WB, got "UC-" (UC- exists in the PAT only)',
    ],
    [
      'maxphyaddr: 46\nmtrr:\n  variable:\n    - {base: 0x400000000000, size: 2G, type: UC}',
      '4:14',
      'mtrr.variable[0].base: expected an address below 2^46, got 0x400000000000 (maxphyaddr is 46)',
    ],
    [
      'maxphyaddr: 46\nmtrr: {variable: [{base: 1G, size: 2G, type: UC}]}',
      '2:26',
      'mtrr.variable[0].base: expected a multiple of the size 0x80000000, got 0x40000000 (to state a register as it is, give its mask instead of a size)',
    ],
    [
      'maxphyaddr: 46\nmtrr: {variable: [{base: 1G, type: UC}]}',
      '2:19',
      'mtrr.variable[0].size: expected a size, a mask or a range, it is missing',
    ],
    [
      `maxphyaddr: 46\nmtrr: {variable: [${WB}, {index: 0, base: 0, size: 2G, type: WB}]}`,
      '2:58',
      'mtrr.variable[1].index: register pair 0 is given twice',
    ],
    [
      'maxphyaddr: 46\nmsrs:\n  IA32_MTRR_DEFTYP: 0',
      '3:3',
      'msrs.IA32_MTRR_DEFTYP: expected the number or name of an MSR, got "IA32_MTRR_DEFTYP" (did you mean "IA32_MTRR_DEF_TYPE"?)',
    ],
    [
      'maxphyaddr: 46\nmsrs:\n  2ff: 0',
      '3:3',
      'msrs.2ff: expected the number or name of an MSR, got "2ff" (did you mean 0x2ff?)',
    ],
    [
      'maxphyaddr: 46\nmsrs:\n  200: 6',
      '3:8',
      'msrs.200: expected an MSR that decides memory types, got MSR 0xc8 (did you mean 0x200?)',
    ],
    [
      'maxphyaddr: 46\nmsrs: {0x2ff: 6, MTRRdefType: 6}',
      '2:31',
      'msrs.MTRRdefType: IA32_MTRR_DEF_TYPE is given twice (it is also given by 0x2ff)',
    ],
    [
      'maxphyaddr: 46\nmtrr: {default: WB}\nmsrs: {0x2ff: 6}',
      '3:15',
      'msrs.0x2ff: IA32_MTRR_DEF_TYPE is given twice (it is also given by mtrr)',
    ],
    [
      'maxphyaddr: 46\nmsrs: {0x2ff: 0x10000000000000000}',
      '2:15',
      'msrs.0x2ff: expected a number of at most 64 bits, got 18446744073709551616',
    ],
    [
      'maxphyaddr: 46\nslots: [{range: 0x0-0xfffff}, {range: 0x80000-0x1fffff}]',
      '2:39',
      'slots[1].range: overlaps slots[0], 0x0-0xfffff',
    ],
    [
      'maxphyaddr: 36\nslots: [{base: 63G, size: 2G}]',
      '2:27',
      'slots[0].size: expected an end within 2^36, got 0x1040000000 (maxphyaddr is 36)',
    ],
    [
      'maxphyaddr: 46\nslots: [{base: 1G}]',
      '2:9',
      'slots[0].size: expected a range, or base and size; size is missing',
    ],
    [
      'maxphyaddr: 46\nmmio: [0x1000-0xfff]',
      '2:8',
      'mmio[0]: expected a range that is not empty (it ends before it starts), got "0x1000-0xfff"',
    ],
    [
      'maxphyaddr: 46\nmmio: [0x1000-0x2001]',
      '2:8',
      'mmio[0]: expected whole pages of 4096 bytes, got "0x1000-0x2001" (those that it touches are 0x1000-0x2fff)',
    ],
    [
      'maxphyaddr: 46\nmmio: [c0000000+4K]',
      '2:8',
      'mmio[0]: expected a range such as 0xa0000-0xbffff, 3G-4G or 0xc0000000+1G, got "c0000000+4K"',
    ],
    ['maxphyaddr: 46\nhost: {vendor: via}', '2:16', 'host.vendor: expected intel or amd, got "via"'],
    [
      'maxphyaddr: 46\nhost: {vendor: AuthenticAMD}',
      '2:16',
      'host.vendor: expected intel or amd, got "AuthenticAMD" (did you mean amd?)',
    ],
    [
      'maxphyaddr: 46\npolicy: sdm\nhost: {vendor: amd}',
      '3:16',
      "host.vendor: sdm says nothing of an AMD host, only KVM's policies do (name one, such as policy: kvm-6.8, or say vendor: intel)",
    ],

    [
      'maxphyaddr: 46\nnoncoherentDma: yes',
      '2:17',
      'noncoherentDma: expected true or false, got "yes" (did you mean true?)',
    ],
    [
      'maxphyaddr: 46\nquirks: [ignore-guest-pta]',
      '2:10',
      'quirks[0]: expected cd-nw-cleared or ignore-guest-pat, got "ignore-guest-pta" (did you mean "ignore-guest-pat"?)',
    ],
    [
      'maxphyaddr: 46\npolicy: kvm-4.6',
      '2:9',
      'policy: expected sdm, kvm-MAJOR.MINOR[.PATCH] from kvm-4.7 on, or a peer, got "kvm-4.6"',
    ],
    [
      'maxphyaddr: 46\npolicy: {base: kvm-6.8, flags: {mtrr: none}}',
      '2:32',
      'policy.flags.levelCheck: expected none: a policy without MTRRs has no types to compare',
    ],
    ['maxphyaddr: 46\nvcnt: 41', '2:7', 'vcnt: expected an integer 0..40, got 41'],
    ['maxphyaddr: 46\nvcpus: 4097', '2:8', 'vcpus: expected an integer 1..4096, got 4097'],
    ['maxphyaddr: 46\nvcpus: []', '2:8', 'vcpus: expected at least 1 entries, got 0'],
    ['maxphyaddr: 46\nvcpus: [{id: 0-3}, {id: 3}]', '2:25', 'vcpus[1].id: vCPU 3 is given twice'],
    [
      'maxphyaddr: 46\nvcpus: [{id: 0, count: 2}]',
      '2:24',
      'vcpus[0].count: expected either id or count, got both',
    ],
    ['maxphyaddr: 46\npat: [WB, UC]', '2:6', 'pat: expected 8 entries, got 2'],
    [
      'maxphyaddr: 46\nmtrr: {fixed: [{range: 0x0-0xfff, type: WB}]}',
      '2:24',
      'mtrr.fixed[0].range: expected whole fixed ranges, got "0x0-0xfff" (one register byte covers all of 0x0-0xffff)',
    ],
    ['- maxphyaddr: 46', '1:1', 'expected a map, got a list'],
    [
      '',
      '1:1',
      'empty: expected a VM config (it needs at least "maxphyaddr: 46"; `eptsweep list presets` names ready ones)',
    ],
    ['maxphyaddr: 46\nmaxphyaddr: 40', '2:1', 'YAML: this key has been given before: keep one of the two'],
    ['maxphyaddr: 46\n---\nmaxphyaddr: 40', '2:1', 'YAML: a second document starts here: one a file'],
  ])('%j', (text, place, message) => {
    expect(messageOf(text)).toBe(`guest.yaml:${place}: ${message}`);
  });

  it('lists all problems in the order of the file, a line each', () => {
    const lines = messageOf('maxphyaddr: 99\nmtrr: {default: X, enabled: 1}\nvcnt: -1\nfoo: 1').split('\n');
    expect(lines.map((line) => line.split(' ', 1)[0])).toEqual([
      'guest.yaml:1:13:',
      'guest.yaml:2:17:',
      'guest.yaml:2:29:',
      'guest.yaml:3:7:',
      'guest.yaml:4:1:',
    ]);
  });

  it('stops at twenty problems', () => {
    const keys = Array.from({ length: 30 }, (_, k) => `key${k}: 1`).join('\n');
    const lines = messageOf(`maxphyaddr: 46\n${keys}`).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('guest.yaml: ... and 10 more problems');
  });

  it.each([
    'a: [1, 2\nb: 3',
    '{"maxphyaddr": 46',
    'a:\n\t- b',
    '"unclosed',
    '%%%',
    '&a [*a]',
    'a: *nowhere',
    '--- 1\n--- 2',
    'a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]',
    'null',
    '~',
    '46',
    'text',
    '[]',
    'maxphyaddr: !!binary "x"',
    '\u0000',
  ])('is one line for text that is no config: %j', (text) => {
    const message = messageOf(text);
    expect(message).toMatch(/^guest\.yaml:\d+:\d+: /);
    expect(message).not.toMatch(/\n {4}at /);
    expect(message.split('\n').length).toBeLessThanOrEqual(20);
  });
});
