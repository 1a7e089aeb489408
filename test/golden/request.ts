/**
 * Golden vectors as the engines see them. Only what a vector file holds is read here; what a request of the
 * oracle protocol may look like is tested with the oracle.
 */
import { readFileSync } from 'node:fs';
import { EptsweepError, WrmsrFault } from '../../src/errors.ts';
import { policy, type Quirk } from '../../src/policy/index.ts';
import type { GfnRange, PatType, Span, Want } from '../../src/types.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';

type Digits = string | number;

/** A request of the protocol that is known to be well formed. */
export interface GoldenRequest {
  readonly id: string;
  readonly want?: Want;
  readonly policy?: string;
  readonly maxphyaddr: Digits;
  readonly msrs?: Readonly<Record<string, Digits>>;
  readonly vcnt?: Digits;
  readonly cr0cd?: boolean;
  readonly guestHasMtrr?: boolean;
  readonly noncoherentDma?: boolean;
  readonly selfSnoop?: boolean;
  readonly quirks?: readonly Quirk[];
  readonly mmio?: readonly (readonly [Digits, Digits])[];
  readonly memory?: readonly {
    readonly gfn: Digits;
    readonly count: Digits;
    readonly pfn: Digits;
    readonly readonly?: boolean;
    readonly maxLevel?: Digits;
  }[];
  readonly pat?: Digits;
  readonly range?: readonly [Digits, Digits];
}

/** The answer beside a request, its numbers as bigints; null where an entry is undefined. */
export type GoldenAnswer =
  | { readonly spans: readonly (readonly (bigint | null)[])[] }
  | { readonly error: { readonly code: string; readonly msr?: bigint; readonly value?: bigint } };

export interface GoldenCase {
  readonly request: GoldenRequest;
  readonly answer: GoldenAnswer;
}

interface RawAnswer {
  readonly spans?: readonly (readonly (Digits | null)[])[];
  readonly error?: { readonly code: string; readonly msr?: Digits; readonly value?: Digits };
}

/** Codes of errors that are found before an engine is asked. */
const PROTOCOL_ERRORS: readonly string[] = ['bad-json', 'bad-request', 'too-large', 'unknown-policy'];

function answerOf(raw: RawAnswer): GoldenAnswer {
  if (raw.error) {
    const { code, msr, value } = raw.error;
    if (msr === undefined || value === undefined) return { error: { code } };
    return { error: { code, msr: BigInt(msr), value: BigInt(value) } };
  }
  return { spans: raw.spans!.map((span) => span.map((value) => (value === null ? null : BigInt(value)))) };
}

/** Reads `{"request":..., "answer":...}` lines, those that never reach an engine left out. */
export function readGolden(file: string): readonly GoldenCase[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as { request: GoldenRequest; answer: RawAnswer })
    .filter(({ answer }) => !PROTOCOL_ERRORS.includes(answer.error?.code ?? ''))
    .map(({ request, answer }) => ({ request, answer: answerOf(answer) }));
}

function rangeOf([start, end]: readonly [Digits, Digits]): GfnRange {
  return { start: Number(start), end: Number(end) };
}

/** The vCPU of a request. */
export function initOf(request: GoldenRequest): VcpuInit {
  return {
    maxphyaddr: Number(request.maxphyaddr),
    ...(request.msrs && {
      msrs: Object.entries(request.msrs).map(([msr, value]) => [Number(msr), BigInt(value)] as const),
    }),
    ...(request.vcnt !== undefined && { vcnt: Number(request.vcnt) }),
    ...(request.cr0cd !== undefined && { cr0cd: request.cr0cd }),
    ...(request.guestHasMtrr !== undefined && { guestHasMtrr: request.guestHasMtrr }),
    ...(request.noncoherentDma !== undefined && { noncoherentDma: request.noncoherentDma }),
    ...(request.selfSnoop !== undefined && { selfSnoop: request.selfSnoop }),
    ...(request.quirks && { quirks: request.quirks }),
    ...(request.mmio && { mmio: request.mmio.map(rangeOf) }),
    ...(request.memory && {
      slots: request.memory.map((slot) => ({
        gfn: Number(slot.gfn),
        count: Number(slot.count),
        pfn: Number(slot.pfn),
        ...(slot.readonly !== undefined && { readonly: slot.readonly }),
        ...(slot.maxLevel !== undefined && { maxLevel: Number(slot.maxLevel) as 1 | 2 | 3 }),
      })),
    }),
  };
}

function valuesOf({ start, end, ...fields }: Span): readonly (bigint | null)[] {
  const { type, ipat, level, entry } = fields;
  const values = [type, ipat, level, entry].filter((value) => value !== undefined);
  return [start, end, ...values].map((value) => (value === null ? null : BigInt(value)));
}

/** What an engine answers, in the form of {@link GoldenAnswer}. */
export function askEngine(engine: Engine, request: GoldenRequest): GoldenAnswer {
  try {
    const view = engine.open(vcpu(initOf(request)), policy(request.policy ?? 'sdm'));
    const query = {
      ...(request.pat !== undefined && { pat: Number(request.pat) as PatType }),
      ...(request.range && { range: rangeOf(request.range) }),
    };
    try {
      return { spans: [...view.spans(request.want ?? 'ept', query)].map(valuesOf) };
    } finally {
      view.dispose();
    }
  } catch (error) {
    if (error instanceof WrmsrFault) {
      // A request can name an MSR that no double holds; the write's index still says which one it was.
      const [msr] = Object.entries(request.msrs ?? {})[error.index]!;
      return { error: { code: error.code, msr: BigInt(msr), value: error.value } };
    }
    if (error instanceof EptsweepError) return { error: { code: error.code } };
    throw error;
  }
}
