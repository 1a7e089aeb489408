/** `eptsweep replay --trace`: answers in every format, exit codes, and what is said of traces that break off. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProcess, withFiles } from './program.ts';

const SCENARIO = 'examples/trace/live.yaml';
const TRACE = 'examples/trace/live.ftrace';
const OTHER = ['--policy', 'kvm-6.1.192+dmaZap=all'];

const run = (...args: string[]) => inProcess(['replay', ...args]);

describe('replay --trace', () => {
  it('agrees with what a live kernel did', async () => {
    const { stdout, stderr, status } = await run(SCENARIO, '--trace', TRACE);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('12 of 12 steps judged');
    expect(stdout).toContain('agrees: 12 steps, 6 leaf entries bit for bit');
  });

  it('names the first step at which it departs, and explains the page', async () => {
    const { stdout, status } = await run(SCENARIO, '--trace', TRACE, ...OTHER);
    expect(status).toBe(1);
    expect(stdout).toContain('departs     step 2 (examples/trace/live.ftrace:14): non-coherent DMA stops');
    expect(stdout).toContain('0xfe000000-0xfe1fffff (2M) is left, though the model zaps it');
    expect(stdout).toContain('before: 2M UC; model: nothing; trace: 2M UC');
    expect(stdout).toContain('guest MTRR');
  });

  it('says the same as JSON, JSON lines and Markdown', async () => {
    const json = await run(SCENARIO, '--trace', TRACE, ...OTHER, '--json');
    const document = JSON.parse(json.stdout);
    expect(document).toMatchObject({
      schema: 'eptsweep/replay-trace@2',
      file: TRACE,
      format: 'ftrace',
      events: 12,
      agrees: false,
      judged: 2,
      departs: 2,
    });
    expect(document.steps[1].departures[0]).toMatchObject({
      kind: 'left',
      first: 0xfe000000,
      last: 0xfe1fffff,
      before: [{ level: 2, type: 'UC', ipat: false }],
      expected: [],
    });
    const lines = (await run(SCENARIO, '--trace', TRACE, '-f', 'ndjson')).stdout.trim().split('\n');
    expect(lines).toHaveLength(14);
    expect(JSON.parse(lines.at(-1)!).summary).toMatchObject({ agrees: true, judged: 12, leaves: 6 });
    const markdown = await run(SCENARIO, '--trace', TRACE, '-f', 'markdown');
    expect(markdown.stdout).toContain('| 1 | vCPU 1: writes 0xfe000000 |');
  });

  it('keeps what was judged of a trace that is cut, with one line and exit code 3', async () => {
    const cut = readFileSync(TRACE, 'utf8').split('\n').slice(0, 14).join('\n');
    await withFiles({ 'cut.txt': cut }, async (folder) => {
      const { stdout, stderr, status } = await run(SCENARIO, '--trace', `${folder}/cut.txt`);
      expect(status).toBe(3);
      expect(stderr).toBe(
        `${folder}/cut.txt: the trace ends in step 2, which may not be whole and was not judged: give the whole trace of the whole scenario\n`,
      );
      expect(stdout).toContain('agrees as far as it was judged: 1 step, 4 leaf entries bit for bit');
    });
  });

  it('says which kernel it was where another was named', async () => {
    const { stderr, status } = await run(SCENARIO, '--trace', TRACE, '--policy', 'kvm-6.12');
    expect(status).toBe(3);
    expect(stderr).toContain('live.ftrace:9: entry 0x60000001901fb37 has');
    expect(stderr).toContain('releases 5.13 to 6.9');
  });

  it.each([
    [['--design', 'role'], '--design goes without it'],
    [['--every', '1'], '--every goes without it'],
    [['-f', 'svg'], '--trace is answered as table, json, ndjson, markdown, not svg'],
    [['-f', 'html'], 'not html'],
  ])('refuses %j', async (more, message) => {
    const { stderr, status } = await run(SCENARIO, '--trace', TRACE, ...more);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    ['examples/trace/table.csv', 'is a table of entries (csv), which has no steps'],
    ['examples/trace/none.txt', 'no such file'],
  ])('refuses %s', async (file, message) => {
    const { stderr, status, stdout } = await run(SCENARIO, '--trace', file);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });
});

describe('guestPages', () => {
  const scenario = (pages: string) =>
    `{vm: {maxphyaddr: 36, slots: [{base: 0, size: 1M}]}, policy: kvm-6.6, guestPages: ${pages}, events: [{fault: {vcpu: 0, gpa: 0x5000}}]}`;

  it.each([
    ['0x1000-0x2fff', 3],
    ['[0x1000-0x1fff, 0x3000-0x4fff]', 4],
  ])('%s are mapped with what the guest does', async (pages, installed) => {
    await withFiles({ 'own.yaml': scenario(pages) }, async (folder) => {
      const { stdout } = await run(`${folder}/own.yaml`, '--json');
      expect(JSON.parse(stdout).steps[0]).toMatchObject({ installed });
    });
  });

  it.each(['here', '0x1000-0x0', '[0x1000-0x1fff, x]', '0x10000000000-0x10000000fff'])(
    '%s is refused with its place',
    async (pages) => {
      await withFiles({ 'own.yaml': scenario(pages) }, async (folder) => {
        const { stderr, status } = await run(`${folder}/own.yaml`);
        expect(status).toBe(2);
        expect(stderr).toMatch(/own\.yaml:1:\d+: guestPages: /);
      });
    },
  );
});
