/** Engines with one planted error each, to be found: the reference, asked or quoted wrongly. */
import { Evaluator } from '../../src/engine/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { type Span, type Want, WB } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import type { MsrWrite, Query, Vcpu } from '../../src/vm/index.ts';

/** What is wrong: with the registers that the engine reads, or with the spans that it answers. */
interface Lie {
  readonly registers?: (msrs: readonly MsrWrite[], vcpu: Vcpu) => readonly MsrWrite[];
  readonly span?: (span: Span, want: Want, view: EngineView) => Span;
}

const VALID = 0x800n;
const isMask = (msr: number) => msr > 0x200 && msr < 0x250 && msr % 2 === 1;
const isFixed = (msr: number) => (msr >= 0x250 && msr <= 0x259) || (msr >= 0x268 && msr <= 0x26f);

/** The planted errors by name. */
export const LIES = {
  /** The k-th byte of a fixed register taken for the next range's. */
  'fixed-index': {
    registers: (msrs) =>
      msrs.map(({ msr, value }) => {
        if (!isFixed(msr)) return { msr, value };
        return { msr, value: BigInt.asUintN(64, value << 8n) | (value >> 56n) };
      }),
  },
  /** Holes of a mask filled, as if it had to be contiguous. */
  'mask-holes': {
    registers: (msrs, { maxphyaddr }) =>
      msrs.map(({ msr, value }) => {
        const bits = value & ~0xfffn;
        if (!isMask(msr) || bits === 0n) return { msr, value };
        return { msr, value: ((1n << BigInt(maxphyaddr)) - (bits & -bits)) | (value & 0xfffn) };
      }),
  },
  /** The last enabled range never looked at: a loop that ends one too early. */
  'last-range': {
    registers: (msrs) => {
      const last = Math.max(
        ...msrs.filter(({ msr, value }) => isMask(msr) && value & VALID).map(({ msr }) => msr),
      );
      return msrs.map(({ msr, value }) => ({ msr, value: msr === last ? value & ~VALID : value }));
    },
  },
  /** WB where UC and WB overlap. */
  precedence: {
    span: (span, want, view) => {
      const isType = want === 'mtrr' || want === 'ept';
      if (!isType || span.type !== 0) return span;
      const types = view.typeSet(span.start);
      return types.includes(0) && types.includes(WB) ? { ...span, type: WB } : span;
    },
  },
  /** IPAT never set. */
  ipat: { span: (span, want) => (want === 'ept' ? { ...span, ipat: 0 } : span) },
  /** A read-only slot mapped writable. */
  'entry-bit': {
    span: (span, want) =>
      want === 'leaf' && span.level ? { ...span, entry: (span.entry ?? 0n) | 2n } : span,
  },
  /** No page larger than 2M. */
  level: { span: (span, want) => (want === 'levels' && span.level === 3 ? { ...span, level: 2 } : span) },
} as const satisfies Record<string, Lie>;

/** The name of a planted error. */
export type LieName = keyof typeof LIES | 'none';

/** The reference with an error planted in it. */
export function lyingEngine(name: LieName): Evaluator {
  const truth = createReferenceEngine();
  const lie: Lie = name === 'none' ? {} : LIES[name];
  return new Evaluator({
    name: 'auto',
    open: (vcpu, policy) => {
      const msrs = lie.registers?.(vcpu.msrs, vcpu) ?? vcpu.msrs;
      const view = truth.open({ ...vcpu, msrs }, policy);
      function* spans(want: Want, query?: Query): Generator<Span, void, undefined> {
        for (const span of view.spans(want, query)) yield lie.span?.(span, want, view) ?? span;
      }
      return {
        vcpu,
        policy,
        spans: spans as EngineView['spans'],
        totals: (want, query) => view.totals(want, query),
        types: (first, count) => view.types(first, count),
        entries: (first, count) => view.entries(first, count),
        typesOf: (gfns) => view.typesOf(gfns),
        entriesOf: (gfns) => view.entriesOf(gfns),
        typeSet: (gfn) => view.typeSet(gfn),
        digest: (range) => view.digest(range),
        dispose: () => view.dispose(),
      };
    },
    dispose: () => truth.dispose(),
  });
}
