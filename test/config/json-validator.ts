/** As much of JSON Schema as the published schema uses, so that the tests need no validator of others. */
type Schema = Record<string, unknown>;

const KNOWN = new Set([
  '$schema',
  'title',
  'description',
  'type',
  'enum',
  'const',
  'anyOf',
  'allOf',
  'not',
  'required',
  'properties',
  'additionalProperties',
  'propertyNames',
  'items',
  'minItems',
  'maxItems',
  'pattern',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
]);

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function hasType(type: unknown, value: unknown): boolean {
  if (type === 'object') return isObject(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return typeof value === 'bigint' || Number.isInteger(value);
  return typeof value === type;
}

function objectFits(schema: Schema, value: Record<string, unknown>): boolean {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  return (
    ((schema.required ?? []) as string[]).every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(([key, item]) => {
      if (schema.propertyNames && !fits(schema.propertyNames as Schema, key)) return false;
      if (Object.hasOwn(properties, key)) return fits(properties[key]!, item);
      const more = schema.additionalProperties ?? true;
      return typeof more === 'boolean' ? more : fits(more as Schema, item);
    })
  );
}

/**
 * Whether a value fits a schema.
 *
 * @throws for a keyword that this validator does not know
 */
export function fits(schema: Schema, value: unknown): boolean {
  const unknown = Object.keys(schema).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`unknown keyword ${unknown}`);
  if (schema.type !== undefined && !hasType(schema.type, value)) return false;
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) return false;
  if ('const' in schema && schema.const !== value) return false;
  if (schema.anyOf && !(schema.anyOf as Schema[]).some((one) => fits(one, value))) return false;
  if (schema.allOf && !(schema.allOf as Schema[]).every((one) => fits(one, value))) return false;
  if (schema.not && fits(schema.not as Schema, value)) return false;
  if (typeof value === 'string' && schema.pattern && !new RegExp(schema.pattern as string, 'u').test(value))
    return false;
  if (typeof value === 'number') {
    if (value < ((schema.minimum as number | undefined) ?? Number.NEGATIVE_INFINITY)) return false;
    if (value > ((schema.maximum as number | undefined) ?? Number.POSITIVE_INFINITY)) return false;
    if (schema.multipleOf !== undefined && value % (schema.multipleOf as number) !== 0) return false;
  }
  if (Array.isArray(value)) {
    if (value.length < ((schema.minItems as number | undefined) ?? 0)) return false;
    if (value.length > ((schema.maxItems as number | undefined) ?? Number.POSITIVE_INFINITY)) return false;
    if (schema.items && !value.every((item) => fits(schema.items as Schema, item))) return false;
  }
  return !isObject(value) || objectFits(schema, value);
}
