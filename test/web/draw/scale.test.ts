import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  framed,
  panned,
  Scale,
  type ScaleKind,
  World,
  wholeFrames,
  zoomed,
} from '../../../web/draw/scale.ts';

const SPACE = { start: 0, end: 2 ** 40 };
const EDGES = [0xa0, 0xc0, 0x100, 0x80000, 0x100000, 2 ** 22];
const KINDS: readonly ScaleKind[] = ['log', 'true'];

function scaleOf(kind: ScaleKind, window = SPACE): Scale {
  return new Scale(new World(kind, SPACE, EDGES), window, 100, 1200);
}

describe.each(KINDS)('a scale of the kind %s', (kind) => {
  it('carries a frame to a pixel and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const scale = scaleOf(kind);
        const x = scale.x + share * scale.width;
        expect(scale.toX(scale.toGfn(x))).toBeCloseTo(x, 6);
      }),
    );
  });

  it('puts the ends of its window at the ends of its pixels, down to eight frames of a 52-bit space', () => {
    const scale = scaleOf(kind, { start: 2 ** 39 + 8, end: 2 ** 39 + 16 });
    expect(scale.toX(2 ** 39 + 8)).toBeCloseTo(100, 1);
    expect(scale.toX(2 ** 39 + 16)).toBeCloseTo(1300, 1);
    expect(scale.toX(2 ** 39 + 12)).toBeCloseTo(700, 0);
  });

  it('leaves the frame below the pointer where it is when it is zoomed', () => {
    const scale = scaleOf(kind, { start: 0, end: 2 ** 30 });
    const gfn = scale.toGfn(500);
    const closer = scaleOf(kind, zoomed(scale, 500, 0.5));
    expect(closer.toX(gfn)).toBeCloseTo(500, 3);
    expect(closer.toX(scale.toGfn(400))).toBeCloseTo(300, 3);
  });

  it('comes back from a zoom, and goes no further out than its space', () => {
    const scale = scaleOf(kind, { start: 0x80, end: 2 ** 30 });
    const back = zoomed(scaleOf(kind, zoomed(scale, 600, 0.25)), 600, 4);
    expect(back.start).toBeCloseTo(0x80, 1);
    expect(back.end / 2 ** 30).toBeCloseTo(1, 4);
    expect(zoomed(scale, 600, 1e9)).toEqual(SPACE);
  });

  it('never closes its window below eight frames, nor leaves its space, however it is moved', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 1400 }), fc.integer({ min: 1, max: 400 })),
          {
            maxLength: 60,
          },
        ),
        (moves) => {
          let window = SPACE;
          for (const [isZoom, x, amount] of moves) {
            const scale = scaleOf(kind, window);
            window = isZoom ? zoomed(scale, x, amount / 100) : panned(scale, amount * 10 - x);
            expect(window.start).toBeGreaterThanOrEqual(SPACE.start);
            expect(window.end).toBeLessThanOrEqual(SPACE.end);
            expect(window.end - window.start).toBeGreaterThan(7.9);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('moves by pixels and stops at the ends of the space', () => {
    const window = { start: 0x90, end: 0xd0 };
    const scale = scaleOf(kind, window);
    const moved = scaleOf(kind, panned(scale, 100));
    expect(moved.toX(0xc0)).toBeCloseTo(scale.toX(0xc0) - 100, 3);
    expect(panned(scale, -1e9).start).toBe(0);
    expect(panned(scale, 1e15).end).toBeCloseTo(2 ** 40, -2);
  });
});

describe('the logarithmic scale', () => {
  it('gives a stretch of 32 pages more than a hundredth of a space of 2^40', () => {
    const scale = scaleOf('log');
    expect(scale.toX(0xc0) - scale.toX(0xa0)).toBeGreaterThan(12);
    expect(scaleOf('true').toX(0xc0) - scaleOf('true').toX(0xa0)).toBeLessThan(0.001);
  });
});

describe('windows', () => {
  it('frame a stretch with some of its surroundings', () => {
    const world = new World('log', SPACE, EDGES);
    const window = framed(world, { start: 0xa0, end: 0xc0 });
    expect(window.start).toBeLessThan(0xa0);
    expect(window.start).toBeGreaterThan(0x50);
    expect(window.end).toBeGreaterThan(0xc0);
    expect(window.end).toBeLessThan(0x100);
  });

  it('are named by whole frames', () => {
    expect(wholeFrames({ start: 0.5, end: 7.25 })).toEqual({ start: 0, end: 8 });
  });
});
