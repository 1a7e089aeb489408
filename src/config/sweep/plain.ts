/** Values of a config as a resolved spec has them: plain JSON, integers beyond 2^53 as hex texts. */
import type { PlainValue } from '../../sweep/index.ts';
import { hexText } from '../../words.ts';

/** A value as it was read, in plain JSON. */
export function plainValue(value: unknown): PlainValue {
  if (typeof value === 'bigint') return hexText(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
  }
  return value as PlainValue;
}
