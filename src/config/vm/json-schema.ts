/** The published JSON Schema of a VM config, made from the schema that the loader uses. */
import * as z from 'zod/mini';
import { alternativesOf } from './fields.ts';
import { configSchema } from './schema.ts';

/** A schema as JSON Schema, without its head. */
export function toJson(schema: z.ZodMiniType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const alternatives = alternativesOf.get(zodSchema);
      if (alternatives) jsonSchema.anyOf = alternatives.map((one) => toJson(one) as never);
    },
  });
  return json;
}

/**
 * The JSON Schema (draft 2020-12) of a VM config.
 *
 * @returns a plain object; what it accepts in shape the loader accepts too, and what it rejects the loader
 * rejects, but for rarer spellings of names and numbers
 * @example
 * configJsonSchema().type; // 'object'
 */
export function configJsonSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...toJson(configSchema),
  };
}
