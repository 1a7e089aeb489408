/** What stands before the events of a boot. */
import type { ScenarioText } from '../scenario-text.ts';
import { type BootParameter, type BootParameters, USUAL_BOOT } from './parameters.ts';
import { type Step, stepLines } from './steps.ts';

/** A ready scenario whose events cite what they follow. */
export interface CitedScenario {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly assumptions: readonly string[];
  /** A preset's name. */
  readonly vm: string;
  /** Whether the vCPUs start as after power-on, instead of as the preset says. */
  readonly isReset: boolean;
  readonly noncoherentDma?: false;
  readonly policy?: string;
  readonly takes: readonly BootParameter[];
  readonly steps: (parameters: BootParameters) => readonly Step[];
}

const ASSUMED = 'each vCPU runs only what is listed; a touch stands for all accesses to its range';

/** A text as a YAML scalar, quoted where it would be read as something else. */
function scalar(text: string): string {
  return /: | #|^[^\w]/.test(text) ? JSON.stringify(text) : text;
}

function textOf(scenario: CitedScenario, parameters: BootParameters): string {
  const { name, description, source, assumptions, vm, isReset, noncoherentDma = true, policy } = scenario;
  const lines = [
    `name: ${name}`,
    `description: ${scalar(description)}`,
    `source: ${scalar(source)}`,
    'assumptions:',
    ...[...assumptions, ASSUMED].map((text) => `  - ${scalar(text)}`),
    `vm: ${vm}`,
    ...(isReset ? ['start: reset', 'waiting: aps'] : []),
    `vcpus: ${parameters.vcpus}`,
    `noncoherentDma: ${noncoherentDma}`,
    `policy: ${policy ?? 'kvm-6.6'}`,
    'events:',
    ...stepLines(scenario.steps(parameters)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The scenario as a ready one. */
export function citedScenario(scenario: CitedScenario): ScenarioText {
  const { name, description, takes } = scenario;
  const write = (parameters: BootParameters): string => textOf(scenario, parameters);
  return { name, description, text: write(USUAL_BOOT), takes, write };
}
