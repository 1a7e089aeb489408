/** JSON Schemas (draft 2020-12) in few words. */
import type { JsonValue } from '../format/column.ts';

/** A JSON Schema. */
export type JsonSchema = { readonly [keyword: string]: JsonValue };

export const TEXT: JsonSchema = { type: 'string' };
export const BOOLEAN: JsonSchema = { type: 'boolean' };
/** A small number: a count of registers, vCPUs or lines, which no number is too small for. */
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
export const NULL: JsonSchema = { type: 'null' };

/** One of these texts. */
export function oneOf(...texts: readonly string[]): JsonSchema {
  return { type: 'string', enum: texts };
}

/** This value. */
export function exactly(value: JsonValue): JsonSchema {
  return { const: value };
}

/** A value of one of these shapes. */
export function either(...shapes: readonly JsonSchema[]): JsonSchema {
  return { anyOf: shapes };
}

/** The shape, or null. */
export function orNull(shape: JsonSchema): JsonSchema {
  return either(shape, NULL);
}

/** A list. */
export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** An object whose keys are data. */
export function mapOf(values: JsonSchema, keys?: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: values, ...(keys && { propertyNames: keys }) };
}

/** An object with these members and no others. */
export function object(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

/** The shape, with what it means. */
export function described(shape: JsonSchema, description: string): JsonSchema {
  return { description, ...shape };
}
