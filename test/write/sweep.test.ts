/** What a campaign found, in each format. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { resultDigest } from '../../src/sweep/index.ts';
import { SUMMARY_FORMATS, type SummaryFormat, summaryOutput } from '../../src/write/sweep/output.ts';
import { sweepSummarySchema } from '../../src/write/sweep/schema.ts';
import type { SummaryReport } from '../../src/write/sweep/summary.ts';
import { ran } from '../sweep/run.ts';

const SPECS = {
  compare:
    '{ask: compare, want: mtrr, layouts: {random: {count: 400, ranges: 1..4}}, axes: {policy: [kvm-5.16, kvm-6.7], cr0cd: [false, true]}, smallest: 2, keep: none}',
  totals: '{ask: totals, layouts: {presets: all}, axes: {policy: [sdm, kvm-5.16]}}',
  check: '{ask: check, layouts: {presets: all}}',
  pages: '{ask: pages, layouts: {presets: thinkpad-t400}, axes: {policy: [kvm-5.16]}}',
} as const;

async function reportOf(text: string): Promise<SummaryReport> {
  const { campaign, counters, summary } = await ran(text);
  const digest = await resultDigest(campaign, counters);
  return {
    campaign,
    summary,
    blocks: campaign.blocks,
    source: 'a spec.yaml',
    name: undefined,
    resultDigest: digest,
  };
}

const written = (report: SummaryReport, format: SummaryFormat) =>
  [...summaryOutput(report, format, { colour: false, width: 800 })].join('\n');

describe.each(Object.entries(SPECS))('a summary of %s', (ask, text) => {
  let report: SummaryReport;
  beforeAll(async () => {
    report = await reportOf(text);
  });

  it('is JSON by its schema', () => {
    const document = JSON.parse(written(report, 'json'));
    const { $defs, ...schema } = sweepSummarySchema();
    const isValid = new Ajv2020({ strictTypes: false }).compile({ ...schema, ...($defs && { $defs }) });
    expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true);
    expect(isValid({ ...document, unheardOf: 1 })).toBe(false);
    expect(document).toMatchObject({ schema: 'eptsweep/sweep-summary@2', ask, digest: report.resultDigest });
  });

  it('is a table that ends with its digest', () => {
    const lines = written(report, 'table').split('\n');
    expect(lines[0]).toMatch(/^a spec\.yaml: /);
    const { points, states } = report.summary;
    const counts = [
      points === 1n ? '1 point' : `${points.toLocaleString('en')} points`,
      states === 1n ? '1 state of a vCPU' : `${states.toLocaleString('en')} states of vCPUs`,
    ];
    expect(lines[1]).toBe(`${counts.join(', ')} answered`);
    expect(lines.at(-1)).toBe(`digest ${report.resultDigest}`);
  });

  it('is Markdown with a table below each heading', () => {
    const text = written(report, 'markdown');
    expect(text).toMatch(/^## a spec\.yaml: /);
    for (const [, below] of text.matchAll(/^### (?!smallest).*\n\n(.*)$/gm)) expect(below).toMatch(/^\|/);
  });

  it('is a picture', () => {
    const text = written(report, 'svg');
    expect(text).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    expect(text).toContain(report.resultDigest);
  });
});

describe('a summary of compare', () => {
  it('draws shares of the points, by axis and by number of ranges', async () => {
    const text = written(await reportOf(SPECS.compare), 'svg');
    expect(text).toContain('A bar of the whole width: 100 %.');
    expect(text).toContain('2 ranges: ');
    const widths = [...text.matchAll(/class="cell"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(Math.max(...widths)).toBeLessThan(720);
    expect(widths.length).toBeGreaterThan(2);
  });

  it('names the smallest findings with the lines that show them', async () => {
    const lines = written(await reportOf(SPECS.compare), 'table').split('\n');
    const at = lines.indexOf('smallest findings');
    expect(lines.slice(at + 1, at + 3)).toEqual([
      'point 484: 2 ranges, 32,768 pages (128M): UC>WB 32768',
      "  eptsweep sweep show 'a spec.yaml' 484 | eptsweep diff - --against policy:sdm --want mtrr",
    ]);
  });

  it('has a row a combination, a value of an axis, and a number of ranges', async () => {
    const text = written(await reportOf(SPECS.compare), 'table');
    expect(text).toMatch(/^policy kvm-6\.7, cr0cd true +400 /m);
    expect(text).toMatch(/^by cr0cd\ncr0cd +compared +differ +share +pages +memory\nfalse +800 /m);
    expect(text).toMatch(/^ +1 +\d+ +0 +0\.0 % +0 +0$/m);
    expect(text).toMatch(/^UC -> WB +[\d,]+/m);
  });
});

it('has no format that nobody tries', () => {
  expect(SUMMARY_FORMATS).toEqual(['table', 'json', 'markdown', 'svg']);
});
