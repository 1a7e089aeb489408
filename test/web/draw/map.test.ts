import { describe, expect, it } from 'vitest';
import { type MapFrame, mapLayout, mapScene, withDetail } from '../../../web/draw/map-layout.ts';
import { type MapMarks, paintMap } from '../../../web/draw/map-paint.ts';
import { mapTargetAt, mapTargetText } from '../../../web/draw/map-targets.ts';
import type { MapModel } from '../../../web/draw/models.ts';
import type { ScaleKind } from '../../../web/draw/scale.ts';
import { THEMES } from '../../../web/draw/theme.ts';
import { cellsUpTo, lane, MAP, SPACE } from './pictures.ts';
import { RecordingPainter } from './recording-painter.ts';

const THEME = THEMES.light;

function layoutOf(frame: MapFrame, model: MapModel = MAP, kind: ScaleKind = 'log') {
  return mapLayout(mapScene(model, kind), frame);
}

function painted(frame: MapFrame, model?: MapModel, kind?: ScaleKind, marks?: MapMarks): RecordingPainter {
  const painter = new RecordingPainter();
  paintMap(painter, THEME, layoutOf(frame, model, kind), marks);
  return painter;
}

describe('a map', () => {
  const { words, boxes, paths } = painted({ width: 1200 });

  it('says the answers of each lane in letters, besides their patterns', () => {
    for (const word of ['sdm', 'kvm-6.16', 'WB', 'UC', 'WB + IPAT', 'reference'])
      expect(words).toContain(word);
    expect(boxes.some(({ style }) => style.fill === THEME.looks.UC)).toBe(true);
  });

  it('leaves the name of a part of the space out where the chosen address would cover it in part', () => {
    expect(words).toContain('below 1 MiB');
    const chosen = painted({ width: 1200 }, MAP, 'log', { selected: 0xa0 }).words;
    expect(chosen).not.toContain('below 1 MiB');
    expect(chosen).toContain('1 MiB to 4 GiB');
    // Nothing of it is shown, so that nothing is covered.
    const window = { start: 0x100, end: 0x100000 };
    expect(painted({ width: 1200, window }, MAP, 'log', { selected: 0xa0 }).words).toContain(
      '1 MiB to 4 GiB',
    );
  });

  it('names memory and registers where they are', () => {
    expect(words).toContain('usable 3071M');
    expect(words).toContain('MTRR0 WB 2G');
    expect(words).toContain('default UC 64G');
  });

  it('outlines the cells that differ from the first lane, and flags them', () => {
    const outlines = boxes.filter(({ style }) => style.stroke === THEME.differs);
    const flags = paths.filter(({ style }) => style.fill === THEME.flag);
    const second = layoutOf({ width: 1200 }).lanes[1]!;
    const third = layoutOf({ width: 1200 }).lanes[2]!;
    // In the second lane 0xa0-0xff; in the third, all but nothing: IPAT differs everywhere.
    expect(outlines.filter(({ y }) => y === second.y - 1)).toHaveLength(1);
    expect(outlines.filter(({ y }) => y === third.y - 1).map(({ width }) => width)).toEqual([
      third.width + 2,
    ]);
    expect(flags).toHaveLength(2);
  });

  it('hatches a mask with holes and dashes what is not in force', () => {
    const dashed = boxes.filter(({ style }) => style.dash?.length === 2);
    expect(dashed.map(({ style }) => style.fill)).toEqual([THEME.hole, THEME.paper]);
    expect(words.some((word) => word.includes('holes'))).toBe(true);
    expect(words.some((word) => word.includes('(off)'))).toBe(true);
  });

  it('labels the axis where stretches begin, no label over another', () => {
    for (const address of ['0x0', '0xa0000', '0x100000', '0xc0000000']) expect(words).toContain(address);
  });

  it.each([1600, 1024, 400, 320])('keeps its words apart and inside %i pixels', (width) => {
    expect(painted({ width }).crowded(width)).toEqual([]);
    expect(painted({ width }, MAP, 'true').crowded(width)).toEqual([]);
  });

  it('marks the page that is looked at and the one below the pointer by their addresses', () => {
    const marks: MapMarks = { selected: 0xa0, lane: 1, hover: { gfn: 0x90000, lane: 0 } };
    const marked = painted({ width: 1200 }, MAP, 'log', marks);
    expect(
      marked.texts.filter(({ style }) => style.colour === THEME.onAccent).map(({ text }) => text),
    ).toContain('0xa0000');
    expect(marked.words).toContain('0x90000000');
  });

  it('passes behind the labels of the axis with the line of an address', () => {
    const written = (marks: MapMarks) =>
      painted({ width: 1200 }, MAP, 'log', marks).texts.filter(
        ({ text, style }) => text === '0xa0000' && style.isBold !== true,
      ).length;
    expect(written({})).toBe(1);
    // Again, over the line.
    expect(written({ selected: 0xa0 })).toBe(2);
    expect(written({ hover: { gfn: 0xa0, lane: 0 } })).toBe(2);
    expect(written({ selected: 0x90000 })).toBe(1);
  });

  it('shows what is shown of the space in the overview', () => {
    const zoomed = painted({ width: 1200, window: { start: 0x80, end: 0x110 } });
    const brackets = zoomed.boxes.filter(({ style }) => style.stroke === THEME.accent);
    expect(brackets).toHaveLength(1);
    expect(zoomed.words).toContain('576K');
    expect(boxes.filter(({ style }) => style.stroke === THEME.accent)).toHaveLength(0);
  });

  it('stacks what a cell holds by its share', () => {
    const mixed = {
      start: 0,
      end: 2 ** 24,
      parts: [
        { type: 0, ipat: 0, pages: 2 ** 23 },
        { type: 6, ipat: 0, pages: 2 ** 23 },
      ],
    } as const;
    const { words } = painted({ width: 1200 }, { ...MAP, lanes: [lane('sdm', [mixed])] });
    expect(words).toContain('UC 50 %');
    expect(words).toContain('WB 50 %');
  });

  it('says why a lane has no answers', () => {
    const fault = { code: 'refused', message: 'wrmsr 0x2ff = 0x7: #GP\nmore', problems: [] } as const;
    const refused = { ...lane('kvm-6.8', []), fault };
    expect(painted({ width: 1200 }, { ...MAP, lanes: [MAP.lanes[0]!, refused] }).words).toContain(
      'wrmsr 0x2ff = 0x7: #GP',
    );
  });

  it('takes closer answers about its window where there are any', () => {
    const window = { start: 0x1000, end: 0x2000 };
    const cells = cellsUpTo(
      [0x1000, { type: 6, ipat: 0 }],
      [0x1800, { type: 1, ipat: 0 }],
      [0x2000, { type: 4, ipat: 0 }],
    );
    const closer = { range: window, lanes: MAP.lanes.map(({ title }) => lane(title, cells.slice(1))) };
    const scene = withDetail(mapScene(MAP, 'true'), closer);
    const painter = new RecordingPainter();
    paintMap(painter, THEME, mapLayout(scene, { width: 1200, window }));
    expect(painter.words.filter((word) => word === 'WC')).toHaveLength(3);
    expect(mapLayout(scene, { width: 1200 }).lanes[0]!.cells).toHaveLength(
      mapLayout(mapScene(MAP, 'true'), { width: 1200 }).lanes[0]!.cells.length,
    );
  });
});

describe('what is under a pointer', () => {
  const layout = layoutOf({ width: 1200 });
  const at = (gfn: number, y: number) => mapTargetAt(layout, layout.scale.toX(gfn + 0.5), y);

  it('is a cell of a lane', () => {
    const { y } = layout.lanes[0]!;
    const target = at(0xa8, y + 10)!;
    expect(target).toMatchObject({ kind: 'cell', lane: 0, gfn: 0xa8 });
    expect(mapTargetText(MAP, target)).toBe('sdm: 0xa0000-0xfffff, 384K: UC');
  });

  it('is a register, and says what is special about it', () => {
    const [row] = layout.registers;
    const middle = (id: string) => row!.placed.find(({ item }) => item.id === id)!.box;
    const text = (id: string) => {
      const box = middle(id);
      return mapTargetText(MAP, mapTargetAt(layout, box.x + box.width / 2, box.y + 4)!);
    };
    expect(text('MTRR0')).toBe('MTRR0: 0x0-0x7fffffff, 2G: WB');
    expect(text('MTRR2')).toBe('MTRR2: 0xb0000000-0xbfffffff, 256M: UC, not in force');
    expect(text('MTRR3')).toContain('a mask with holes that matches 256M of it');
  });

  it('is memory, a title, the overview, a place, or nothing', () => {
    const [line] = layout.memory;
    expect(mapTargetText(MAP, at(0xc0080, line!.y + 3)!)).toBe('e820: 0xc0000000-0xc00fffff, 1M: ACPI NVS');
    expect(mapTargetAt(layout, 40, layout.lanes[1]!.y + 4)).toEqual({ kind: 'title', lane: 1 });
    expect(mapTargetAt(layout, layout.overview.x, layout.overview.y + 1)).toEqual({
      kind: 'overview',
      gfn: 0,
    });
    expect(at(5, layout.axis.y + 2)).toEqual({ kind: 'place', gfn: 5 });
    expect(mapTargetAt(layout, -5, 5)).toBeUndefined();
    expect(SPACE.end).toBe(MAP.space.end);
  });
});
