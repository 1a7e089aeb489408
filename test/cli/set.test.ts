/** `--set`: what if the config said something else; on every command that takes one. */
import { describe, expect, it } from 'vitest';
import { inProcess, runLine } from './program.ts';

const sparse = '{maxphyaddr: 36, msrs: {MTRRdefType: 0x806}}';

describe('--set', () => {
  it('answers as the config that says so', async () => {
    const changed = await inProcess(
      ['map', '-', '0+1M', '--set', 'msrs.0x2ff=0x801', '--set', 'maxphyaddr=40', '-f', 'csv'],
      { input: sparse },
    );
    const written = await inProcess(['map', '-', '0+1M', '-f', 'csv'], {
      input:
        '{name: "<stdin> with msrs.0x2ff=0x801, maxphyaddr=40", maxphyaddr: 40, msrs: {MTRRdefType: 0x801}}',
    });
    expect(changed.stdout.split('\n').slice(-2)).toEqual(written.stdout.split('\n').slice(-2));
    expect(changed.stdout).toContain('WC');
  });

  it('is said by every answer, in the name of the VM', async () => {
    const { stdout } = await inProcess(['map', 'ovmf-q35', '0', '--json', '--set', 'noncoherentDma=true']);
    expect(JSON.parse(stdout).provenance.config).toBe('ovmf-q35 with noncoherentDma=true');
  });

  it.each([
    ['map ovmf-q35 0 --set cr0cd=true'],
    ['explain ovmf-q35 0xc0000000 --set cr0cd=true'],
    ['diff ovmf-q35 seabios-pc 0+64K --set cr0cd=true || test $? = 1'],
    ['share ovmf-q35 --set vcpus[1].cr0cd=true || test $? = 1'],
    ['check ovmf-q35 --set cr0cd=true || test $? = 1'],
    ['verify ovmf-q35 0+1M --set cr0cd=true'],
    ['fit ovmf-q35 --set mtrr.default=WB'],
    ['convert ovmf-q35 --to yaml --set cr0cd=true'],
  ])('eptsweep %s', async (line) => {
    const { status, stdout } = await runLine(`eptsweep ${line}`, '');
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
  });

  it.each([
    ['nothing', 'expected PATH=VALUE such as noncoherentDma=true (eptsweep list paths)'],
    ['=1', 'expected PATH=VALUE such as noncoherentDma=true (eptsweep list paths)'],
    ['vcpu[0].cr0cd=true', 'vcpu: no config has such a path (did you mean "vcpus"?)'],
    ['valid=true', 'valid: no config has such a path (did you mean "mtrr.variable[N].valid"?)'],
    ['noncoherentDma=yes', 'noncoherentDma: expected true or false, got "yes" (did you mean true?)'],
    ['vcpus[9].cr0cd=true', 'vcpus[9]: expected a vCPU 0..7'],
    ['msrs.0x2ff=0xfff', 'WRMSR IA32_MTRR_DEF_TYPE (0x2ff) <- 0xfff is refused with #GP'],
  ])('%s: %s', async (text, message) => {
    const { status, stdout, stderr } = await inProcess(['map', 'ovmf-q35', '0', '--set', text]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it("leaves the file's own errors at their line", async () => {
    const { status, stderr } = await inProcess(['map', '-', '--set', 'noncoherentDma=true'], {
      input: 'maxphyaddr: 36\nmsrs:\n  0x2ff: 0x802\n',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('<stdin>:3:');
  });

  it('is named where its own value is refused', async () => {
    const { status, stderr } = await inProcess(['map', 'ovmf-q35', '0', '--set', 'msrs.0x2ff=0x802']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^--set: WRMSR IA32_MTRR_DEF_TYPE \(0x2ff\) <- 0x802 is refused/);
  });

  it('is one side of a diff', async () => {
    const { status, stdout } = await inProcess([
      'diff',
      'ovmf-gpu',
      '3G+4K',
      '--policy',
      '6.8',
      '--against',
      'set:noncoherentDma=false',
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain('non-coherent DMA on -> off');
  });
});

describe('two operands of diff', () => {
  it.each([
    [['seabios-pc', 'ovmf-q35', '0+4G'], 'against config:ovmf-q35', 1],
    [['seabios-pc', 'ovmf-q35'], 'against config:ovmf-q35', 1],
    [['seabios-pc', '0+1M', '--against', 'config:seabios-pc'], 'no page differs of 256', 0],
  ])('%j', async (args, text, code) => {
    const { status, stdout } = await inProcess(['diff', ...args]);
    expect(stdout).toContain(text);
    expect(status).toBe(code);
  });

  it.each([
    [
      ['seabios-pc', '0+4G', 'ovmf-q35'],
      '"0+4G" is a range, and "ovmf-q35" stands behind it (./0+4G names a file)',
    ],
    [
      ['seabios-pc', 'ovmf-q35', '--across', 'vcpus'],
      'expected another config, or one of --against, --oracle and --across',
    ],
    [['seabios-pc', '0+4G'], 'expected another config, or one of --against, --oracle and --across'],
    [
      ['seabios-pc', 'ovmfq35'],
      'ovmfq35: no such file, and no preset of that name (did you mean "ovmf-q35"?)',
    ],
  ])('%j: %s', async (args, message) => {
    expect(await inProcess(['diff', ...args])).toEqual({
      status: 2,
      stdout: '',
      stderr: `eptsweep diff: ${message}\n`,
    });
  });
});

describe('a register that --set gives another value', () => {
  const dump =
    'reg00: base=0x000000000 (    0MB), size= 4096MB, count=1: write-back\nreg01: base=0x0c0000000 ( 3072MB), size= 1024MB, count=1: uncachable\n';
  const change = ['--set', 'mtrr.variable[1].type=WC'];

  it('is blamed by check at the path of the change, the others at their lines', async () => {
    const args = ['check', '-', ...change];
    const { stdout } = await inProcess(args, { input: dump });
    expect(stdout).toContain('IA32_MTRR_PHYSBASE1 (0x202) = 0xc0000001, --set mtrr.variable[1].type\n');
    expect(stdout).toContain('IA32_MTRR_PHYSMASK1 (0x203) = 0xffc0000800, <stdin>:2\n');
    const { stdout: json } = await inProcess([...args, '--json'], { input: dump });
    const { findings } = JSON.parse(json) as {
      findings: { causes: { msr: string; set?: string; line?: number }[] }[];
    };
    const causes = findings.flatMap((finding) => finding.causes);
    expect(causes.filter(({ msr }) => msr === '0x202')).not.toEqual([]);
    for (const { msr, set, line } of causes) {
      expect([msr, set, line]).toEqual(
        msr === '0x202' ? [msr, 'mtrr.variable[1].type', undefined] : [msr, undefined, expect.any(Number)],
      );
    }
  });

  it('is blamed so by assert, and keeps its line where the value is the same', async () => {
    const dir = ['assert', 'examples/assert/firmware.yml', '-'];
    const changed = await inProcess([...dir, ...change], { input: dump });
    expect(changed.stdout).toContain('= 0xc0000001, --set mtrr.variable[1].type\n');
    const same = await inProcess([...dir, '--set', 'mtrr.variable[1].type=UC'], { input: dump });
    expect(same.stdout).not.toContain('--set mtrr');
  });
});
