/** The shapes of `map`, `diff` and `verify` with `-f json` about several vCPUs. */
import { diffSchema } from '../diff/schema.ts';
import { exactly, type JsonSchema, listOf, object } from '../json/json-schema.ts';
import { PROGRAM, part, published } from '../json/vocabulary-schema.ts';
import { mapSchema } from '../map/schema.ts';
import { verifySchema } from '../verify/schema.ts';

function vcpusSchema(what: string, answer: JsonSchema): JsonSchema {
  const schema = `eptsweep/${what}-vcpus@2`;
  return published(
    schema,
    `What eptsweep ${what} -f json says of several vCPUs: the document of each state that they are in.`,
    object({ schema: exactly(schema), provenance: PROGRAM, states: listOf(part(answer)) }),
  );
}

/** Schema of `map`'s. */
export function mapVcpusSchema(): JsonSchema {
  return vcpusSchema('map', mapSchema());
}

/** Schema of `diff`'s. */
export function diffVcpusSchema(): JsonSchema {
  return vcpusSchema('diff', diffSchema());
}

/** Schema of `verify`'s. */
export function verifyVcpusSchema(): JsonSchema {
  return vcpusSchema('verify', verifySchema());
}
