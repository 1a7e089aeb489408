/** A ready scenario: the text that could stand in a file, with its name. */
export interface ScenarioText {
  readonly name: string;
  readonly description: string;
  /** YAML. */
  readonly text: string;
}
