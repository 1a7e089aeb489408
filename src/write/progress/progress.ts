/** How far a job is, for a terminal's line and as a document for programs. */
import { countText, sizeText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { durationText } from '../format/duration.ts';

/** Something of one command's own. */
export interface ProgressDetails {
  /** Member of the document. */
  readonly name: string;
  readonly value: JsonValue;
  /** In the line; undefined where it is not told there. */
  readonly text: string | undefined;
}

/** How far a job is. */
export interface ProgressState {
  readonly command: string;
  /** What is counted. */
  readonly unit: string;
  readonly done: number;
  readonly total: number | undefined;
  /** Of what is done, how much was done before this run. */
  readonly before: number;
  /** Since this run began. */
  readonly seconds: number;
  readonly details: readonly ProgressDetails[];
}

const LEAST_SECONDS = 1e-3;

/** `812 M`, `5.6 k`, `7.8`. */
function shortNumber(value: number): string {
  for (const [unit, size, least] of [
    ['G', 1e9, 1e9],
    ['M', 1e6, 1e6],
    ['k', 1e3, 1e4],
  ] as const) {
    if (value >= least) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return value.toFixed(value < 10 ? 1 : 0);
}

function perSecond({ done, before, seconds }: ProgressState): number {
  return (done - before) / Math.max(LEAST_SECONDS, seconds);
}

function secondsLeft(state: ProgressState): number | undefined {
  const { total, done } = state;
  if (total === undefined) return undefined;
  if (done >= total) return 0;
  const rate = perSecond(state);
  return rate > 0 ? (total - done) / rate : undefined;
}

/** Bytes as whole MiB at least, which no terminal is too narrow for. */
function amountText(unit: string, amount: number): string {
  return unit === 'bytes' ? sizeText(BigInt(Math.floor(amount / 2 ** 20) * 2 ** 20)) : countText(amount);
}

/** `12.3 %  1,234/10,000 blocks  5.6 k/s  00:12 left`. */
export function progressText(state: ProgressState): string {
  const { unit, done, total, details } = state;
  const rate = perSecond(state);
  const isBytes = unit === 'bytes';
  const amount = amountText(unit, done);
  const left = secondsLeft(state);
  const parts = [
    ...(total ? [`${((100 * done) / total).toFixed(1)} %`] : []),
    `${total === undefined ? amount : `${amount}/${amountText(unit, total)}`}${isBytes ? '' : ` ${unit}`}`,
    isBytes ? `${amountText(unit, rate)}/s` : `${shortNumber(rate)}/s`,
    ...details.flatMap(({ text }) => (text === undefined ? [] : [text])),
    ...(total === undefined ? [] : [`${left === undefined ? '?' : durationText(left)} left`]),
  ];
  return parts.join('  ');
}

/** The document of a state: `eptsweep/progress@1`. */
export function progressJson(state: ProgressState): JsonValue {
  const { command, unit, done, total, seconds, details } = state;
  const left = secondsLeft(state);
  return {
    schema: 'eptsweep/progress@1',
    command,
    unit,
    done,
    total: total ?? null,
    perSecond: Math.round(perSecond(state)),
    seconds: Number(seconds.toFixed(1)),
    secondsLeft: left === undefined ? null : Math.round(left),
    ...Object.fromEntries(details.map(({ name, value }) => [name, value])),
  };
}
