/** `eptsweep share` and `eptsweep replay` as programs. */
import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProcess, runLine, withFiles } from './program.ts';

const TWO_STATES = `maxphyaddr: 46
noncoherentDma: true
policy: kvm-6.6
mtrr: {default: WB}
vcpus:
  - {count: 3}
  - {mtrr: {variable: [{base: 2G, size: 2G, type: UC}]}}
`;

async function examplesOf(command: string): Promise<readonly string[]> {
  const { stdout } = await inProcess([command, '--help']);
  const [, examples = ''] = stdout.split('\nExamples:\n');
  return examples
    .split('\n')
    .filter((line) => line.startsWith('  $ '))
    .map((line) => line.slice(4));
}

describe('eptsweep share', () => {
  it('says who gets what, and what each design gets wrong', async () => {
    await withFiles({ 'guest.yaml': TWO_STATES }, async (folder) => {
      const { status, stdout, stderr } = await inProcess(['share', `${folder}/guest.yaml`]);
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
      expect(stdout).toContain('the vCPUs disagree on 524,288 pages (2G)');
      expect(stdout).toMatch(/first-fault +524,288 +2,097,152 +524,288 +1,572,864/);
      expect(stdout).toMatch(/vcpu0 +524,288 +524,288 +524,288 +- /);
      expect(stdout).toMatch(/role +- +- +- +- +- +-\n/);
      expect(stdout).toContain(
        'role: nothing breaks; costs 1 more root, 129 more table pages (516K); 2 roles, 1 bit of 5 free (6.6)',
      );
      expect(stdout).toMatch(
        /vcpu0: 2G of vCPU 3 can be cached that must not be, .*; vCPU 0 decides for all/,
      );
      expect(stdout).toContain('0x80000000-0xffffffff    2G  UC: vCPU 3; WB: vCPU 0-2');
    });
  });

  it('writes all of it as JSON, with an order of faults', async () => {
    await withFiles({ 'guest.yaml': TWO_STATES }, async (folder) => {
      const { stdout } = await inProcess(['share', `${folder}/guest.yaml`, '--json', '--order', '3']);
      const answer = JSON.parse(stdout);
      expect(answer).toMatchObject({ schema: 'eptsweep/share@2', disagree: 524288, states: 2 });
      const [first] = answer.designs;
      expect(first.order).toEqual([3, 0, 1, 2]);
      expect(first.inOrder).toMatchObject({
        vcpuPages: 3 * 524288,
        byDanger: { 'uc-for-cacheable': 3 * 524288 },
      });
      expect(answer.disagreements).toEqual([
        {
          first: 0x80000000,
          last: 0xffffffff,
          pages: 524288,
          who: [
            { type: 'UC', ipat: false, vcpus: [3] },
            { type: 'WB', ipat: false, vcpus: [0, 1, 2] },
          ],
        },
      ]);
    });
  });

  it('refuses designs and vCPUs that do not exist', async () => {
    expect(await inProcess(['share', 'ovmf-gpu', '--design', 'vcpu1'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('"vcpu1" is none of first-fault'),
    });
    expect(await inProcess(['share', 'ovmf-gpu', '--order', '9'])).toMatchObject({
      status: 2,
      stderr: 'eptsweep share: no vCPU "9": ovmf-gpu has 0-7\n',
    });
  });
});

describe('eptsweep replay', () => {
  it('tells a live range that is moved', async () => {
    const { status, stdout, stderr } = await inProcess(['replay', 'live-range-moved']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/WRMSR 0x200 <- 0x0 +zaps 0x0-0x3fffffff: 1 entry +- +3G +1G +1G/);
    expect(stdout).toContain('stale: 1 entry, 1G: a fault now would install another type');
  });

  it('gives the same bytes each time, in every format', async () => {
    for (const format of ['table', 'json', 'ndjson', 'svg']) {
      const args = ['replay', 'one-left-behind', '-f', format];
      const first = await inProcess(args);
      expect((await inProcess(args)).stdout).toBe(first.stdout);
      expect(first.stdout.length).toBeGreaterThan(500);
    }
  });

  it('ndjson has a head, a line an event and the summary last', async () => {
    const { stdout } = await inProcess(['replay', 'vcpu-hotplug', '-f', 'ndjson']);
    const [head, ...lines] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(head).toMatchObject({ scenario: 'vcpu-hotplug', policy: { name: expect.any(String) } });
    const { summary } = lines.at(-1);
    expect(lines.length).toBe(summary.events + 1);
    expect(lines.slice(0, -1).map(({ index }) => index)).toEqual(lines.slice(0, -1).map((_, index) => index));
    expect(summary.windows.length).toBe(summary.windowTotals.count);
  });

  it('json has the steps of ndjson, with what the scenario notes of each', async () => {
    const lines = await inProcess(['replay', 'migration-source', '-f', 'ndjson']);
    const steps = lines.stdout
      .trimEnd()
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line));
    expect(steps[0].note).toBe('rest_init(), init/main.c, and what the kernel starts there');
    const whole = await inProcess(['replay', 'migration-source', '-f', 'json']);
    expect(JSON.parse(whole.stdout).steps).toEqual(steps);
  });

  it('holds designs against each other, and follows one', async () => {
    const counts = await inProcess([
      'replay',
      'one-left-behind',
      '--design',
      'first-fault,role,type=vcpu0,zap=fine',
    ]);
    expect(counts.status).toBe(1);
    expect(counts.stdout).toMatch(/type=vcpu0,zap=fine +1 /);
    expect(counts.stdout).toContain('role: takes up to ');
    const one = await inProcess(['replay', 'one-left-behind', '--design', 'role', '--json']);
    expect(JSON.parse(one.stdout).summary).toMatchObject({
      design: { name: 'role', root: 'state' },
      zaps: [],
    });
    expect(await inProcess(['replay', 'one-left-behind', '--design', 'rolle'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean "role"?'),
    });
  });

  it('refuses what is too large to be read as a whole, and says how it is given', async () => {
    await withFiles({ 'large.yaml': '' }, async (folder) => {
      truncateSync(`${folder}/large.yaml`, (64 << 20) + 1);
      const { status, stderr } = await inProcess(['replay', `${folder}/large.yaml`]);
      expect(status).toBe(2);
      expect(stderr).toMatch(
        /expected a scenario of up to 64 MiB, got more: .* in a file that ends in \.ndjson\n$/,
      );
    });
  });

  it('reads JSON lines from a file one by one, and says the line of what is wrong', async () => {
    const head = '{"vm":{"maxphyaddr":36,"noncoherentDma":true,"vcpus":2},"policy":"kvm-6.6"}';
    const events = Array.from(
      { length: 5000 },
      (_, k) => `{"wrmsr":{"vcpu":${k % 2},"msr":767,"value":${2048 + (k % 2)}}}`,
    );
    const lines = [head, ...events].join('\n');
    await withFiles({ 'a.ndjson': lines, 'b.ndjson': `${lines}\n{"rsm":{"vcpu":1}}` }, async (folder) => {
      const { stdout } = await inProcess([
        'replay',
        `${folder}/a.ndjson`,
        '-f',
        'ndjson',
        '--design',
        'role,vcpu0',
      ]);
      const [, role, first] = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).summary);
      expect(role).toMatchObject({ events: 5000, zaps: [] });
      expect(first.zaps).toMatchObject([{ reason: 'mtrr', count: 2500 }]);
      const wrong = await inProcess(['replay', `${folder}/b.ndjson`]);
      expect(wrong.stderr).toContain('b.ndjson:5002:1: events[5000].rsm.vcpu: vCPU 1 is not in SMM');
    });
  });

  it('takes the module parameter eager_page_split from the scenario and from the command line', async () => {
    const head =
      'vm: {maxphyaddr: 36, noncoherentDma: true, mtrr: {default: WB}, slots: [{base: 0, size: 4M, maxLevel: 2M}], vcpus: 2}';
    const events = `events:
  - touch: {vcpu: 0, range: 0+4M}
  - wrmsr: {vcpu: 1, msr: 0x201, value: 0xffff00000}
  - touch: {vcpu: 0, range: 0+4M}
  - dirtyLog: {slot: 0, on: true}
  - report
`;
    const files = {
      'on.yaml': `${head}\npolicy: kvm-6.8\n${events}`,
      'off.yaml': `${head}\npolicy: kvm-6.8\neager_page_split: N\n${events}`,
      'bad.yaml': `${head}\npolicy: kvm-6.8\neager_page_split: maybe\n${events}`,
    };
    await withFiles(files, async (folder) => {
      const levels = async (...args: string[]) => {
        const { stdout } = await inProcess(['replay', ...args, '--json']);
        return JSON.parse(stdout).summary.last.entries.map(({ level }: { level: number }) => level);
      };
      expect(await levels(`${folder}/on.yaml`)).toEqual([1]);
      expect(await levels(`${folder}/off.yaml`)).toEqual([2]);
      expect(await levels(`${folder}/on.yaml`, '--eager-page-split', 'N')).toEqual([2]);
      expect(await levels(`${folder}/off.yaml`, '--eager-page-split', 'Y')).toEqual([1]);
      const { stderr } = await inProcess(['replay', `${folder}/bad.yaml`]);
      expect(stderr).toContain('bad.yaml:3:19: eager_page_split: expected Y or N, got "maybe"');
    });
  });

  it('stops at a refused write where the scenario says so', async () => {
    const text = `vm: firecracker
policy: kvm-6.6
onFault: stop
events:
  - wrmsr: {vcpu: 0, msr: 0x2ff, value: 0x802}
  - report
`;
    await withFiles({ 'gp.yaml': text }, async (folder) => {
      const { status, stdout } = await inProcess(['replay', `${folder}/gp.yaml`]);
      expect(status).toBe(1);
      expect(stdout).toContain('stopped at event 1: the write was refused with #GP');
    });
  });

  it('says in one line what it cannot run', async () => {
    expect(await inProcess(['replay', 'seabios-bot'])).toMatchObject({
      status: 2,
      stderr:
        'eptsweep replay: seabios-bot: no scenario of that name (did you mean "seabios-boot"?); a file is given as ./seabios-bot\n',
    });
    expect(await inProcess(['replay', './no-such.yaml'])).toMatchObject({
      status: 2,
      stderr: 'eptsweep replay: ./no-such.yaml: no such file or directory\n',
    });
    expect(await inProcess(['replay', 'live-range-moved', '--policy', 'sdm'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('sdm has no rules for zapping entries'),
    });
    expect(await inProcess(['replay'])).toMatchObject({ status: 2 });
  });
});

describe('examples of the help', () => {
  it('run', async () => {
    for (const command of ['share', 'replay']) {
      const examples = await examplesOf(command);
      expect(examples.length).toBeGreaterThan(2);
      for (const line of examples) {
        const { status, stderr } = await runLine(line);
        expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
      }
    }
  });
});
