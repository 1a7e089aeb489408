import { describe, expect, it } from 'vitest';
import { type Bar, barsHeight, paintBars } from '../../../web/draw/bars.ts';
import { paintLegend } from '../../../web/draw/legend.ts';
import { mapLayout, mapScene } from '../../../web/draw/map-layout.ts';
import { paintMap } from '../../../web/draw/map-paint.ts';
import { replayLayout } from '../../../web/draw/replay-layout.ts';
import { mapSheet, replaySheet, walkSheet } from '../../../web/draw/sheet.ts';
import { SvgPainter } from '../../../web/draw/svg-painter.ts';
import { THEMES } from '../../../web/draw/theme.ts';
import { walkLayout } from '../../../web/draw/walk-layout.ts';
import { lane, MAP, WALKS } from './pictures.ts';
import { RecordingPainter } from './recording-painter.ts';

const FRAME = { id: 'p', title: 'a <title>', description: 'what & why', width: 800, height: 400 };

function mapDocument(model = MAP): string {
  const painter = new SvgPainter('p');
  paintMap(painter, THEMES.print, mapLayout(mapScene(model, 'log'), { width: 800 }));
  return painter.document(FRAME);
}

describe('the SVG painter', () => {
  it('writes a document with a title and a description, each pattern once', () => {
    const svg = mapDocument();
    expect(svg).toContain('<title id="p-title">a &lt;title&gt;</title>');
    expect(svg).toContain('what &amp; why');
    const patterns = [...svg.matchAll(/<pattern id="([\w-]+)"/g)].map(([, id]) => id);
    expect(new Set(patterns).size).toBe(patterns.length);
    for (const [, id] of svg.matchAll(/url\(#([\w-]+)\)/g)) expect(patterns).toContain(id);
  });

  it('keeps names of dumps text, whatever stands in them', () => {
    const name = '"><script>alert(1)</script>\u0000\u202e';
    const memory = [{ ...MAP.memory[1]!, name }];
    const svg = mapDocument({ ...MAP, memory, lanes: [lane(name, MAP.lanes[0]!.cells)] });
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u0000');
  });

  it('clips', () => {
    const painter = new SvgPainter('c');
    const box = { x: 1, y: 2, width: 3, height: 4 };
    painter.clipped(box, () => painter.box(box, { fill: '#000000' }));
    const svg = painter.document(FRAME);
    expect(svg).toMatch(/<clipPath id="c-clip0"><rect x="1" y="2" width="3" height="4"\/><\/clipPath>/);
    expect(svg).toContain('<g clip-path="url(#c-clip0)">');
  });
});

describe('bars', () => {
  const bars: readonly Bar[] = [
    { name: 'all demand WB', share: 1, text: '62.9G', parts: [{ type: 6, ipat: 0, pages: 1 }] },
    { name: 'wrong under first-fault', share: 1e-9, text: '4K' },
    { name: 'wrong under per-vcpu', share: 0, text: 'none' },
  ];

  it.each([1200, 320])('keep their words apart and inside %i pixels, the smallest seen', (width) => {
    const painter = new RecordingPainter();
    paintBars(painter, THEMES.light, bars, width);
    expect(painter.crowded(width)).toEqual([]);
    expect(painter.words).toEqual(expect.arrayContaining(['62.9G', '4K', 'none', 'all demand WB']));
    const [paper, ...drawn] = painter.boxes;
    expect(paper!.height).toBe(barsHeight(bars, width));
    expect(drawn.map((box) => box.width >= 2)).toEqual([true, true]);
  });
});

describe('a legend', () => {
  it('breaks its lines where they end', () => {
    const painter = new RecordingPainter();
    const items = ['UC', 'WB', 'IPAT', 'mixed', 'differing', 'holes', 'off', '2M'] as const;
    const place = { x: 12, y: 0, width: 300 };
    const height = paintLegend(painter, THEMES.dark, items, place);
    expect(painter.words).toHaveLength(items.length);
    expect(painter.crowded(320)).toEqual([]);
    expect(height).toBe(20 * new Set(painter.texts.map(({ y }) => y)).size);
    expect(paintLegend(painter, THEMES.dark, [], place)).toBe(0);
  });
});

describe('a sheet', () => {
  const explanation = [
    '0xa0000 is UC: FIX16K_A0000 holds UC for it.',
    `${'a long sentence '.repeat(40)}ends.`,
  ];

  it('carries what the picture is, its legend, and why', () => {
    const layout = mapLayout(mapScene(MAP, 'log'), { width: 800 });
    const svg = mapSheet({ title: 'a machine', subtitles: ['2 policies'], explanation }, layout);
    for (const text of ['a machine', '2 policies', 'UC uncacheable', explanation[0]!, 'a mask with holes']) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(svg).toContain('sentence ends.</text>');
    expect(svg).not.toContain('WT write through');
  });

  it('holds all that is drawn on it', () => {
    const layout = walkLayout(WALKS, { width: 320 });
    const svg = walkSheet({ title: 'a walk', explanation, theme: 'dark' }, layout);
    const height = Number(/height="([\d.]+)"/.exec(svg)![1]);
    const lowest = Math.max(...[...svg.matchAll(/<text x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y)));
    expect(lowest).toBeLessThan(height);
    expect(lowest).toBeGreaterThan(height - 30);
    expect(svg).toContain('leads to a table, by what lies below');
  });

  it('shows a replay', () => {
    const steps = [
      { kind: 'touch', text: '', verdict: 'done', disagree: 1, installed: 0, replaced: 0, foreign: 0 },
    ];
    const svg = replaySheet({ title: 'a boot' }, replayLayout({ vcpus: [0], steps }, { width: 640 }), 0);
    expect(svg).toContain('>1 of 1</text>');
  });
});
