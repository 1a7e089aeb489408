/** Values of the program's JSON documents, whose shapes the schemas in schema/ hold. */
import type { JsonObject } from '../../src/write/index.ts';

/** An object in a document; empty where there is none. */
export function objectIn(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Objects of a list in a document. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(objectIn) : [];
}

/** A text in a document. */
export function textIn(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A count or an address, which is a text beyond 2^53. */
export function countIn(value: unknown): bigint {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? BigInt(value) : 0n;
}

/** A count with its thousands apart. */
export function countText(value: unknown): string {
  return (typeof value === 'bigint' ? value : countIn(value)).toLocaleString('en');
}

/** Addresses of a `range`, in hex. */
export function rangeText({ first, last }: JsonObject): string {
  return `0x${countIn(first).toString(16)}-0x${countIn(last).toString(16)}`;
}

/** The frame that a `range` begins with. */
export function frameIn({ first }: JsonObject): number {
  return Number(countIn(first) / 4096n);
}
