import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MSR_DEF_TYPE, MSR_PAT, PAT_RESET, physBase, physMask } from '../../src/msr/index.ts';
import { cloudHypervisor, firecracker, qemu, type Registers, SAVED, xen } from '../diff/saved-states.ts';
import { inProcess, withFiles } from './program.ts';

const POWER_ON: Registers = { [MSR_PAT]: PAT_RESET, [MSR_DEF_TYPE]: 0n };
const FORMATS = [
  ['QEMU', qemu],
  ['Cloud Hypervisor', cloudHypervisor],
  ['Firecracker', firecracker],
  ['Xen', xen],
] as const;

function diffOf(before: string, after: string, ...more: readonly string[]) {
  return withFiles({ before, after }, async (folder) => {
    const files = [join(folder, 'before'), join(folder, 'after')];
    const { status, stdout } = await inProcess(['diff', ...files, ...more]);
    return { status, lines: stdout.split('\n'), stdout };
  });
}

/** Of the same state before, with other registers after. */
function ofOne(change: Registers, before: Registers = SAVED) {
  return diffOf(qemu([before]), qemu([{ ...before, ...change }]));
}

describe.each(FORMATS)('eptsweep diff BEFORE AFTER of %s', (_, written) => {
  it('finds nothing where all came back', async () => {
    const { status, lines } = await diffOf(written([SAVED, SAVED]), written([SAVED, SAVED]));
    expect(lines).toContain('restored: the MTRRs and the PAT of 2 vCPUs came back as they were saved');
    expect(status).toBe(0);
  });

  it('says that the MTRRs of vCPU 0 alone came back, though the pages of vCPU 0 are the same', async () => {
    const after = {
      ...SAVED,
      ...Object.fromEntries(Object.keys(SAVED).map((msr) => [msr, 0n])),
      ...POWER_ON,
    };
    const { status, lines, stdout } = await diffOf(
      written([SAVED, SAVED, SAVED]),
      written([SAVED, after, after]),
    );
    expect(lines).toContain('looks like: the MTRRs of vCPU 0 alone came back');
    expect(stdout).toMatch(/^1-2 +IA32_MTRR_DEF_TYPE +0x2ff +0xc06 +0x0 +at its power-on value: MTRRs off/m);
    expect(stdout).toMatch(/^1-2 +IA32_PAT .*at its power-on value: entries 1 WC -> WT, /m);
    expect(stdout).toMatch(/^vCPU 1-2: [\d,]+ of [\d,]+ pages change: WB -> UC /m);
    expect(status).toBe(1);
  });

  it('says whose CR0.CD came back set', async () => {
    const on = { ...SAVED, cr0: 0x80050033n };
    const off = { ...SAVED, cr0: 0x60000010n };
    const same = await diffOf(written([on, off]), written([on, off]));
    expect(same).toMatchObject({ status: 0 });
    const { status, lines, stdout } = await diffOf(written([on, on, on]), written([on, off, off]));
    expect(lines).toContain(
      'restored: the MTRRs and the PAT of 3 vCPUs came back as they were saved, CR0.CD did not',
    );
    expect(lines).toContain(
      'vCPU 1-2: CR0.CD was clear and came back set: the caches are off, as at power-on',
    );
    expect(stdout).not.toContain('vCPU 0: CR0.CD');
    expect(status).toBe(1);
    const unsaid = await diffOf(written([on]), written([SAVED]));
    expect(unsaid.stdout).not.toContain('CR0.CD');
  });
});

describe('what a restore lost', () => {
  it('the PAT alone', async () => {
    const { status, lines } = await ofOne({ [MSR_PAT]: PAT_RESET });
    expect(lines).toContain('looks like: the PAT alone was forgotten');
    expect(lines).toContain('vCPU 0: no page changes');
    expect(status).toBe(1);
  });

  it('ranges that DEF_TYPE switches on', async () => {
    const { stdout } = await ofOne({ [physMask(0)]: 0n, [physMask(1)]: 0x8000000000n });
    expect(stdout).toContain(
      'IA32_MTRR_DEF_TYPE came back without the variable ranges that it switches on (vCPU 0)',
    );
    expect(stdout).toContain('its valid bit is gone: the range is off');
  });

  it.each([
    ['E', { [MSR_DEF_TYPE]: 0x406n }, 'E is gone: MTRRs off, all memory UC'],
    ['FE', { [MSR_DEF_TYPE]: 0x806n }, 'FE is gone: the fixed ranges are off'],
    ['the width of a mask', { [physMask(0)]: 0xfc0000800n }, 'a mask for 40 address bits became one for 36'],
    ['the upper half', { [physBase(1)]: 0x6n, [physMask(1)]: 0x800n }, 'its upper 32 bits are gone'],
    ['its place', { [physBase(1)]: 0xc0000000n }, 'holds what variable range 0 held'],
    ['its value', { [physBase(1)]: 0x8000000001n }, 'holds another value'],
  ] as const)('%s', async (_, change, words) => {
    const { status, stdout } = await ofOne(change, { ...SAVED, [physBase(1)]: 0x8000000006n });
    expect(stdout).toContain(words);
    expect(status).toBe(1);
  });

  it('what a narrower host makes of masks', async () => {
    const { lines } = await ofOne({ [physMask(0)]: 0xfc0000800n });
    expect(lines).toContain(
      'looks like: a mask for 40 address bits became one for 36: the CPUs before and after have another MAXPHYADDR',
    );
  });

  it('a register that was never saved, and a vCPU that is gone', async () => {
    const { [MSR_PAT]: _, ...withoutPat } = SAVED;
    const { status, lines } = await diffOf(
      cloudHypervisor([withoutPat, withoutPat]),
      cloudHypervisor([SAVED]),
    );
    expect(lines).toContain('not in the first state, so that a restore cannot bring it back: IA32_PAT');
    expect(lines).toContain('vCPU 1: not in the second state');
    expect(status).toBe(1);
  });

  it('ranges that were lost when the state was saved, as in records of Xen', async () => {
    const pairs = Object.fromEntries(
      [0, 1, 2, 3, 4, 5, 6, 7].flatMap((index) => [
        [physBase(index), SAVED[physBase(0)]!],
        [physMask(index), SAVED[physMask(0)]!],
      ]),
    );
    const record = xen([{ ...SAVED, ...pairs }]);
    const { status, stdout } = await diffOf(record, record);
    expect(stdout).toContain('the first state holds variable range 0 in all of them (vCPU 0)');
    expect(status).toBe(1);
  });

  it('as JSON and Markdown', async () => {
    const after = qemu([SAVED, { ...SAVED, [MSR_DEF_TYPE]: 0n }]);
    const { stdout } = await diffOf(qemu([SAVED, SAVED]), after, '--json');
    const { restored, differs } = JSON.parse(stdout);
    expect(differs).toBe(true);
    expect(restored).toMatchObject({
      vcpus: [0, 1],
      missing: [],
      losses: [{ vcpus: [1], registers: [{ msr: '0x2ff', before: '0xc06', after: '0x0', what: 'reset' }] }],
    });
    const markdown = await diffOf(qemu([SAVED, SAVED]), after, '-f', 'markdown');
    expect(markdown.stdout).toMatch(
      /^\| 1 \| IA32_MTRR_DEF_TYPE \| 0x2ff \| 0xc06 \| 0x0 \| at its power-on/m,
    );
  });

  it('is asked of other dumps by --restore, and of no other comparison', async () => {
    const csv = (definition: string) => `0x200,0x6\n0x201,0xf80000800\n0x2ff,${definition}\n`;
    expect((await diffOf(csv('0x800'), csv('0x0'))).stdout).not.toContain('restored:');
    expect((await diffOf(csv('0x800'), csv('0x0'), '--restore')).stdout).toContain(
      'restored: 1 register did not come back as it was saved, on vCPU 0 of 1 vCPU',
    );
    expect((await diffOf(qemu([SAVED]), qemu([SAVED]), '--no-restore')).stdout).not.toContain('restored:');
    const { status, stderr } = await inProcess([
      'diff',
      'seabios-pc',
      '--restore',
      '--against',
      'policy:kvm-5.16',
    ]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('--restore takes two states')]);
  });
});
