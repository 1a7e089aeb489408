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
  let spans = '';
  let truncated = '';
  let count = 0;
  if (query.range.start < query.range.end) {
    // Each span starts where the one before ended: its text is there already.
    let start = hexString(query.range.start);
    for (const span of view.spansOf(want, query)) {
      if (count === MAX_SPANS) {
        const totals = view.totals(want, query).map((total) => totalText(want, total));
        truncated = `,"truncated":true,"pages":[${totals.join(',')}]`;
        break;
      }
      const end = hexString(span.end);
      spans += `${count === 0 ? '' : ','}[${start},${end},${valueText(want, span)}]`;
      start = end;
      count++;
    }
  }
  const id = JSON.stringify(request.id);
  return `{"id":${id},"spans":[${spans}]${truncated}${assumedText(request)}}`;
}

/** The first line of whatever was thrown: an error answer never carries a stack. */
function firstLine(problem: unknown): string {
  const text = problem instanceof Error ? problem.message : String(problem);
  return text.split('\n', 1)[0] || 'unknown fault';
}

function errorOf(problem: unknown, request: OracleRequest): OracleError {
  const message = firstLine(problem);
  if (problem instanceof WrmsrFault) {
    const keys = problem.isHost ? request.hostMsrKeys : request.msrKeys;
    const msr = BigInt(keys[problem.index] ?? problem.msr);
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
