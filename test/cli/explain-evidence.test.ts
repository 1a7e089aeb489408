/** `explain` about dumps: beside each register how it is known. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, withFiles } from './program.ts';

const FILES = {
  'whole.csv':
    '0x200,0x6\n0x201,0xf80000800\n0x258,0x0606060606060606\n0x2ff,0xc06\n0x277,0x0007040600070406\n',
  'listed.mtrr':
    'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n' +
    'reg01: base=0x07f000000 ( 2032MB), size=   16MB, count=1: uncachable\n',
  'plain.mtrr': 'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n',
  'off.csv': '0x200,0x6\n0x201,0xf80000800\n0x2ff,0x006\n',
  'stated.yaml': 'maxphyaddr: 36\nmtrr: {default: WB}\n',
};

interface Known {
  readonly level: string;
  readonly file?: string;
  readonly line?: number;
}
interface Document {
  readonly explanations: readonly {
    readonly mtrr: {
      readonly manual: {
        readonly matches: readonly { readonly name: string; readonly evidence?: Known }[];
        readonly evidence?: Known;
      };
    };
    readonly access: { readonly patEvidence?: Known };
  }[];
  readonly provenance: { readonly evidence?: readonly (Known & { readonly what: string })[] };
}

function explained(file: keyof typeof FILES, ...args: string[]) {
  return withFiles(FILES, async (folder) => {
    const { stdout } = await inProcess(['explain', join(folder, file), ...args, '--no-changes']);
    return stdout.replaceAll(join(folder, '/'), '');
  });
}

const parsed = async (file: keyof typeof FILES, ...args: string[]): Promise<Document> =>
  JSON.parse(await explained(file, ...args, '--json')) as Document;

describe('explain about a dump says how each register is known', () => {
  it.each([
    ['whole.csv', '1M', 'MSR 0x200/0x201, read at whole.csv:1)'],
    ['whole.csv', '3G', 'MSR 0x2ff, read at whole.csv:4)'],
    ['whole.csv', '0', 'MSR 0x250, assumed)'],
    ['whole.csv', '0x80000', 'MSR 0x258, read at whole.csv:3)'],
    ['whole.csv', '3G', '(read at whole.csv:5)'],
    ['listed.mtrr', '2032M', 'MSR 0x202/0x203, read at listed.mtrr:2)'],
    ['listed.mtrr', '3G', 'MSR 0x2ff, assumed)'],
    ['plain.mtrr', '3G', 'MSR 0x2ff, inferred)'],
    ['listed.mtrr', '3G', 'UC  (assumed)'],
    ['off.csv', '1M', 'IA32_MTRR_DEF_TYPE.E  (MSR 0x2ff, read at off.csv:3)'],
  ] as const)('%s %s: %s', async (file, address, text) => {
    expect(await explained(file, address)).toContain(text);
  });

  it("in KVM's fold and in what keeps pages small", async () => {
    const args = ['2032M', '--policy', 'kvm-6.8', '--set', 'noncoherentDma=true'];
    const text = await explained('listed.mtrr', ...args);
    expect(text).toContain('(read at listed.mtrr:2): first: UC');
    expect(text).not.toContain('undefined');
  });

  it('under a peer', async () => {
    const text = await explained('listed.mtrr', '2032M', '--policy', 'peer-hyperdbg');
    expect(text.match(/read at listed\.mtrr:2/g)!.length).toBeGreaterThan(1);
  });

  it('as JSON, an entry in each register and one for each register that was read', async () => {
    const { explanations, provenance } = await parsed('whole.csv', '1M');
    const [{ mtrr, access }] = explanations as [Document['explanations'][number]];
    expect(mtrr.manual.matches.map(({ name, evidence }) => [name, evidence!.level, evidence!.line])).toEqual([
      ['IA32_MTRR_PHYSBASE0', 'read', 1],
    ]);
    expect(access.patEvidence).toMatchObject({ level: 'read', line: 5 });
    const read = provenance.evidence!.filter(({ level }) => level === 'read').map(({ what }) => what);
    expect(read).toEqual(
      expect.arrayContaining([
        'IA32_MTRR_PHYSBASE0 0x6',
        'IA32_MTRR_PHYSMASK0 0xf80000800',
        'IA32_MTRR_FIX16K_80000 0x606060606060606',
      ]),
    );
  });

  it('as JSON, the switch that turns the MTRRs off', async () => {
    const { explanations } = await parsed('off.csv', '1M');
    expect(explanations[0]!.mtrr.manual.evidence).toMatchObject({ level: 'read', line: 3 });
  });

  it('and of a config, which states all of it, nothing', async () => {
    expect(await explained('stated.yaml', '1M')).not.toMatch(/read at|assumed|inferred/);
    expect(JSON.stringify(await parsed('stated.yaml', '1M'))).not.toContain('vidence');
  });
});

describe('what is known of RAM', () => {
  it('names the line of each range', async () => {
    const log = 'BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n';
    await withFiles({ 'a.log': `${log}${FILES['listed.mtrr']}` }, async (folder) => {
      const { stdout } = await inProcess(['explain', join(folder, 'a.log'), '1M', '--json']);
      const { provenance } = JSON.parse(stdout) as Document;
      const ram = provenance.evidence!.find(({ what }) => what.startsWith('RAM '));
      expect(ram).toMatchObject({ level: 'read', what: 'RAM 0x100000-0x7fffffff (e820)', line: 1 });
    });
  });
});

describe('a picture of a dump', () => {
  it('says in a line what nothing in the text says', async () => {
    await withFiles(FILES, async (folder) => {
      const drawn = async (file: string) =>
        (await inProcess(['map', join(folder, file), '0-4G', '-f', 'svg'])).stdout;
      expect(await drawn('listed.mtrr')).toContain(
        'inferred: enables; assumed: physical address bits, default type, ',
      );
      expect(await drawn('stated.yaml')).not.toContain('assumed: ');
    });
  });
});
