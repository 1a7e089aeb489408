import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rangeOf } from '../../src/cli/options.ts';
import { preset } from '../../src/config/index.ts';
import { hex, inProcess, runLine, shell, withFiles } from './program.ts';

interface ExplainJson {
  readonly schema: string;
  readonly truncated?: true;
  readonly explanations: readonly {
    readonly gpa: string;
    readonly vcpus: readonly number[];
    readonly range: { readonly first: number; readonly last: number; readonly pages: number };
    readonly answer: Record<string, unknown>;
    readonly mtrr: { readonly manual: { readonly rule: string }; readonly decidesEpt: boolean };
    readonly wouldChange?: readonly { readonly text: string; readonly differs: readonly string[] }[];
  }[];
}

async function explainJson(...args: string[]): Promise<ExplainJson> {
  const { status, stdout, stderr } = await inProcess(['explain', ...args, '-f', 'json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as ExplainJson;
}

const TWO_STATES = `maxphyaddr: 46
policy: kvm-6.8
noncoherentDma: true
mtrr: {default: WB}
vcpus:
  - {count: 3}
  - {count: 1, mtrr: {default: UC}}
`;

describe('eptsweep explain', () => {
  it('tells the register, the branch and what would change it', async () => {
    const { status, stdout, stderr } = await inProcess(['explain', 'ovmf-q35', '2G', '--policy', 'kvm-6.8']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^GPA 0x80000000 \(gfn 0x80000\), ovmf-q35 vCPU 0, policy kvm-6\.8\n/);
    expect(stdout).toContain('#0 UC 0x80000000-0xffffffff (2G)  base 0x80000000 mask 0x3fff80000000');
    expect(stdout).toContain('no non-coherent DMA: WB + IPAT, always');
    expect(stdout).toContain('non-coherent DMA on');
    expect(stdout.split('\n').length).toBeLessThan(40);
  });

  it("tells of a dump what the machine's own Linux makes of it, and of a config where it is asked", async () => {
    const lines = async (...args: string[]) =>
      (await inProcess(['explain', ...args, '--no-changes'])).stdout
        .split('\n')
        .filter((line) => /^ {2}(host|guest) Linux/.test(line));
    const dump = 'examples/dumps/slow.dmesg';
    const host = '  host Linux   ioremap: UC-, gets UC; ioremap_wc: WC, gets WC';
    expect(await lines(dump, '0x7e000000')).toEqual([host]);
    expect(await lines(dump, '0x7e000000', '--policy', 'kvm-6.8')).toHaveLength(1);
    expect(await lines(dump, '0x7e000000', '--policy', 'kvm-6.8')).not.toEqual([host]);
    expect(await lines('thinkpad-t400', '0xbd000000', '--linux')).toEqual([host]);
    // Held against the published schema as it is printed.
    const { explanations } = await explainJson('thinkpad-t400', '0xbd000000', '--linux', '--no-changes');
    expect(explanations[0]).toMatchObject({
      hostLinux: { readings: [{ level: 1 }, { level: 2 }] },
    });
  });

  it.each([
    '0x80000000',
    '2G',
    '2048M',
    '2GiB',
    '0x8000_0000',
    "0x8000'0000",
    '00000000`80000000',
    '0:80000000',
    '80000000h',
    '2147483648',
  ])('takes the address %s', (address) => {
    expect(rangeOf(address, preset('ovmf-q35'), 'gpa')).toEqual({ start: 0x80000, end: 0x80001 });
  });

  it('takes frame numbers, and hex without 0x', async () => {
    expect((await inProcess(['explain', 'ovmf-q35', '0x80000', '--by', 'gfn'])).stdout).toMatch(
      /^GPA 0x80000000 /,
    );
    expect((await inProcess(['explain', 'ovmf-q35', 'fed00000'])).stdout).toMatch(/^GPA 0xfed00000 /);
  });

  it('says when digits alone were read as decimal', async () => {
    const { status, stderr } = await inProcess(['explain', 'ovmf-q35', '80000000']);
    expect(status).toBe(0);
    expect(stderr).toBe(
      'eptsweep explain: "80000000" is read as decimal, 0x4c4b400; write 0x80000000 for hex\n',
    );
  });

  it('tells each stretch of a range once', async () => {
    const { explanations, schema, truncated } = await explainJson('seabios-pc', '0x90000-0xfffff');
    expect(schema).toBe('eptsweep/explain@2');
    expect(truncated).toBeUndefined();
    const stretches = explanations.map(({ range }) => `${hex(range.first)}-${hex(range.last)}`);
    expect(stretches[0]).toBe('0x90000-0x9ffff');
    expect(stretches.at(-1)).toBe('0xf8000-0xfffff');
    expect(explanations.reduce((pages, { range }) => pages + range.pages, 0)).toBe(0x70);
    expect(explanations.every(({ mtrr }) => mtrr.manual.rule === 'fixed')).toBe(true);
  });

  it('stops at a limit and says so', async () => {
    const args = ['explain', 'seabios-pc', '0x0-0xfffff', '--limit', '2'];
    const { stdout } = await inProcess(args);
    expect(stdout.match(/^GPA /gm)).toHaveLength(2);
    expect(stdout).toContain('... there are more stretches; --limit 8 tells more of them\n');
    expect(JSON.parse((await inProcess([...args, '--json'])).stdout)).toMatchObject({ truncated: true });
  });

  it('tells vCPUs apart, and joins those of which the same is true', async () => {
    await withFiles({ 'vm.yaml': TWO_STATES }, async (folder) => {
      const { explanations } = await explainJson(join(folder, 'vm.yaml'), '1M', '--vcpu', 'all');
      expect(explanations.map(({ vcpus, answer }) => [vcpus, answer.type])).toEqual([
        [[0, 1, 2], 'WB'],
        [[3], 'UC'],
      ]);
      const [first] = (await explainJson(join(folder, 'vm.yaml'), '1M')).explanations;
      expect(first!.wouldChange).toContainEqual(
        expect.objectContaining({ text: 'vCPU 3', differs: ['ept', 'effective'] }),
      );
      const [third] = (await explainJson(join(folder, 'vm.yaml'), '1M', '--vcpu', '3')).explanations;
      expect(third).toMatchObject({ vcpus: [3], answer: { type: 'UC' } });
    });
  });

  it('takes a config from standard input, and leaves changes out if asked', async () => {
    const text = 'maxphyaddr: 36\nmtrr: {default: WT}\n';
    const { stdout, status } = await runLine('eptsweep explain - 1M --no-changes', text);
    expect(status).toBe(0);
    expect(stdout).toContain('WT');
    expect(stdout).not.toContain('would change');
  });

  it("tells a peer's order of registers, and where it leaves the manual", async () => {
    const range = ['thinkpad-t400', '0xbc000000-0xbdffffff', '--policy', 'peer-hyperdbg'];
    const { status, stdout, stderr } = await inProcess(['explain', ...range]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('  answer       WB, unlike the manual (UC)\n');
    expect(stdout).toContain('#0 UC 0xbd000000-0xbdffffff (16M): first UC\n');
    expect(stdout).toContain('#3 WB 0x80000000-0xbfffffff (1G): then WB, the search ends\n');
    const json = await inProcess(['explain', ...range, '--vcpu', 'all', '-f', 'json']);
    const { explanations } = JSON.parse(json.stdout);
    expect(explanations.map((one: { answer: object }) => one.answer)).toContainEqual({ type: 'UC' });
    expect(explanations[0].vcpus).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('ends with 2 and one line for what it cannot use', async () => {
    const cases = [
      [['ovmf-q35', '0x400000000000'], /lies beyond the guest's space/],
      [['ovmf-q35', 'here'], /is malformed/],
      [['ovmf-q35'], /missing required argument 'address'/],
      [['ovmf-q35', '0', '--vcpu', '8'], /no vCPU "8"/],
      [['ovmf-q35', '0', '--limit', '0'], /expected a number/],
      [['ovmf-q35', '0', '-f', 'csv'], /Allowed choices are text, json/],
      [['nothing-such', '0'], /no such file/],
    ] as const;
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = await inProcess(['explain', ...args]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  it('ends quietly where the reader goes away', async () => {
    const { status, stderr } = shell('eptsweep explain seabios-pc 0x0-0xfffff --limit 99 | head -1');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
