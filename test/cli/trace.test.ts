import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/registry.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { generateTrace } from '../trace/generate.ts';
import { eptsweep, inProcess, runLine, withFiles } from './program.ts';

const GUEST = 'examples/trace/guest.yaml';
const TRACE = 'examples/trace/guest.ftrace';

interface Found {
  readonly policy: string;
  readonly best?: readonly string[];
  readonly wrongEntries: number;
  readonly outside: string | null;
  readonly smm: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly truncated: { readonly count: number; readonly firstLine?: number };
  readonly causes: readonly { readonly id: string; readonly entries: number }[];
  readonly first: {
    readonly line: number;
    readonly gfn: string;
    readonly causes: readonly string[];
    readonly why: readonly string[];
  } | null;
  readonly stretches: readonly {
    readonly start: string;
    readonly pages: number;
    readonly causes: string;
    readonly line: number;
  }[];
}

async function found(...args: string[]): Promise<Found & { readonly status: number | null }> {
  const { stdout, status } = await inProcess(['trace', ...args, '-f', 'json']);
  return { ...(JSON.parse(stdout) as Found), status };
}

describe('trace', () => {
  it('names what is wrong first, and sums up by cause', async () => {
    const report = await found(GUEST, TRACE);
    expect(report).toMatchObject({
      status: 1,
      policy: { name: 'kvm-5.13' },
      best: [{ name: 'kvm-5.13' }, { name: 'kvm-6.0' }, { name: 'kvm-6.7' }],
      wrongEntries: 3,
      smm: 1,
      kinds: { leaf: 12, nonLeaf: 2, notPresent: 1, removed: 1, mmio: 1 },
      first: { line: 15, gfn: 0xe0001, causes: ['type'] },
    });
    expect(report.first!.why.join('\n')).toContain('#0 UC 0xc0000000-0xffffffff');
    expect(report.causes).toMatchObject([
      { id: 'type', entries: 2 },
      { id: 'ipat', entries: 1 },
    ]);
    expect(report.stretches).toMatchObject([
      { first: 0xe0001000, pages: 2, causes: 'type', line: 15 },
      { first: 0x140200000, pages: 512, causes: 'ipat', line: 21 },
    ]);
  });

  it('says the same in every format', async () => {
    const table = await inProcess(['trace', GUEST, TRACE, '--policy', 'kvm-6.8']);
    expect(table.status).toBe(1);
    expect(table.stdout).toContain(`${TRACE}:15: GPA 0xe0001000`);
    expect(table.stdout).toContain(
      'more: eptsweep explain examples/trace/guest.yaml 0xe0001000 --policy kvm-6.8',
    );
    expect(table.stdout.trimEnd()).toMatch(/3 entries WRONG under kvm-6.8$/);
    const csv = await inProcess(['trace', GUEST, TRACE, '--policy', 'kvm-6.8', '-f', 'csv', '--limit', '1']);
    expect(csv.stdout.trim().split('\n')).toHaveLength(2);
    expect(csv.stderr).toContain('eptsweep trace: 1 more stretch than were written; --limit writes them\n');
    const ndjson = await inProcess(['trace', GUEST, TRACE, '--policy', 'kvm-6.8', '-f', 'ndjson']);
    expect(
      ndjson.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).line),
    ).toEqual([undefined, 15, 21]);
    const markdown = await inProcess(['trace', GUEST, TRACE, '--policy', 'kvm-6.8', '-f', 'md']);
    expect(markdown.stdout).toContain('| 0xe0001000 |');
  });

  it('reads mails, tables and what is outside', async () => {
    expect(await found(GUEST, 'examples/trace/mail.txt', '--policy', 'kvm-6.8')).toMatchObject({
      status: 0,
      wrongEntries: 0,
    });
    expect(await found(GUEST, 'examples/trace/table.csv', '--policy', 'sdm')).toMatchObject({
      status: 1,
      wrongEntries: 1,
    });
    expect(await found(GUEST, 'examples/trace/amd.txt')).toMatchObject({
      status: 2,
      outside: 'nested-paging',
      wrongEntries: 0,
      stretches: [],
    });
  });

  it('holds a table against a peer', async () => {
    const { status, first } = await found(GUEST, 'examples/trace/table.csv', '--policy', 'peer-hyperdbg');
    expect(status).toBe(1);
    expect(first).toMatchObject({ line: 5, causes: ['type'] });
  });

  it('finds exactly the one entry that is wrong, whatever reads it', async () => {
    const init = {
      maxphyaddr: 40,
      noncoherentDma: true,
      msrs: { 0x200: 0xc0000000n, 0x201: 0xffc0000800n, 0x2ff: 0x806n },
    };
    const config =
      '{maxphyaddr: 40, noncoherentDma: true, msrs: {0x200: 0xc0000000, 0x201: 0xffc0000800, 0x2ff: 0x806}}';
    const engine = createEngine('auto');
    const view = engine.open(
      vcpu({ ...init, slots: [{ gfn: 0xbff00, count: 0x8000, pfn: 0xbff00 }] }),
      policy('kvm-6.8'),
    );
    const trace = Buffer.concat([
      ...generateTrace({ view, lines: 40_000, wrong: { line: 31_111, bits: 0x20n } }),
    ]);
    engine.dispose();
    await withFiles({ 'guest.yaml': config, trace: trace.toString('latin1') }, async (folder) => {
      for (const policyArguments of [['--policy', 'kvm-6.8'], []]) {
        const report = await found(`${folder}/guest.yaml`, `${folder}/trace`, ...policyArguments);
        expect(report).toMatchObject({
          status: 1,
          wrongEntries: 1,
          first: { line: 31_111 },
          truncated: { count: 0 },
        });
        expect(report.stretches).toHaveLength(1);
      }
    });
  });

  it('counts lines that are cut off and goes on', async () => {
    const lines = readFileSync(TRACE, 'latin1').split('\n');
    const cut = [...lines.slice(0, 8), lines[8]!.slice(0, 90), ...lines.slice(9)].join('\n');
    await withFiles({ cut }, async (folder) => {
      const args = ['trace', GUEST, `${folder}/cut`, '--policy', 'kvm-6.8', '-f', 'json'];
      const { stdout, stderr, status } = await inProcess(args);
      expect(JSON.parse(stdout)).toMatchObject({ wrongEntries: 3, truncated: { count: 1, firstLine: 9 } });
      expect(stderr).toContain(`${folder}/cut:9: `);
      expect(status).toBe(1);
    });
  });

  it.each([
    [['trace', GUEST], "missing required argument 'file'"],
    [['trace'], "missing required argument 'config'"],
    [['trace', '-', '-'], 'cannot both be standard input'],
    [['trace', GUEST, 'nowhere.txt'], 'nowhere.txt: no such file or directory'],
    [['trace', GUEST, 'examples'], 'is a directory'],
    [['trace', GUEST, GUEST], 'guest.yaml: holds nothing that looks like EPT entries'],
    [['trace', GUEST, GUEST, '--trace-from', 'csv'], 'guest.yaml:3: cut off or unreadable'],
    [['trace', GUEST, TRACE, '--trace-from', 'jsonl'], 'the file holds no whole EPT entry'],
    [['trace', GUEST, TRACE, '--trace-from', 'nothing'], 'Allowed choices are perf'],
    [['trace', GUEST, TRACE, '--vcpu', '9'], 'no vCPU "9"'],
    [['trace', GUEST, TRACE, '--host-phys-bits', '99'], 'expected a number 32..52'],
    [['trace', GUEST, '--decode', '0x1'], '--decode takes a line and nothing else'],
    [['trace', '--decode', 'kvm_mmu_set_spte: gfn 1'], 'cut off or unreadable'],
    [['trace', '--decode', 'hello'], 'holds nothing that looks like EPT entries'],
    [['trace', '--decode', '0x1', '-f', 'csv'], '--decode prints table, json or ndjson'],
    [['trace', 'thinkpad-t999', TRACE], 'no such file, and no preset'],
    [['trace', GUEST, TRACE, '--policy', 'peer-xen'], 'use --policy peer-xen-ept'],
    [
      ['trace', 'snp-guest', TRACE, '--policy', 'kvm-6.18'],
      'snp-guest has an AMD host, whose nested page tables carry no memory type',
    ],
    [['trace', 'snp-guest', TRACE], 'eptsweep map --want levels,leaf'],
  ])('%j ends with 2 and one line', async (args, message) => {
    const { status, stderr, stdout } = await inProcess(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('has nothing to say where only other events were recorded', async () => {
    const other = '# tracer: nop\n a-1 [000] ....  1.0: kvm_exit: vcpu 0 reason HLT\n';
    await withFiles({ other }, async (folder) => {
      const { status, stderr } = await inProcess(['trace', GUEST, `${folder}/other`]);
      expect(status).toBe(2);
      expect(stderr).toContain('holds no EPT entry (2 lines, 1 other events): record the events of kvmmmu');
    });
  });

  it('takes one entry apart', async () => {
    const { stdout } = await inProcess(['trace', '--decode', '0x600000012200bf3@2']);
    expect(stdout).toBe(
      '2M, 0x600000012200bf3: R W, WB, IPAT, 2M page, A, D, MMU-present, host-writable, MMU-writable, host frame 0x12200\n',
    );
    const old = await inProcess(['trace', '--decode', '0x12345f77@1', '--policy', 'kvm-5.12']);
    expect(old.stdout).toContain('host-writable, MMU-writable');
    expect(old.stdout).not.toContain('assumed');
    const next = await inProcess(['trace', '--decode', '80a0000012345f77@1', '--policy', 'kvm-7.2']);
    expect(next.stdout).toContain('host-writable, MMU-writable');
    expect(next.stdout).toMatch(/^assumed: 7\.2 is taken to decide as 7\.1\.5/m);
    const json = await inProcess(['trace', '--decode', '86000080a5669b37', '-f', 'ndjson']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'eptsweep/entry@2',
      type: 'WB',
      ipat: false,
      suppressVe: true,
    });
  });

  it('reads standard input, and a config from it', () => {
    const trace = readFileSync(TRACE, 'latin1');
    expect(eptsweep(['trace', GUEST, '-', '--policy', 'kvm-6.8'], trace).status).toBe(1);
    const config = '{maxphyaddr: 46, noncoherentDma: true, msrs: {0x2ff: 0x806}}';
    const { status, stdout } = eptsweep(
      ['trace', '-', 'examples/trace/mail.txt', '--policy', 'kvm-6.16'],
      config,
    );
    expect(stdout).toContain('memory everywhere: the config states no slots');
    expect(status).toBe(1);
  });

  it('runs the examples of its help', async () => {
    const { stdout } = await inProcess(['trace', '--help']);
    const examples = stdout.split('\n').filter((line) => line.startsWith('  $ '));
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples)
      expect(await runLine(example.slice(4)), example).toMatchObject({ status: 0, stderr: '' });
  });
});
