/** What has been disposed of throws, whatever is asked of it: never somebody else's answer, never memory of old. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, type Evaluator, type View } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { WANTS } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { ENGINE_NAMES, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

const SDM = policy('sdm');
const RANGE = { start: 0, end: 0x200 };
const FRAMES = Float64Array.of(3, 0xc0);
/** WB, but for UC below 1 MiB at 640 KiB: two spans at least. */
const WB_GUEST = vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0xc06n, 0x250: 0x0606060606060606n } });
const UC_GUEST = vcpu({ maxphyaddr: 36 });

const DISPOSED = expect.objectContaining({ name: 'EptsweepError', code: 'disposed' });

/** Every way to ask a view. */
const QUESTIONS: Readonly<Record<string, (view: View, evaluator: Evaluator, other: View) => unknown>> = {
  typeAt: (view) => view.typeAt(0),
  entryAt: (view) => view.entryAt(0),
  typeSetAt: (view) => view.typeSetAt(0),
  spans: (view) => view.spans(RANGE),
  ...Object.fromEntries(
    WANTS.map((want) => [`spansOf ${want}`, (view: View) => view.spansOf(want, { range: RANGE })]),
  ),
  ...Object.fromEntries(
    WANTS.map((want) => [`totals ${want}`, (view: View) => view.totals(want, { range: RANGE })]),
  ),
  entriesInto: (view) => view.entriesInto(new BigUint64Array(4), 0),
  'entriesInto, none': (view) => view.entriesInto(new BigUint64Array(0), 0),
  typesInto: (view) => view.typesInto(new Uint8Array(4), 0),
  'typesInto, none': (view) => view.typesInto(new Uint8Array(0), 0),
  fill: (view) => view.fill({ entries: new BigUint64Array(4), dispose() {} }, 0),
  typesOf: (view) => view.typesOf(FRAMES),
  'typesOf, none': (view) => view.typesOf(new Float64Array(0)),
  entriesOf: (view) => view.entriesOf(FRAMES),
  'entriesOf, none': (view) => view.entriesOf(new Float64Array(0)),
  digest: (view) => view.digest(RANGE),
  'digest, none': (view) => view.digest({ start: 0, end: 0 }),
  entries: (view) => view.entries(RANGE),
  'compare, as this side': (view, _evaluator, other) => view.compare(other),
  'compare, as the other side': (view, _evaluator, other) => other.compare(view),
  'compare by the evaluator': (view, evaluator, other) => evaluator.compare(view, other),
  sibling: (view) => view.sibling(WB_GUEST, SDM),
};

describe.each(ENGINE_NAMES)('with %s', (engine) => {
  const evaluator = createEvaluatorSync({ engine });
  const other = evaluator.view(UC_GUEST, SDM);
  afterAll(() => evaluator.dispose());

  it.each(Object.entries(QUESTIONS))('a disposed view does not answer %s', (_name, ask) => {
    const view = evaluator.view(WB_GUEST, SDM);
    view.dispose();
    // Takes the memory that the view gave back.
    using next = evaluator.view(UC_GUEST, SDM);
    expect(() => ask(view, evaluator, other)).toThrow(DISPOSED);
    expect(next.typeAt(0x100)).toBe(0);
    view.dispose();
  });

  it.each(Object.entries(QUESTIONS))('a view of a disposed evaluator does not answer %s', (_name, ask) => {
    const gone = createEvaluatorSync({ engine });
    const [view, beside] = [gone.view(WB_GUEST, SDM), gone.view(UC_GUEST, SDM)];
    gone.dispose();
    gone.dispose();
    expect(() => ask(view, gone, beside)).toThrow(DISPOSED);
  });

  it('a disposed evaluator opens, compares, lends and evaluates nothing', () => {
    const gone = createEvaluatorSync({ engine });
    const view = gone.view(WB_GUEST, SDM);
    const buffer = gone.entryBuffer(4);
    gone.dispose();
    expect(() => gone.view(WB_GUEST, SDM)).toThrow(DISPOSED);
    expect(() => gone.compare(view, view)).toThrow(DISPOSED);
    expect(() => gone.entryBuffer(4)).toThrow(DISPOSED);
    expect(() => gone.evaluateMany([])).toThrow(DISPOSED);
    expect(() => buffer.entries).toThrow(DISPOSED);
  });

  it('an open iterator does not go on', () => {
    for (const open of [
      (view: View) => view.spans(RANGE),
      ...WANTS.map((want) => (view: View) => view.spansOf(want, { range: RANGE })),
    ]) {
      const view = evaluator.view(WB_GUEST, SDM);
      const spans = open(view);
      expect(spans.next().done).toBe(false);
      view.dispose();
      expect(() => spans.next()).toThrow(DISPOSED);
    }
  });

  it('an open loop over entries or many vCPUs does not go on', async () => {
    const gone = createEvaluatorSync({ engine });
    const view = gone.view(WB_GUEST, SDM);
    const [tiles, last] = [view.entries({ start: 0, end: 3 * 16384 }), view.entries({ start: 0, end: 5 })];
    const many = gone.evaluateMany([1, 2].map(() => ({ vcpu: WB_GUEST, policy: SDM })));
    for (const loop of [tiles, last, many]) expect((await loop.next()).done).toBe(false);
    view.dispose();
    await expect(tiles.next()).rejects.toThrow(DISPOSED);
    await expect(last.next()).rejects.toThrow(DISPOSED);
    expect(many.next().done).toBe(false);
    gone.dispose();
    expect(() => many.next()).toThrow(DISPOSED);
  });

  it('a disposed buffer is neither filled nor read', () => {
    const buffer = evaluator.entryBuffer(4);
    buffer.dispose();
    buffer.dispose();
    expect(() => other.fill(buffer, 0)).toThrow(DISPOSED);
    expect(() => buffer.entries).toThrow(DISPOSED);
  });

  it('a tile is over at the next step, and loops do not disturb each other', async () => {
    const view = evaluator.view(WB_GUEST, SDM);
    const range = { start: 0, end: 16384 + 100 };
    const expected = (of: View, first: number, count: number) =>
      of.entriesInto(new BigUint64Array(count), first);
    const [loop, second] = [view.entries(range), other.entries(range)];
    const tile = (await loop.next()).value!;
    const taken = tile.u64;
    const beside = (await second.next()).value!;
    // Memory that grows for others takes nothing away either.
    for (let i = 0; i < 50; i++) evaluator.view(UC_GUEST, SDM).typeAt(i);
    expect(taken).toEqual(expected(view, 0, 16384));
    expect(tile.u64).toBe(taken);
    expect(tile.u32).toHaveLength(2 * 16384);
    expect(beside.u64).toEqual(expected(other, 0, 16384));
    const next = (await loop.next()).value!;
    expect(() => tile.u64).toThrow(DISPOSED);
    expect(() => tile.u32).toThrow(DISPOSED);
    expect(next.first).toBe(16384);
    expect(next.u64).toEqual(expected(view, 16384, 100));
    // As it is documented: what was taken shows the next tile.
    expect(taken.subarray(0, 100)).toEqual(next.u64);
    expect(beside.u64).toEqual(expected(other, 0, 16384));
    expect((await loop.next()).done).toBe(true);
    expect(() => next.u64).toThrow(DISPOSED);
  });

  it('views of two evaluators are not compared', () => {
    using elsewhere = createEvaluatorSync({ engine });
    const foreign = elsewhere.view(WB_GUEST, SDM);
    const another = expect.objectContaining({
      code: 'bad-request',
      message: expect.stringContaining('evaluator'),
    });
    expect(() => other.compare(foreign)).toThrow(another);
    expect(() => foreign.compare(other)).toThrow(another);
    expect(() => evaluator.compare(other, foreign)).toThrow(another);
    expect(() => evaluator.compare(foreign, other)).toThrow(another);
    expect(() => evaluator.compare(foreign, foreign)).toThrow(another);
  });
});

it('an open comparison does not go on, whichever side is disposed of', () => {
  using evaluator = createEvaluatorSync();
  for (const gone of [0, 1] as const) {
    const views = [evaluator.view(WB_GUEST, SDM), evaluator.view(UC_GUEST, SDM)] as const;
    const comparison = views[0].compare(views[1], 'ept', { range: RANGE });
    const differences = comparison.spans();
    expect(differences.next().done).toBe(false);
    views[gone].dispose();
    expect(() => differences.next()).toThrow(DISPOSED);
    expect(() => comparison.spans()).toThrow(DISPOSED);
    expect(comparison.pages).toBeGreaterThan(0n);
  }
});

describe.each(backends)('engine $name', ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());
  const asks: readonly ((view: EngineView) => unknown)[] = [
    ...WANTS.flatMap((want) => [
      (view: EngineView) => view.spans(want),
      (view: EngineView) => view.totals(want, { range: RANGE }),
    ]),
    (view) => view.types(0, 1),
    (view) => view.types(0, 0),
    (view) => view.entries(0, 1),
    (view) => view.entries(0, 0),
    (view) => view.typesOf(FRAMES),
    (view) => view.entriesOf(new Float64Array(0)),
    (view) => view.typeSet(0),
    (view) => view.digest({ start: 0, end: 0 }),
    (view) => (view.visit ? view.visit({ start: 0, end: 0 }) : view.types(0, 1)),
    (view) => (view.differences ? view.differences(view, { start: 0, end: 0 }) : view.types(0, 1)),
  ];

  it('answers nothing of a disposed view', () => {
    const view = engine.open(WB_GUEST, SDM);
    view.dispose();
    for (const ask of asks) expect(() => ask(view), String(ask)).toThrow(DISPOSED);
  });

  it('answers nothing once it is disposed of itself', () => {
    const gone = create();
    const view = gone.open(WB_GUEST, SDM);
    gone.dispose();
    for (const ask of asks) expect(() => ask(view), String(ask)).toThrow(DISPOSED);
    expect(() => gone.open(WB_GUEST, SDM)).toThrow(DISPOSED);
  });
});
