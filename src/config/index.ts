/** VM configs: files, presets, and the schema of both. */
export type {
  ConfigInput,
  FixedInput,
  MtrrInput,
  PolicyInput,
  Quantity,
  RangeText,
  SlotInput,
  StateInput,
  TypeText,
  VariableInput,
  VcpuInput,
} from './input.ts';
export { configJsonSchema } from './json-schema.ts';
export { type LoadedConfig, parseConfig } from './load.ts';
export { isPreset, PRESETS, type Preset, preset } from './presets/index.ts';
export { parseScenario, type Scenario, type ScenarioOptions } from './scenario.ts';
export { SCENARIOS, type ScenarioText } from './scenarios/index.ts';
