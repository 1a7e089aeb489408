/** Holds what commands print against the schemas that the package publishes, by a validator of others. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** Where the published schemas are. */
export const SCHEMA_FOLDER = new URL('../schema/', import.meta.url);

const ENDING = '.schema.json';
const INPUTS = ['vm', 'assert', 'sweep'];
const validators = new Map<string, ValidateFunction>();

/** Names of the schemas of outputs: `map@2`. */
export function outputSchemas(): readonly string[] {
  return readdirSync(SCHEMA_FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .filter((name) => !INPUTS.includes(name));
}

function validatorOf(name: string): ValidateFunction {
  let validator = validators.get(name);
  if (!validator) {
    const text = readFileSync(new URL(`${name}${ENDING}`, SCHEMA_FOLDER), 'utf8');
    validator = new Ajv2020({ strictTypes: false, allErrors: false }).compile(JSON.parse(text));
    validators.set(name, validator);
  }
  return validator;
}

/** What is wrong with a value by a published schema; empty where nothing is. */
export function problemsOf(name: string, value: unknown): readonly string[] {
  const validator = validatorOf(name);
  if (validator(value)) return [];
  return (validator.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nameOf(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if ('nmsrs' in value) return 'kvm-msrs';
  const { schema } = value as { schema?: unknown };
  return typeof schema === 'string' && schema.startsWith('eptsweep/') ? schema.slice(9) : undefined;
}

function requireFit(name: string, value: unknown): void {
  const problems = problemsOf(name, value);
  if (problems.length > 0) {
    throw new Error(
      `does not fit ${name}${ENDING}: ${problems.join('; ')}\n${JSON.stringify(value).slice(0, 500)}`,
    );
  }
}

/**
 * Holds a text against the schemas that it names: one JSON document, or JSON lines behind a head. Whatever is no
 * JSON, or names no schema of ours, passes.
 *
 * @throws where it does not fit
 */
export function requireSchemas(text: string): void {
  if (!text.trimStart().startsWith('{')) return;
  const document = parsed(text);
  if (document !== undefined) {
    const name = nameOf(document);
    if (name !== undefined) requireFit(name, document);
    return;
  }
  const lines = text.trim().split('\n').map(parsed);
  const head = nameOf(lines[0]);
  if (head === undefined) return;
  for (const line of lines) requireFit(head, line);
}
