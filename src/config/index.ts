/** VM configs: files, presets, and the schema of both. */

export { type Changes, preparedChanges, withChanges } from './change/with-changes.ts';
export type { Path } from './path.ts';
export { type ConfigPath, listPaths, parsePath, parseValue } from './paths.ts';
export { isPreset, PRESETS, type Preset, preset } from './presets/index.ts';
export { parseScenario, type Scenario, type ScenarioOptions } from './scenario/scenario.ts';
export { type BootParameters, SCENARIOS, type ScenarioText, scenarioNamed } from './scenarios/index.ts';
export type { FindFiles } from './sweep/layouts.ts';
export { type ParsedSweep, type ParseSweepOptions, parseSweep } from './sweep/parse.ts';
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
