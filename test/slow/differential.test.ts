/**
 * Three engines on 2,000 random VMs (`EPTSWEEP_VMS` says another number), over 10 million pages held against each other
 * page by page: every page of a tile from direct's and auto's per-page kernels and from the spans of all three; the
 * reference's own per-page answers where something begins or ends, and on a sample.
 */
import { afterAll, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/registry.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { type FuzzCase, generateCase, probeOf } from '../../src/fuzz/index.ts';
import { edgesOf } from '../../src/fuzz/probe.ts';
import { Random } from '../../src/fuzz/random.ts';
import { wantsOn } from '../../src/policy/index.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { frameCount, TILE_FRAMES, UNDEFINED_TYPE_BYTE } from '../../src/vm/index.ts';

const VMS = Number(process.env.EPTSWEEP_VMS ?? 2000);
const SEED = 2026;
const MIN_PAGES = 5000 * VMS;
/** Frames of each tile that the reference is asked for one by one. */
const SAMPLED = 48;

const reference = createEngine('reference');
const direct = createEngine('direct');
const auto = createEngine('auto');
const engines: readonly Engine[] = [reference, direct, auto];
afterAll(() => {
  for (const engine of engines) engine.dispose();
});

/** The machine in an engine; undefined where it refuses a register's value. */
function opened(engine: Engine, { vcpu, policy }: FuzzCase): EngineView | undefined {
  try {
    return engine.open(vcpu, policy);
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

/** A tile that holds an edge. */
function tileOf(one: FuzzCase): { first: number; count: number } {
  const frames = frameCount(one.vcpu.maxphyaddr);
  const random = new Random(SEED, one.index);
  const edge = random.pick(edgesOf(one.vcpu));
  const count = Math.min(TILE_FRAMES, frames);
  return { first: Math.min(Math.max(0, edge - random.below(count)), frames - count), count };
}

/** The types of a tile as an engine's spans have them. */
function typesFromSpans(view: EngineView, first: number, count: number): Uint8Array {
  const types = new Uint8Array(count);
  for (const { start, end, type } of view.spans('ept', { range: { start: first, end: first + count } })) {
    types.fill(type! & 0xff, start - first, end - first);
  }
  return types;
}

function sampledFrames(one: FuzzCase, first: number, count: number): number[] {
  const random = new Random(SEED + 1, one.index);
  const near = edgesOf(one.vcpu).flatMap((edge) => [edge - 1, edge, edge + 1]);
  const inside = near.filter((gfn) => gfn >= first && gfn < first + count).slice(0, SAMPLED / 2);
  while (inside.length < SAMPLED) inside.push(first + random.below(count));
  return inside;
}

const bytes = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

it(`no page of ${VMS} random VMs is answered in two ways`, { timeout: 3600_000 }, () => {
  const started = performance.now();
  const count = {
    pages: 0,
    undefined: 0,
    refused: 0,
    unsupported: 0,
    sampled: 0,
    spans: 0,
    disagreements: 0,
  };
  const agree = (isSame: boolean, what: string) => {
    if (!isSame) count.disagreements++;
    expect.soft(isSame, what).toBe(true);
  };
  for (let index = 0; index < VMS; index++) {
    const one = generateCase(SEED, index);
    const views = engines.map((engine) => opened(engine, one));
    const [ofReference, ofDirect, ofAuto] = views;
    const place = `case ${index} (${one.kind}, ${one.policy.name})`;
    if (!ofReference || !ofDirect || !ofAuto) {
      agree(
        views.every((view) => view === undefined),
        `${place}: refused by all or none`,
      );
      count.refused++;
      continue;
    }
    const tile = tileOf(one);
    const { first } = tile;
    const types = Buffer.from(ofDirect.types(first, tile.count));
    agree(types.equals(bytes(ofAuto.types(first, tile.count))), `${place}: types, direct and auto`);
    const entries = BigUint64Array.from(ofDirect.entries(first, tile.count));
    agree(
      bytes(entries).equals(bytes(ofAuto.entries(first, tile.count))),
      `${place}: entries, direct and auto`,
    );
    const wants = wantsOn(one.policy, one.vcpu.vendor);
    // An AMD host has no EPT, so that no spans of it are there to be held against the bytes.
    const spanned = wants.includes('ept') ? [ofReference, ofDirect, ofAuto] : [];
    for (const [position, view] of spanned.entries()) {
      const fromSpans = bytes(typesFromSpans(view, first, tile.count));
      agree(types.equals(fromSpans), `${place}: types in spans of ${engines[position]!.name}`);
    }
    count.pages += tile.count;
    for (const type of types) if (type === UNDEFINED_TYPE_BYTE) count.undefined++;
    for (const gfn of sampledFrames(one, first, tile.count)) {
      agree(ofReference.types(gfn, 1)[0] === types[gfn - first], `${place}: type of 0x${gfn.toString(16)}`);
      agree(
        ofReference.entries(gfn, 1)[0] === entries[gfn - first],
        `${place}: entry of 0x${gfn.toString(16)}`,
      );
      count.sampled++;
    }
    count.unsupported += 5 - wants.length;
    const [range] = probeOf(SEED, one).windows;
    for (const want of wants) {
      const [expected, ...others] = [ofReference, ofDirect, ofAuto].map((view) => [
        ...view.spans(want, { range: range!, pat: one.pat }),
      ]);
      count.spans += expected!.length;
      for (const spans of others) {
        const isSame =
          spans.length === expected!.length &&
          spans.every((span, i) => {
            const other = expected![i]!;
            return (
              span.start === other.start &&
              span.end === other.end &&
              span.type === other.type &&
              span.ipat === other.ipat &&
              span.level === other.level &&
              span.entry === other.entry
            );
          });
        agree(isSame, `${place}: spans of ${want}`);
      }
    }
    for (const view of views) view?.dispose();
  }
  const percent = (part: number, whole: number) => ((100 * part) / whole).toFixed(2);
  console.info(
    `${VMS} VMs (${count.refused} refused alike), ${count.pages} pages three ways, ${count.sampled} of them by the ` +
      `reference one by one, ${count.spans} spans: ${count.disagreements} disagreements, ` +
      `undefined ${percent(count.undefined, count.pages)} %, unsupported ${count.unsupported} questions; ` +
      `${Math.round(performance.now() - started)} ms`,
  );
  expect(count.disagreements).toBe(0);
  expect(count.pages).toBeGreaterThan(MIN_PAGES);
  expect(count.undefined).toBeGreaterThan(0);
});
