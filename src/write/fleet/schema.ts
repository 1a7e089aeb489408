/** The shapes of `check`, `map` and `explain` with `-f json` over many inputs. */
import { checkSchema } from '../check/schema.ts';
import { explainSchema } from '../explain/schema.ts';
import { COUNT, either, exactly, type JsonSchema, listOf, object, TEXT } from '../json/json-schema.ts';
import { PROGRAM, part, published } from '../json/vocabulary-schema.ts';
import { mapSchema } from '../map/schema.ts';
import { mapVcpusSchema } from '../vcpus/schema.ts';

function fleetSchema(what: string, answer: JsonSchema): JsonSchema {
  return published(
    `eptsweep/${what}-fleet@2`,
    `What eptsweep ${what} -f json says of many inputs: which are alike, and each one's own document.`,
    object({
      schema: exactly(`eptsweep/${what}-fleet@2`),
      provenance: PROGRAM,
      unread: COUNT,
      groups: listOf(listOf(TEXT)),
      inputs: listOf(
        either(object({ file: TEXT, answer: part(answer) }), object({ file: TEXT, error: TEXT })),
      ),
    }),
  );
}

/** Schema of `check`'s. */
export function checkFleetSchema(): JsonSchema {
  return fleetSchema('check', checkSchema());
}

/** Schema of `map`'s. */
export function mapFleetSchema(): JsonSchema {
  return fleetSchema('map', either(part(mapSchema()), part(mapVcpusSchema())));
}

/** Schema of `explain`'s. */
export function explainFleetSchema(): JsonSchema {
  return fleetSchema('explain', explainSchema());
}
