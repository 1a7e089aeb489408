/** A scenario replayed, for the slider: what each event did, and the program's document. */
import {
  assumedSentences,
  replayHead,
  replaySteps,
  replaySummaries,
  requireScenarioRegisters,
} from '../../src/answer/index.ts';
import { parseScenario, type Scenario, scenarioNamed } from '../../src/config/index.ts';
import { designNamed, type Evaluator, InputRangeError, type ReplayStep, vcpuOf } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { designsJsonLines, eventText, type JsonObject, replayJsonLines } from '../../src/write/index.ts';
import { type Course, requireWanted } from './course.ts';
import { MOST_STEPS, type Questions, type Replayed, type ReplayedStep } from './protocol.ts';

type Ask = Questions['replay']['ask'];

/** Events between two looks at the messages. */
const BREATH = 256;
/** Texts above this many characters are for no editor. */
const MOST_EDITED = 200_000;

interface ScenarioText {
  readonly name: string;
  readonly text: string;
}

async function textOf({ scenario, vcpus }: Ask): Promise<ScenarioText> {
  if ('text' in scenario) return scenario;
  if ('blob' in scenario) return { name: scenario.name, text: await scenario.blob.text() };
  const ready = scenarioNamed(scenario.name, vcpus);
  if (!ready) throw new InputRangeError('scenario', `no scenario "${scenario.name}"`);
  return { name: ready.name, text: ready.text };
}

function scenarioOf({ name, text }: ScenarioText, { vcpus, policy }: Ask): Scenario {
  return parseScenario(text, {
    file: name,
    read: (path) => {
      throw new InputRangeError('vm', `${path}: a page reads no other file: put the VM into the scenario`);
    },
    ...(vcpus !== undefined && { vcpus }),
    ...(policy !== undefined && { policy: policyFromText(policy) }),
  });
}

/** A step for the slider. */
function shownStep({ event, verdict, zap, touched, disagree, report }: ReplayStep): ReplayedStep {
  const { installed = 0, replaced = 0, foreign = 0 } = touched ?? {};
  return {
    ...(event.at !== undefined && { at: event.at }),
    kind: event.kind,
    ...('vcpu' in event && typeof event.vcpu === 'number' && { vcpu: event.vcpu }),
    // Who does it stands in `vcpu`.
    text: eventText(event).replace(/^vCPU \d+: /, ''),
    verdict,
    disagree,
    installed,
    replaced,
    foreign,
    ...(zap && { zap: { reason: zap.reason, entries: zap.lost.entries, pages: zap.lost.pages } }),
    ...(report && { stalePages: report.stale.pages, foreignPages: report.foreign.pages }),
  };
}

/** Lets messages in: a question that was given up is one. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function stepsOf(
  scenario: Scenario,
  evaluator: Evaluator,
  design: string,
  course: Course,
): Promise<{ readonly document: JsonObject; readonly shown: readonly ReplayedStep[] }> {
  const steps = replaySteps(scenario, evaluator, designNamed(design));
  const kept: ReplayStep[] = [];
  let done = 0;
  for (const step of steps) {
    if (kept.length < MOST_STEPS) kept.push(step);
    if (++done % BREATH !== 0) continue;
    course.progress({ done, total: scenario.count });
    await breath();
    requireWanted(course);
  }
  const listed = done <= MOST_STEPS ? kept : [];
  const lines = replayJsonLines(replayHead(scenario), listed, () => steps.summary!);
  return { document: JSON.parse([...lines].join('\n')) as JsonObject, shown: kept.map(shownStep) };
}

/**
 * Replays.
 *
 * @throws ConfigError, InputError for what is no scenario; Cancelled
 */
export async function replayed(evaluator: Evaluator, ask: Ask, course: Course): Promise<Replayed> {
  const source = await textOf(ask);
  const scenario = scenarioOf(source, ask);
  requireScenarioRegisters(scenario, evaluator);
  const { vm } = scenario;
  const [design = 'first-fault', ...others] = ask.designs ?? [];
  const { document, shown } = await stepsOf(scenario, evaluator, design, course);
  const designs = others.length === 0 ? undefined : [design, ...others].map(designNamed);
  return {
    document: designs
      ? (JSON.parse(
          [...designsJsonLines(replayHead(scenario), replaySummaries(scenario, evaluator, designs))].join(''),
        ) as JsonObject)
      : document,
    said: assumedSentences([{ vcpu: vcpuOf(vm, 0), policy: vm.policy }]),
    vcpus: vm.vcpus.map(({ id }) => id),
    steps: shown,
    stepCount: scenario.count,
    ...(source.text.length <= MOST_EDITED && { text: source.text }),
  };
}
