import { describe, expect, it } from 'vitest';
import { cssVariables, THEMES, type Theme, type Tone } from '../../../web/draw/theme.ts';

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

function tonesOf({ looks, memory, hole }: Theme): [string, Tone][] {
  return [...Object.entries(looks), ...Object.entries(memory), ['hole', hole]];
}

describe.each(Object.values(THEMES))('theme $name', (theme) => {
  const grounds = [theme.paper, theme.panel];

  it('has text that stands out from all that it is written on by 4.5 : 1', () => {
    for (const ground of [...grounds, ...tonesOf(theme).map(([, { fill }]) => fill)]) {
      expect(contrast(theme.ink, ground), `ink on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const ground of grounds) {
      for (const name of ['soft', 'accent', 'differs', 'fault'] as const) {
        expect(contrast(theme[name], ground), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(contrast(theme.onAccent, theme.accent)).toBeGreaterThanOrEqual(4.5);
  });

  it('has edges, patterns, axes and areas that stand out by 3 : 1', () => {
    for (const [name, { fill, mark, edge, pattern }] of tonesOf(theme)) {
      for (const ground of grounds) {
        expect(contrast(edge, ground), `edge of ${name} on ${ground}`).toBeGreaterThanOrEqual(3);
      }
      if (pattern !== '') expect(contrast(mark, fill), `pattern of ${name}`).toBeGreaterThanOrEqual(3);
    }
    for (const colour of [theme.axis, ...Object.values(theme.series)]) {
      for (const ground of grounds) expect(contrast(colour, ground), colour).toBeGreaterThanOrEqual(3);
    }
  });

  it('outlines what differs and what is selected so that it stands out from every answer', () => {
    for (const [name, { fill }] of tonesOf(theme)) {
      expect(contrast(theme.differs, fill), `differs on ${name}`).toBeGreaterThanOrEqual(3);
      expect(contrast(theme.accent, fill), `accent on ${name}`).toBeGreaterThanOrEqual(3);
    }
  });

  it('tells all answers apart by pattern where not by colour', () => {
    const { looks } = theme;
    const types = [looks.UC, looks.WC, looks.WT, looks.WP, looks.WB, looks.undefined];
    expect(new Set(types.map(({ pattern }) => pattern)).size).toBe(types.length);
  });

  it('hands its colours to style sheets', () => {
    const css = cssVariables(theme);
    expect(css).toContain(`--paper:${theme.paper};`);
    expect(css).toContain(`--on-accent:${theme.onAccent};`);
    expect(css).toContain(`--wb-fill:${theme.looks.WB.fill};`);
    expect(css).toContain('--not-mapped-edge:');
    expect(css).toMatch(/^(--[a-z0-9-]+:[^;]+;)+$/);
  });
});
