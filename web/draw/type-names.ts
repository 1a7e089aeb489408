/** Types by their names, for choosing one and for what documents say. */
import { type MtrrType, PAT_TYPES, type PatType, typeName, UC_MINUS, UNDEFINED } from '../../src/types.ts';

/** PAT types, as a guest's page tables can name them. */
export const PAT_CHOICES: readonly { readonly pat: PatType; readonly name: string }[] = PAT_TYPES.map(
  (pat) => ({ pat, name: typeName(pat) }),
);

/** The PAT type of a name; undefined where it is none. */
export function patNamed(name: string | undefined): PatType | undefined {
  return PAT_CHOICES.find((choice) => choice.name === name)?.pat;
}

/** The type of a name in a document; what is none is undefined by the architecture. */
export function typeNamed(name: string): MtrrType {
  const type = patNamed(name);
  return type === undefined || type === UC_MINUS ? UNDEFINED : type;
}
