import { describe, expect, it } from 'vitest';
import { THEMES } from '../../../web/draw/theme.ts';
import { walkLayout } from '../../../web/draw/walk-layout.ts';
import { paintWalk } from '../../../web/draw/walk-paint.ts';
import { walkTargetAt, walkTargetText } from '../../../web/draw/walk-targets.ts';
import { WALKS } from './pictures.ts';
import { RecordingPainter } from './recording-painter.ts';

const THEME = THEMES.light;

function painted(width: number, walks = WALKS): RecordingPainter {
  const painter = new RecordingPainter();
  paintWalk(painter, THEME, walkLayout(walks, { width }));
  return painter;
}

describe('an EPT walk', () => {
  const layout = walkLayout(WALKS, { width: 1200 });

  it('has a strip a lane in every table on the way, from the root down', () => {
    expect(layout.levels.map(({ level }) => level)).toEqual([4, 3, 2, 1]);
    expect(layout.levels.every(({ strips }) => strips.length === 2)).toBe(true);
    expect(painted(1200).words).toEqual(expect.arrayContaining(['PML4', 'PDPT', 'PD', 'PT', 'kvm-5.16']));
  });

  it('has five tables where the space takes five', () => {
    const [walk] = WALKS;
    const root = { ...walk!.tables[0]!, level: 5, frames: 512 ** 4 } as const;
    expect(painted(1200, [{ ...walk!, tables: [root, ...walk!.tables] }]).words).toContain('PML5');
  });

  it('draws a leaf as one cell in the tables that it replaces', () => {
    const [, below] = layout.levels[3]!.strips;
    expect(below!.runs).toEqual([]);
    expect(painted(1200).words).toContain('one 2M leaf: WB');
  });

  it('opens a fan from the entry on the way to all of the table below', () => {
    const fans = painted(1200).paths.filter(({ style }) => style.fill === THEME.accentWash);
    expect(fans).toHaveLength(3);
    const [pd, pt] = layout.levels.slice(2);
    expect(fans[2]!.points).toEqual([
      ...[pd!.entry.x, pd!.entry.y + pd!.entry.height],
      ...[pd!.entry.x + pd!.entry.width, pd!.entry.y + pd!.entry.height],
      ...[pt!.x + pt!.width, pt!.y, pt!.x, pt!.y],
    ]);
  });

  it('outlines the entries whose types differ from those of the first lane', () => {
    const differing = layout.levels.map(({ strips }) => strips.map((strip) => strip.differing.length));
    expect(differing).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    const [, below] = layout.levels[3]!.strips;
    const [first] = layout.levels[3]!.strips;
    expect(below!.differing[0]!.x).toBe(first!.runs[1]!.box.x);
    expect(below!.differing[0]!.width).toBe(first!.runs[1]!.box.width);
    expect(painted(1200).paths.filter(({ style }) => style.fill === THEME.flag)).toHaveLength(4);
  });

  it('says where each lane ends, with which entry', () => {
    const { words } = painted(1200);
    expect(words).toContain('kvm-5.16: 4K leaf in PT[160]: UC');
    expect(words).toContain('kvm-6.16: 2M leaf in PD[0]: WB');
    expect(words).toContain('0x60000000000a0b07');
  });

  it('gives the entry on the way room among 512', () => {
    const narrow = walkLayout(WALKS, { width: 320 });
    expect(narrow.levels.every(({ entry }) => entry.width >= 10)).toBe(true);
    const [root] = walkLayout(WALKS, { width: 320, kind: 'true' }).levels;
    expect(root!.entry.width).toBe(3);
  });

  it.each([1600, 1024, 400, 320])('keeps its words apart and inside %i pixels', (width) => {
    expect(painted(width).crowded(width)).toEqual([]);
  });

  it('says what entry is under the pointer', () => {
    const text = (level: number, lane: number, share: number) => {
      const strip = layout.levels.find((one) => one.level === level)!.strips[lane]!;
      return walkTargetText(layout, walkTargetAt(layout, strip.x + strip.width * share, strip.y + 3)!);
    };
    expect(text(4, 0, 0.01)).toBe(
      'kvm-5.16: PML4[0], 0x0-0x7fffffffff, 512G: leads to a table: WB 93.8 %, UC 6.25 %',
    );
    expect(text(4, 0, 0.9999)).toContain('PML4[511]');
    expect(text(4, 0, 0.9999)).toContain('not mapped');
    expect(text(1, 1, 0)).toBe('kvm-6.16: PT[0], 0x0-0xfff, 4K: one 2M leaf: WB');
    expect(walkTargetAt(layout, 2, 2)).toBeUndefined();
  });

  it('says that nothing is mapped, and why there is no answer', () => {
    const [walk] = WALKS;
    const { leaf: _, ...unmapped } = walk!;
    const fault = { code: 'refused', message: 'wrmsr 0x200: #GP', problems: [] } as const;
    const { words } = painted(1200, [unmapped, { ...unmapped, tables: [], title: 'kvm-6.8', fault }]);
    expect(words).toContain('kvm-5.16: not mapped in PT[160]');
    expect(words).toContain('kvm-6.8: no answer');
    expect(words).toContain('wrmsr 0x200: #GP');
  });
});
