import type { ConfigInput } from '../vm/input.ts';

/** A ready VM config: the same that could stand in a file, with its name and where its values come from. */
export interface Preset extends ConfigInput {
  readonly name: string;
  readonly description: string;
  readonly source: string;
}
