import { describe, expect, it } from 'vitest';
import { replayLayout, stepAt, stepX } from '../../../web/draw/replay-layout.ts';
import { paintReplay, stepText } from '../../../web/draw/replay-paint.ts';
import { THEMES } from '../../../web/draw/theme.ts';
import type { ReplayedStep } from '../../../web/worker/protocol.ts';
import { RecordingPainter } from './recording-painter.ts';

const THEME = THEMES.light;

function step(more: Partial<ReplayedStep>): ReplayedStep {
  const counts = { disagree: 0, installed: 0, replaced: 0, foreign: 0 };
  return { kind: 'touch', text: 'touches 0x0-0xfff', verdict: 'done', ...counts, ...more };
}

const STEPS: readonly ReplayedStep[] = [
  step({ vcpu: 0, kind: 'wrmsr', text: 'wrmsr IA32_MTRR_DEF_TYPE = 0xc06' }),
  step({ vcpu: 1, disagree: 0x100, zap: { reason: 'MTRRs', entries: 3, pages: 512 } }),
  step({ vcpu: 1, kind: 'wrmsr', text: 'wrmsr 0x2ff = 0x7', verdict: '#GP' }),
  step({ kind: 'report', stalePages: 0x200, foreignPages: 0 }),
  step({ vcpu: 0 }),
];
const MODEL = { vcpus: [0, 1], steps: STEPS };

function painted(width: number, model = MODEL, at?: number): RecordingPainter {
  const painter = new RecordingPainter();
  paintReplay(painter, THEME, replayLayout(model, { width }), at);
  return painter;
}

describe('a replay', () => {
  const layout = replayLayout(MODEL, { width: 1000 });

  it('has a row a vCPU and one for the VM, each event in its step', () => {
    expect(layout.events.map(({ title, steps }) => [title, steps])).toEqual([
      ['vCPU 0', [0, 4]],
      ['vCPU 1', [1, 2]],
      ['VM', [3]],
    ]);
    expect(painted(1000).words).toEqual(expect.arrayContaining(['W', 'T', 'R', 'vCPU 0']));
  });

  it('keeps one row for the vCPUs that there is no room for', () => {
    const vcpus = Array.from({ length: 100_000 }, (_, id) => id);
    const many = replayLayout({ vcpus, steps: [step({ vcpu: 99_999 })] }, { width: 1000 });
    expect(many.events).toHaveLength(16);
    expect(many.events.at(-1)).toMatchObject({ title: '99985 further vCPUs', steps: [0] });
  });

  it('keeps a value until a step says another', () => {
    const stale = layout.series.find(({ series }) => series === 'stale')!;
    expect(stale.columns).toEqual([0, 0, 0, 0x200, 0x200]);
    expect(stale.peak).toBe(0x200);
    expect(painted(1000).words).toContain('up to 2M');
  });

  it('shows the peak of a column of many steps', () => {
    const steps = Array.from({ length: 5000 }, (_, k) => step({ disagree: k === 2500 ? 7 : 0 }));
    const { series } = replayLayout({ vcpus: [0], steps }, { width: 400 });
    expect(Math.max(...series[0]!.columns)).toBe(7);
    expect(series[0]!.columns.length).toBeLessThan(400);
  });

  it('marks zaps by dotted lines and what is refused by a triangle', () => {
    const { paths } = painted(1000);
    expect(paths.filter(({ style }) => style.dash?.length === 2)).toHaveLength(1);
    expect(paths.filter(({ style }) => style.fill === THEME.fault)).toHaveLength(1);
  });

  it('finds the step below a pixel, and marks the one that is looked at', () => {
    for (const k of STEPS.keys()) expect(stepAt(layout, stepX(layout, k) + 1)).toBe(k);
    expect(stepAt(layout, -10)).toBe(0);
    expect(stepAt(layout, 5000)).toBe(4);
    expect(painted(1000, MODEL, 2).words).toContain('3 of 5');
  });

  it.each([1600, 1024, 400, 320])('keeps its words apart and inside %i pixels', (width) => {
    expect(painted(width, MODEL, 1).crowded(width)).toEqual([]);
  });

  it('says a step in a sentence', () => {
    expect(stepText(STEPS[1]!)).toBe(
      'vCPU 1: touches 0x0-0xfff; 3 entries zapped (MTRRs); vCPUs disagree on 1M',
    );
    expect(stepText(STEPS[2]!)).toBe('vCPU 1: wrmsr 0x2ff = 0x7: #GP');
    expect(stepText(STEPS[3]!)).toMatch(/^VM: /);
  });
});
