/** Ready scenarios: boots, and single changes to a running VM. */
import { BOOTS } from './boots.ts';
import { CHANGES } from './changes.ts';
import type { ScenarioText } from './scenario-text.ts';

export type { ScenarioText } from './scenario-text.ts';

/** All ready scenarios. */
export const SCENARIOS: readonly ScenarioText[] = [...BOOTS, ...CHANGES];

/** The ready scenario of a name, or undefined. */
export function scenarioNamed(name: string): ScenarioText | undefined {
  return SCENARIOS.find((one) => one.name === name);
}
