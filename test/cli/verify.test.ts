import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/registry.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { eptsweep, inProcess, MAIN, withFiles } from './program.ts';

interface VerifyJson {
  readonly schema: string;
  readonly verified: boolean;
  readonly pages: number;
  readonly earlierPages: number;
  readonly threads: number;
  readonly digest: { direct: string; auto: string };
  readonly types: readonly { type: string; direct: number; auto: number }[];
  readonly firstDifference: null;
}

async function verifyJson(...args: string[]): Promise<VerifyJson> {
  const { status, stdout, stderr } = await inProcess(['verify', ...args, '--json']);
  const file = args[args.indexOf('--resume') + 1];
  const said = args.includes('--resume')
    ? `eptsweep verify: ${file} says that all is done; remove it to visit the pages anew\n`
    : '';
  expect({ status, stderr }).toEqual({ status: 0, stderr: said });
  return JSON.parse(stdout) as VerifyJson;
}

const CONFIG = 'maxphyaddr: 36\nmsrs: {0x200: 0x6, 0x201: 0xf00005800, 0x2ff: 0x800}\n';
const UNUSED = '0x0-0xfffffff';

describe('eptsweep verify', () => {
  it('says what it proved', async () => {
    const { status, stdout, stderr } = await inProcess(['verify', 'firecracker', UNUSED]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^firecracker: policy sdm, vcpu0, 46 address bits\nvisited 65,536 pages one by one with the engine direct, 1 thread\ndigest of all entries: 0x[0-9a-f]+, equal\npages of type WB: 65,536, equal\ntime \d\d:\d\d, [\d.]+ M pages\/s\n\nno difference: /,
    );
  });

  it('gives the digest and the counts that the reference has', async () => {
    await withFiles({ 'vm.yaml': CONFIG }, async (folder) => {
      const report = await verifyJson(join(folder, 'vm.yaml'), '0-0x1ffffff');
      const machine = vcpu({
        maxphyaddr: 36,
        msrs: [
          [0x200, 6n],
          [0x201, 0xf00005800n],
          [0x2ff, 0x800n],
        ],
      });
      const digest = createEngine('reference').open(machine, policy('sdm')).digest({ start: 0, end: 0x2000 });
      expect(report).toMatchObject({
        schema: 'eptsweep/verify@2',
        verified: true,
        pages: 0x2000,
        digest: { direct: `0x${digest.toString(16)}`, auto: `0x${digest.toString(16)}` },
        types: [
          { type: 'UC', direct: 0x1800, auto: 0x1800 },
          { type: 'WB', direct: 0x800, auto: 0x800 },
        ],
        firstDifference: null,
      });
    });
  });

  it('holds a comparison of two policies against every page', async () => {
    const args = ['verify', 'thinkpad-t400', '3G-4G', '--policy', 'kvm-5.16', '--against', 'sdm', '--json'];
    const { status, stdout } = await inProcess(args);
    expect(status).toBe(0);
    const { against, verified } = JSON.parse(stdout) as {
      verified: boolean;
      against: Record<'direct' | 'auto', { pages: number; firstGfn: number | null }> & {
        policy: { name: string };
      };
    };
    expect(verified).toBe(true);
    expect(against.policy.name).toBe('sdm');
    expect(against.direct).toEqual(against.auto);
  });

  it('gives the same with any number of threads', () => {
    const [one, two] = ['1', '2'].map((threads) => {
      const args = ['verify', 'ovmf-q35', '0+512G', '--threads', threads, '--json'];
      const { status, stdout, stderr } = eptsweep(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return JSON.parse(stdout) as VerifyJson;
    });
    expect(one!.pages).toBe(2 ** 27);
    expect([one!.threads, two!.threads]).toEqual([1, 2]);
    expect(two!.digest).toEqual(one!.digest);
    expect(two!.types).toEqual(one!.types);
  });

  it('resumes what belongs to the same job, and refuses what does not', async () => {
    await withFiles({ 'vm.yaml': CONFIG }, async (folder) => {
      const [config, state] = [join(folder, 'vm.yaml'), join(folder, 'state')];
      const whole = await verifyJson(config, '0+32G', '--resume', state);
      expect(whole.earlierPages).toBe(0);
      const kept = JSON.parse(readFileSync(state, 'utf8')) as { end: number };
      expect(kept.end).toBe(2 ** 23);
      const again = await verifyJson(config, '0+32G', '--resume', state);
      expect(again).toMatchObject({ earlierPages: 2 ** 23, digest: whole.digest, types: whole.types });
      const other = await inProcess(['verify', config, '0+16G', '--resume', state]);
      expect(other.status).toBe(2);
      expect(other.stderr).toContain('belongs to another config, vCPU, policy or range');
      writeFileSync(state, '{}');
      const broken = await inProcess(['verify', config, '0+32G', '--resume', state]);
      expect(broken).toMatchObject({ status: 2, stdout: '' });
      expect(broken.stderr).toContain('not a state of verify');
    });
  });

  it('goes on after an interrupt with nothing half-written', async () => {
    await withFiles({}, async (folder) => {
      const state = join(folder, 'state');
      const args = ['verify', 'ovmf-q35', '0+16T', '--resume', state];
      const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.on('data', (bytes: Buffer) => {
        stderr += bytes.toString();
      });
      const look = setInterval(() => {
        if (!existsSync(state)) return;
        clearInterval(look);
        child.kill('SIGINT');
      }, 5);
      const [status] = await once(child, 'close');
      expect(status).toBe(130);
      expect(stderr).toBe(
        `eptsweep verify: interrupted: ${state} has how far it came, to go on: eptsweep ${args.join(' ')}\n`,
      );
      expect(readdirSync(folder)).toEqual(['state']);
      const { end } = JSON.parse(readFileSync(state, 'utf8')) as { end: number };
      expect(end).toBeGreaterThan(0);
      expect(end % 2 ** 21).toBe(0);
    });
  });

  it.each([
    [['ovmf-q35', '0-1', '--threads', '0'], "'--threads <n>' argument '0' is invalid. expected 1..256"],
    [['ovmf-q35', '5-4'], 'range "5-4"'],
    [['ovmf-q35', '0x0-0x400000000fff'], "lies beyond the guest's space"],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(['verify', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
