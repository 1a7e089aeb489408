/** Campaigns from the command line: what is printed, which exit code, and how one goes on. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eptsweep, inProcess, MAIN } from '../program.ts';

/** 16 blocks of pages without a finding. */
const PAGES = '{ask: pages, layouts: {presets: ovmf-q35}, axes: {policy: [sdm]}, verify: none}';
/** One block with findings. */
const COMPARE =
  '{ask: compare, against: sdm, want: mtrr, layouts: {presets: [precision-t3600, surface-pro7]}, axes: {policy: [kvm-5.16]}}';
/** Another program that ends at once. */
const DEAD =
  '{ask: oracle, layouts: {presets: ovmf-q35}, axes: {policy: [sdm]}, oracle: {command: "exit 3"}}';

/** Another program that never answers. */
const HANGS =
  '{ask: oracle, layouts: {presets: ovmf-q35}, axes: {policy: [sdm]}, oracle: {command: "cat >/dev/null", timeout: 50ms}}';

let folder = '';
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-sweep-'));
  for (const [name, text] of Object.entries({ pages: PAGES, compare: COMPARE, dead: DEAD, hangs: HANGS })) {
    writeFileSync(path(`${name}.yaml`), text);
  }
  expect(eptsweep(['sweep', 'run', path('pages.yaml'), '-o', path('whole')])).toMatchObject({ status: 0 });
  expect(eptsweep(['sweep', 'run', path('compare.yaml'), '-o', path('compare')])).toMatchObject({
    status: 1,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;
const blocks = (name: string): number => readdirSync(path(`${name}/blocks/00`)).length;

describe('sweep run', () => {
  it('ends with the digest, which a second run prints without computing anything', async () => {
    const again = await inProcess(['sweep', 'run', path('pages.yaml'), '-o', path('whole')]);
    expect(again).toMatchObject({ status: 0, stderr: '' });
    const { digest } = JSON.parse(readFileSync(path('whole/summary.json'), 'utf8'));
    expect(lastLine(again.stdout)).toBe(`digest ${digest}`);
  });

  it('goes on from the folder alone', async () => {
    const { status, stdout } = await inProcess(['sweep', 'run', path('compare'), '-o', path('compare')]);
    expect(status).toBe(1);
    expect(stdout).toContain('findings: ');
  });

  it('gives the same summary and digest for the only shard of one as for threads', async () => {
    const args = ['sweep', 'run', path('compare.yaml'), '-o', path('shard')];
    const [sharded, threads] = [
      eptsweep([...args, '--shard', '0/1']),
      await inProcess(['sweep', 'run', path('compare.yaml'), '-o', path('compare'), '--threads', '2']),
    ];
    expect(sharded).toMatchObject({ status: 1, stdout: threads.stdout });
    expect(lastLine(sharded.stdout)).toMatch(/^digest [0-9a-f]{64}$/);
    expect(readFileSync(path('shard/summary.json'), 'utf8')).toBe(
      readFileSync(path('compare/summary.json'), 'utf8'),
    );
  });

  it('gives the same summary in one thread, and for shards that are merged', async () => {
    const run = (name: string, ...args: string[]) =>
      eptsweep(['sweep', 'run', path('pages.yaml'), '-o', path(name), '--threads', '1', ...args]);
    const count = blocks('whole');
    expect(run('a', '--shard', '0/2')).toMatchObject({ status: 0 });
    expect(run('b', '--blocks', `1-${count - 1}`)).toMatchObject({ status: 0 });
    expect(blocks('a')).toBe(Math.ceil(count / 2));
    const merged = await inProcess(['sweep', 'merge', path('a'), path('b'), '-o', path('merged')]);
    expect(merged).toMatchObject({ status: 0, stderr: `eptsweep sweep merge: ${count} blocks copied\n` });
    expect(readFileSync(path('merged/summary.json'), 'utf8')).toBe(
      readFileSync(path('whole/summary.json'), 'utf8'),
    );
  });

  it('takes its shard from a job array', async () => {
    const args = ['sweep', 'run', path('whole'), '-o', path('whole'), '--shard', 'auto'];
    const array = { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '1' };
    expect(await inProcess(args, { variables: array })).toMatchObject({ status: 0 });
    expect(await inProcess(args)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('auto: none of SLURM_ARRAY_TASK_ID'),
    });
  });

  it('says failures, ends with 3, and retry lets them begin anew', async () => {
    const failed = eptsweep(['sweep', 'run', path('dead.yaml'), '-o', path('dead end'), '--threads', '1']);
    expect(failed.status).toBe(3);
    expect(failed.stderr).toMatch(
      /^eptsweep sweep run: block 0 failed 3 times, last on .*: the oracle gave no answer/,
    );
    const status = await inProcess(['sweep', 'status', path('dead end')]);
    expect(status.status).toBe(3);
    expect(status.stdout).toMatch(/\nfailed {4}1; eptsweep sweep retry .*\n {2}block 0, 3 starts, last on /);
    const inShell = `'${path('dead end')}'`;
    for (const text of [failed.stderr, status.stdout]) expect(text).toContain(`sweep retry ${inShell} lets`);
    expect(await inProcess(['sweep', 'retry', path('dead end'), '1'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('block 1 has not failed'),
    });
    expect(await inProcess(['sweep', 'retry', path('dead end')])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `^block 0 may begin anew: .*\\nto compute them: eptsweep sweep run ${inShell} -o ${inShell}\\n`,
        ),
      ),
    });
    expect(readdirSync(path('dead end/started'))).toEqual([]);
  });

  it('gives up a block whose oracle hangs, and says for how long', () => {
    const hung = eptsweep(['sweep', 'run', path('hangs.yaml'), '-o', path('hangs'), '--threads', '1']);
    expect(hung.status).toBe(3);
    expect(hung.stderr).toMatch(/^eptsweep sweep run: block 0 failed 3 times, .*: no answer within 50 ms/);
  });

  it('runs nothing where it is to say what it would take', async () => {
    const { status, stdout } = await inProcess([
      'sweep',
      'run',
      path('pages.yaml'),
      '-o',
      path('dry'),
      '--dry-run',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('blocks');
    expect(readdirSync(folder)).not.toContain('dry');
  });

  it('finishes what is in hand at a signal, prints the line that goes on, and goes on', async () => {
    const args = [
      'sweep',
      'run',
      path('pages.yaml'),
      '-o',
      path('cut'),
      '--threads',
      '1',
      '--progress',
      'json',
    ];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    // As soon as it has something in hand: the first line of progress may come when all is done.
    const look = setInterval(() => {
      if (!existsSync(path('cut/blocks/00')) || blocks('cut') === 0) return;
      clearInterval(look);
      child.kill('SIGINT');
    }, 5);
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(130);
    // None where it took less than the second after which programs are told.
    for (const line of stderr.split('\n').filter((text) => text.startsWith('{'))) {
      expect(JSON.parse(line)).toMatchObject({
        schema: 'eptsweep/progress@1',
        command: 'sweep run',
        unit: 'blocks',
        total: blocks('whole'),
        failed: 0,
      });
    }
    expect(lastLine(stderr)).toBe(
      `eptsweep sweep run: interrupted; to go on: eptsweep sweep run ${path('pages.yaml')} -o ${path('cut')}`,
    );
    expect(lastLine(stdout)).toMatch(/^digest [0-9a-f]{64}/);
    expect(blocks('cut')).toBeLessThan(blocks('whole'));
    expect(eptsweep(args)).toMatchObject({ status: 0 });
    expect(readFileSync(path('cut/summary.json'), 'utf8')).toBe(
      readFileSync(path('whole/summary.json'), 'utf8'),
    );
  });

  it.each([
    [
      'an edited spec',
      ['compare.yaml', 'whole'],
      /whole holds another campaign .*: the spec or a file of it was edited/,
    ],
    ['two choices of blocks', ['pages.yaml', 'whole', '--shard', '0/2', '--blocks', '1'], /not both$/m],
    [
      'blocks of a queue',
      ['pages.yaml', 'whole', '--queue', 'redis://h', '--blocks', '1'],
      /--queue hands out all/,
    ],
    ['nobody who computes', ['pages.yaml', 'whole', '--threads', '0'], /--threads 0 is for --queue/],
    [
      'blocks that there are not',
      ['pages.yaml', 'whole', '--blocks', '999'],
      /^eptsweep sweep run: --blocks: the last block is \d+, got 999/,
    ],
    [
      'a shard that cannot be',
      ['pages.yaml', 'whole', '--shard', '3/2'],
      /^eptsweep sweep run: --shard: expected i\/n with 0 <= i < n, got 3\/2/,
    ],
    [
      'a queue of an unknown kind',
      ['pages.yaml', 'whole', '--queue', 'amqp://h'],
      /expected redis:\/\/HOST:PORT/,
    ],
  ])('refuses %s in one line', async (_what, [spec = '', target = '', ...args], message) => {
    const run = await inProcess(['sweep', 'run', path(spec), '-o', path(target), ...args]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('names the packages of a queue where they are not installed', async () => {
    const run = await inProcess([
      'sweep',
      'run',
      path('pages.yaml'),
      '-o',
      path('whole'),
      '--queue',
      'redis://h:1',
    ]);
    expect(run).toMatchObject({
      status: 2,
      stderr:
        'eptsweep sweep run: --queue needs the package ioredis: npm install --ignore-scripts bullmq@6 ioredis@6\n',
    });
  });

  it('says that a folder cannot be written, and ends with 3', async () => {
    writeFileSync(path('file'), '');
    const run = await inProcess(['sweep', 'run', path('pages.yaml'), '-o', path('file/inner')]);
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(
      /^eptsweep sweep run: .*file\/inner\/.*: (not a directory|a file stands where .*)\n$/,
    );
  });
});

describe('sweep work', () => {
  it('needs a folder that a run has made', async () => {
    const run = await inProcess(['sweep', 'work', '--queue', 'redis://h', '-o', path('nowhere')]);
    expect(run).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nowhere: no campaign.lock.json'),
    });
  });
});

describe('sweep sql', () => {
  it('answers from the tables', async () => {
    const query =
      'select policy, count(*) as n, typeof(any_value(point)) as type from findings group by policy';
    const { status, stdout } = await inProcess(['sweep', 'sql', path('compare'), query, '-f', 'csv']);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^policy,n,type\nkvm-5\.16,\d+,UBIGINT\n$/),
    });
  });

  it('has macros for pages and addresses', async () => {
    const query = 'select pages(655360, 786431) as pages, address(655360) as at';
    const { stdout } = await inProcess(['sweep', 'sql', path('compare'), query, '-f', 'ndjson']);
    expect(JSON.parse(stdout)).toEqual({ pages: 32, at: '0xa0000' });
  });

  it('says in a line what is wrong with a question, and what was not kept', async () => {
    const { status, stderr } = await inProcess(['sweep', 'sql', path('whole'), 'select * from spans']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^eptsweep sweep sql: Catalog Error: .*spans.* \(of points, .* nothing was kept in .*\)\n$/,
    );
  });
});
