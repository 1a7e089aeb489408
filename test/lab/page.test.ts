/** The report in words, and the table of docs/lab.md. */
import { describe, expect, it } from 'vitest';
import { pageWith } from '../../lab/report/page.ts';
import type { LabReport } from '../../lab/report/report.ts';
import { markdownLines, textLines } from '../../lab/report/text.ts';

const REPORT: LabReport = {
  kernel: '6.1',
  version: '6.1.192',
  policy: 'kvm-6.1.192',
  row: 'kvm-4.7',
  processor: 'Intel',
  seed: 1,
  scenario: undefined,
  guests: 60,
  whole: 60,
  seconds: 300,
  verdicts: { compared: 1176, agreed: 1176 },
  leaves: { compared: 3633, agreed: 3633 },
  steps: { compared: 903, agreed: 903 },
  replacements: [],
  departures: [],
  stepsAfter: 0,
  reached: [
    { kind: 'leaf 4K', count: 1200, possible: true },
    { kind: 'leaf 2M', count: 0, possible: true },
    { kind: 'zap by DMA', count: 0, possible: false },
  ],
  smallest: undefined,
  suspects: [],
  left: [],
  broken: undefined,
};
const PAGE = 'before\n<!-- written by npm run lab -- --page: begin -->\n\n<!-- end -->\nbehind\n';

describe('the table of the page', () => {
  it('gets a row a kernel and seed, in order, and the last word of each', () => {
    const first = pageWith(PAGE, { ...REPORT, version: '6.12.117' });
    const second = pageWith(first, REPORT);
    const third = pageWith(second, { ...REPORT, steps: { compared: 10, agreed: 9 } });
    expect(third.split('\n').filter((line) => line.startsWith('| 6'))).toEqual([
      '| 6.1.192 | kvm-4.7 | 60, seed 1 | 1,176 of 1,176 | 3,633 of 3,633 | 9 of 10 | 0 |',
      '| 6.12.117 | kvm-4.7 | 60, seed 1 | 1,176 of 1,176 | 3,633 of 3,633 | 903 of 903 | 0 |',
    ]);
    expect(third).toMatch(/^before\n[\s\S]*\nbehind\n$/);
  });
  it('needs a place', () => {
    expect(() => pageWith('nothing', REPORT)).toThrow('no place for the table');
  });
});

describe('the report', () => {
  const departure = {
    guest: 'seed-1-3',
    step: 7,
    event: 'DMA starts',
    question: 'left',
    what: '0x1000 (1 page) is left, though the model zaps it',
    expected: 'nothing',
    found: '4K WB',
  } as const;

  it('is a table where all agrees', () => {
    expect([...textLines(REPORT)]).toEqual([
      'kernel 6.1: 6.1.192',
      'model kvm-6.1.192 (row kvm-4.7); seed 1, 60 guests',
      '',
      'question        compared   agrees  departs',
      'WRMSR verdicts     1,176    1,176        0',
      'leaf entries       3,633    3,633        0',
      'steps                903      903        0',
      '',
      'reached       count',
      'leaf 4K       1,200',
      'not reached: leaf 2M',
      'nothing there to reach: zap by DMA',
    ]);
  });

  it('names where the kernel departs, the rule behind it, and why a run broke off', () => {
    const suspects = [{ rule: 'dmaZap=none', left: 0 }];
    const report = { ...REPORT, whole: 3, departures: [departure], suspects, broken: 'Bochs stopped' };
    for (const lines of [[...textLines(report)], [...markdownLines(report)]]) {
      const text = lines.join('\n');
      expect(text).toContain('60 guests, 3 of them to their end');
      expect(text).toContain('broke off: Bochs stopped');
      expect(text).toContain('seed-1-3 step 7 (DMA starts):\n    0x1000 (1 page) is left, though');
      expect(text).toContain('zaps it; model: nothing; kernel: 4K WB\n');
      expect(text).toContain('all of it is explained by dmaZap=none');
    }
  });
});
