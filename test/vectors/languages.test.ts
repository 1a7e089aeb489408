import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, type Evaluator } from '../../src/engine/index.ts';
import { serve } from '../../src/oracle/index.ts';
import { policy } from '../../src/policy/index.ts';
import { typeName } from '../../src/types.ts';
import { combinationRows, pageTables, RULE_IDS, RULES, verdictRows } from '../../src/vectors/index.ts';
import { ENGINE_NAMES } from '../../src/vm/index.ts';
import { cLines } from '../../src/write/vectors/c.ts';
import { rustLines } from '../../src/write/vectors/rust.ts';
import type { GoldenTables } from '../../src/write/vectors/tables.ts';
import { inProcess } from '../cli/program.ts';

let evaluators: readonly Evaluator[];
beforeAll(() => {
  evaluators = ENGINE_NAMES.map((engine) => createEvaluatorSync({ engine }));
});
afterAll(() => {
  for (const one of evaluators) one.dispose();
});

function golden(name: string): GoldenTables {
  const from = { seed: 5n, policy: policy(name), evaluators };
  return {
    seed: 5n,
    policy: policy(name),
    engines: ENGINE_NAMES,
    command: 'eptsweep vectors */',
    pages: [...pageTables(from, 9, 6)],
    wrmsr: [...verdictRows(from, 7)],
    pat: combinationRows(from),
  };
}

const countOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe.each(['sdm', 'kvm-6.8', 'peer-xen'])('of %s', (name) => {
  it('C has every row, and counts that are theirs', () => {
    const tables = golden(name);
    const text = [...cLines(tables)].join('\n');
    const rows = [...tables.pages!].flatMap((one) => one.rows);
    expect(text).toContain(`#define EPTSWEEP_LAYOUTS 9u`);
    expect(text).toContain(`#define EPTSWEEP_PAGES ${rows.length}u`);
    expect(text).toContain('#define EPTSWEEP_WRMSRS 7u');
    expect(text).toContain('#define EPTSWEEP_COMBINATIONS 30u');
    const [, pages = ''] = /eptsweep_pages\[\] = \{\n([^}]*(?:\}[^;][^}]*)*)\};/.exec(text)!;
    expect(countOf(pages, /^\t\{ 0x/gm)).toBe(rows.length);
    for (const id of RULE_IDS) expect(text).toContain(JSON.stringify(RULES[id].says));
    // The command cannot end the comment that it stands in.
    expect(text.split('*/')[1]).toContain('eptsweep vectors * /');
  });

  it('Rust has every row', () => {
    const tables = golden(name);
    const text = [...rustLines(tables)].join('\n');
    const rows = [...tables.pages!].flatMap((one) => one.rows);
    expect(countOf(text, /^ {4}Layout \{$/gm)).toBe(9);
    expect(countOf(text, /Page \{ gfn/g)).toBe(rows.length);
    expect(countOf(text, /Wrmsr \{ maxphyaddr/g)).toBe(7);
    for (const id of RULE_IDS) expect(text).toContain(JSON.stringify(RULES[id].source));
  });
});

describe('eptsweep vectors', () => {
  it('writes tables that are asked for alone', async () => {
    const { status, stdout } = await inProcess(['vectors', '--tables', 'pat,wrmsr', '--count', '3']);
    expect(status).toBe(0);
    const [head, ...lines] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { table: string; command: string });
    expect(head!.command).toBe(
      'eptsweep vectors --policy sdm --seed 1 --count 3 --pages 12 --tables wrmsr,pat -f ndjson',
    );
    expect(lines.filter(({ table }) => table === 'wrmsr')).toHaveLength(12);
    expect(lines.filter(({ table }) => table === 'pat')).toHaveLength(30);
    expect(lines).toHaveLength(42);
  });

  it('says again what its own head says', async () => {
    const first = await inProcess(['vectors', '--count', '2', '--policy', 'kvm-6.8', '--seed', '0x9']);
    const { command } = JSON.parse(first.stdout.split('\n')[0]!) as { command: string };
    const again = await inProcess(command.split(' ').slice(1));
    expect(again.stdout).toBe(first.stdout);
  });

  it.each([
    [['--tables', 'page'], '"page" is none of pages, wrmsr, pat'],
    [['--count', '0'], 'expected an integer 1..1000000'],
    [['--pages', '101'], 'expected an integer 1..100'],
    [['--seed', '-1'], 'expected an integer 0..'],
    [['-f', 'go'], 'Allowed choices are ndjson, c, rust'],
  ])('%s: %s', async (args, problem) => {
    const { status, stdout, stderr } = await inProcess(['vectors', ...args]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(problem);
  });

  it('gives layouts that the oracle takes, and answers as the rows do', async () => {
    const { stdout } = await inProcess([
      'vectors',
      '--count',
      '20',
      '--policy',
      'kvm-5.16',
      '--tables',
      'pages',
    ]);
    const lines = stdout.trim().split('\n').slice(1);
    let asked = 0;
    for (const line of lines) {
      const { layout, rows } = JSON.parse(line) as {
        layout: Record<string, unknown>;
        rows: readonly { gfn: string; type: string; ipat: boolean }[];
      };
      for (const { gfn, type, ipat } of rows.slice(0, 3)) {
        const range = [gfn, `0x${(BigInt(gfn) + 1n).toString(16)}`];
        const request = JSON.stringify({ id: asked, want: 'ept', ...layout, range });
        const replies: string[] = [];
        const input = (async function* () {
          yield Buffer.from(`${request}\n`);
        })();
        for await (const text of serve(evaluators[0]!, input)) replies.push(text);
        const { spans } = JSON.parse(replies.join('')) as { spans: [string, string, number, number][] };
        expect([typeName(spans[0]![2]), spans[0]![3]]).toEqual([type, ipat ? 1 : 0]);
        asked++;
      }
    }
    expect(asked).toBe(60);
  });
});
