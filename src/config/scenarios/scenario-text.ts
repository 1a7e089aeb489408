/** Ready scenarios as texts. */
import type { BootParameter, BootParameters } from './boot/parameters.ts';

/** A ready scenario: the text that could stand in a file, with its name. */
export interface ScenarioText {
  readonly name: string;
  readonly description: string;
  /** YAML. */
  readonly text: string;
  /** What can be said of it behind its name, `NAME,key=value`. */
  readonly takes?: readonly BootParameter[];
  /** The text for other parameters than the usual ones. */
  readonly write?: (parameters: BootParameters) => string;
}
