/** Ready scenarios: boots, and single changes to a running VM. */

import { requireInteger, requireText } from '../../arguments.ts';
import { MAX_VCPUS } from '../../vm/index.ts';
import { parseParameters, USUAL_BOOT } from './boot/parameters.ts';
import { BOOTS } from './boots.ts';
import { CHANGES } from './changes.ts';
import type { ScenarioText } from './scenario-text.ts';
import { FROM_SOURCES } from './sources.ts';

export { type BootParameters, PARAMETER_TEXTS } from './boot/parameters.ts';
export type { ScenarioText } from './scenario-text.ts';

/** All ready scenarios. */
export const SCENARIOS: readonly ScenarioText[] = [...BOOTS, ...FROM_SOURCES, ...CHANGES];

/**
 * A ready scenario.
 *
 * @param asked - its name, and what it is to be written for: `ovmf-boot`, `ovmf-boot,vcpus=64,linux=5.15`
 * @param vcpus - instead of the usual number; no matter to those that are not written for a number
 * @returns undefined where there is none of that name
 * @throws InputTypeError for what is no text, InputRangeError for a parameter that it does not take, or a value that cannot be
 * @example
 * parseScenario(scenarioNamed('ovmf-boot,linux=5.15', 2).text).vm.vcpus.length; // 2
 */
export function scenarioNamed(asked: string, vcpus?: number): ScenarioText | undefined {
  requireText('asked', asked, 'the name of a ready scenario');
  if (vcpus !== undefined) requireInteger('vcpus', vcpus, 1, MAX_VCPUS);
  const [name, parameters] = asked.split(/,(.*)/s) as [string, string?];
  const found = SCENARIOS.find((one) => one.name === name);
  if (!found) return undefined;
  const values = parameters === undefined ? USUAL_BOOT : parseParameters(parameters, found.takes ?? []);
  return found.write ? { ...found, text: found.write({ ...values, vcpus: vcpus ?? values.vcpus }) } : found;
}
