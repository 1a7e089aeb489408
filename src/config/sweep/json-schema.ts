/** The published JSON Schema of a campaign's spec, made from the schema that the reader uses. */
import { toJson } from '../vm/json-schema.ts';
import { sweepSchema } from './schema.ts';

/**
 * The JSON Schema (draft 2020-12) of a campaign's spec.
 *
 * @returns a plain object
 * @example
 * sweepJsonSchema().type; // 'object'
 */
export function sweepJsonSchema(): Record<string, unknown> {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...toJson(sweepSchema) };
}
