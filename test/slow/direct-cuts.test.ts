/** Direct's cuts against every page of long ranges, and where it gives up. */
import { expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { frameCount, TILE_FRAMES, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';

const RANGES = 200;
const FRAMES = 2 ** 20;
const KINDS = VCPU_KINDS.filter((kind) => kind !== 'refused');

it(`cuts lie where types change, on every page of ${RANGES} ranges of 2^20 pages`, {
  timeout: 300_000,
}, () => {
  const engine = createDirectEngine(loadWasm(), { simd: false });
  const rng = new Rng(2020);
  let pages = 0;
  let spans = 0;
  for (let n = 0; n < RANGES; n++) {
    const kind = KINDS[n % KINDS.length]!;
    const init = randomVcpu(rng, kind);
    const view = engine.open(vcpu(init), kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES));
    const frames = frameCount(init.maxphyaddr);
    const start = Math.max(
      0,
      Math.min(frames - FRAMES, rng.pick(interestingFrames(init)) - rng.below(FRAMES)),
    );
    for (let first = start; first < start + FRAMES; first += TILE_FRAMES) {
      const types = Buffer.from(view.types(first, TILE_FRAMES));
      const fromSpans = Buffer.alloc(TILE_FRAMES);
      for (const span of view.spans('ept', { range: { start: first, end: first + TILE_FRAMES } })) {
        fromSpans.fill(span.type! & 0xff, span.start - first, span.end - first);
        spans++;
      }
      expect(fromSpans.equals(types), `range ${n}, ${kind}, tile at 0x${first.toString(16)}`).toBe(true);
      pages += TILE_FRAMES;
    }
    view.dispose();
  }
  console.info(`direct: ${pages} pages, ${spans} spans, 0 differences`);
});

it('gives up where masks with holes take too many steps, and says so', { timeout: 60_000 }, () => {
  const sparse = { 0x200: 6n, 0x201: 0x1800n, 0x2ff: 0x800n };
  const view = createDirectEngine(loadWasm()).open(vcpu({ maxphyaddr: 46, msrs: sparse }), policy('sdm'));
  expect(() => view.totals('mtrr')).toThrow(
    expect.objectContaining({ code: 'too-many-spans', message: expect.stringContaining('67108864 steps') }),
  );
});
