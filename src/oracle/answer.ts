/**
 * One answer: a request line goes to an engine, its spans come back as one line of JSON. GFNs, page counts
 * and entries are written as hex strings, types and levels as numbers.
 */
import type { Evaluator, View } from '../engine/index.ts';
import { EptsweepError, WrmsrFault } from '../errors.ts';
import type { Span, Total, Want } from '../types.ts';
import { hostAssumptions } from '../vm/index.ts';
import { errorLine, MAX_SPANS, type OracleError } from './protocol.ts';
import { type OracleRequest, readRequest } from './request.ts';

function hexString(value: number | bigint): string {
  return `"0x${value.toString(16)}"`;
}

/** The value fields of a span or a total, as they stand between its frames or before its count. */
function valueText(want: Want, value: Omit<Span, 'start' | 'end'>): string {
  switch (want) {
    case 'mtrr':
    case 'effective':
      return `${value.type}`;
    case 'ept':
      return `${value.type},${value.ipat}`;
    case 'levels':
      return `${value.level}`;
    case 'leaf':
      return `${value.level},${value.entry == null ? 'null' : hexString(value.entry)}`;
  }
}

function spanText(want: Want, span: Span): string {
  return `[${hexString(span.start)},${hexString(span.end)},${valueText(want, span)}]`;
}

function totalText(want: Want, total: Total): string {
  return `[${valueText(want, total)},${hexString(total.pages)}]`;
}

/** What the model takes on trust for this answer, as the key `assumed`; empty for most. */
function assumedText(request: OracleRequest): string {
  const { vcpu, policy, want } = request;
  const assumptions = [...policy.assumptions, ...hostAssumptions(vcpu, policy, [want])];
  return assumptions.length > 0 ? `,"assumed":${JSON.stringify(assumptions)}` : '';
}

function spansLine(view: View, request: OracleRequest): string {
  const { want, query } = request;
  const spans: string[] = [];
  let truncated = '';
  if (query.range.start < query.range.end) {
    for (const span of view.spansOf(want, query)) {
      if (spans.length === MAX_SPANS) {
        const totals = view.totals(want, query).map((total) => totalText(want, total));
        truncated = `,"truncated":true,"pages":[${totals.join(',')}]`;
        break;
      }
      spans.push(spanText(want, span));
    }
  }
  const id = JSON.stringify(request.id);
  return `{"id":${id},"spans":[${spans.join(',')}]${truncated}${assumedText(request)}}`;
}

/** The first line of whatever was thrown: an error answer never carries a stack. */
function firstLine(problem: unknown): string {
  const text = problem instanceof Error ? problem.message : String(problem);
  return text.split('\n', 1)[0] || 'unknown fault';
}

function errorOf(problem: unknown, request: OracleRequest): OracleError {
  const message = firstLine(problem);
  if (problem instanceof WrmsrFault) {
    const numbers = problem.isHost ? request.hostMsrNumbers : request.msrNumbers;
    const msr = numbers[problem.index] ?? BigInt(problem.msr);
    const value = `0x${problem.value.toString(16)}`;
    const msrText = `0x${msr.toString(16)}`;
    return {
      code: 'wrmsr-gp',
      message: `#GP: WRMSR ${msrText} <- ${value} is refused${problem.isHost ? ', so that no host holds it' : ''}`,
      msr: msrText,
      value,
    };
  }
  if (problem instanceof EptsweepError) {
    if (problem.code === 'bad-request') return { code: 'bad-request', message, path: problem.path };
    if (problem.code === 'unsupported' || problem.code === 'too-many-spans') {
      return { code: problem.code, message };
    }
  }
  return { code: 'internal', message: `a fault of eptsweep's own: ${message}` };
}

/**
 * Answers one request line.
 *
 * @param evaluator - the engine to ask
 * @param text - the line without its newline; neither blank nor longer than the protocol allows
 * @returns the answer, one line of JSON without a newline; never throws
 */
export function answerLine(evaluator: Evaluator, text: string): string {
  try {
    const request = readRequest(text);
    if ('error' in request) return errorLine(request);
    try {
      const view = evaluator.view(request.vcpu, request.policy);
      try {
        return spansLine(view, request);
      } finally {
        view.dispose();
      }
    } catch (problem) {
      return errorLine({ id: request.id, error: errorOf(problem, request) });
    }
  } catch (problem) {
    return errorLine({ id: null, error: { code: 'internal', message: firstLine(problem) } });
  }
}
