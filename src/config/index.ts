/** VM configs: files, presets, and the schema of both. */

export { isPreset, PRESETS, type Preset, preset } from './presets/index.ts';
export { parseScenario, type Scenario, type ScenarioOptions } from './scenario/scenario.ts';
export { SCENARIOS, type ScenarioText } from './scenarios/index.ts';
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
} from './vm/input.ts';
export { configJsonSchema } from './vm/json-schema.ts';
export { type LoadedConfig, parseConfig } from './vm/load.ts';
