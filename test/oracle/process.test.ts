import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/src/bin/eptsweep.cjs', import.meta.url));

const request = (id: number) => `{"id":${id},"want":"mtrr","maxphyaddr":36,"msrs":{"0x2ff":"0x806"}}\n`;
const answer = (id: number) => `{"id":${id},"spans":[["0x0","0x1000000",6]]}\n`;
const oracle = (args: string[], input: string) =>
  spawnSync(process.execPath, [main, 'oracle', ...args], { input, encoding: 'utf8', maxBuffer: 2 ** 28 });

describe('eptsweep oracle', () => {
  it.each(['reference', 'direct', 'auto'])('answers until its input closes, on %s', (engine) => {
    const { stdout, stderr, status } = oracle(['--engine', engine], request(1) + request(2).trimEnd());
    expect({ stdout, stderr, status }).toEqual({ stdout: answer(1) + answer(2), stderr: '', status: 0 });
  });

  it('has nothing to say to an empty input', () => {
    for (const input of ['', '\n\n']) {
      expect(oracle([], input)).toMatchObject({
        stdout: '',
        stderr: 'eptsweep oracle: no request came on standard input: nothing to answer\n',
        status: 0,
      });
    }
  });

  it('prints the version of the protocol', () => {
    expect(oracle(['--protocol'], '')).toMatchObject({ stdout: '1\n', stderr: '', status: 0 });
  });

  it.each([[['--engine', 'turbo']], [['requests.jsonl']], [['--fast']]])('refuses %j in one line', (args) => {
    const { stdout, stderr, status } = oracle(args, '');
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(/^eptsweep oracle: .*\n$/);
  });

  it('ends quietly when its reader goes', async () => {
    const child = spawn(process.execPath, [main, 'oracle']);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdout.once('data', () => child.stdout.destroy());
    const more = setInterval(() => child.stdin.write(request(1).repeat(1000)), 5);
    const status = await new Promise((resolve) => child.once('exit', resolve));
    clearInterval(more);
    expect({ said, status }).toEqual({ said: '', status: 0 });
  });

  it('ends with 130 when it is interrupted, idle or busy', async () => {
    for (const busy of [false, true]) {
      const child = spawn(process.execPath, [main, 'oracle', '--engine', 'reference']);
      child.stdin.on('error', () => {});
      child.stdin.write(request(1));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      child.stdout.resume();
      if (busy) child.stdin.write(request(2).repeat(50_000));
      child.kill('SIGINT');
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130);
    }
  });
});
