/** A comparison as `eptsweep diff` prints it. */
import { assumedSentences, type DiffBase, DiffRun } from '../../src/answer/index.ts';
import { createEvaluator, frameCount, InputRangeError, WB } from '../../src/index.ts';
import { type OpenedConfig, restingOn, vcpuIndex } from '../../src/open/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import type { JsonObject } from '../../src/write/index.ts';
import type { OpenMachine } from './machine.ts';
import type { Documented, MachineId, Questions } from './protocol.ts';

type Ask = Questions['diff']['ask'];

function refused(why: string): never {
  throw new InputRangeError('against', why);
}

const NO_FILE = 'a page opens no file by its name: drop it beside, and choose its lane';
const NO_ENGINE =
  'a page holds one engine, auto: eptsweep diff --against engine:reference has another one answer';

/** A name that stands for an opened machine, where `--against` has a file. */
const OTHER = 'config:other';

/**
 * Compares.
 *
 * @param machineOf - another machine that was opened
 * @throws ConfigError, InputError
 */
export async function diffed(
  machine: OpenMachine,
  ask: Ask,
  machineOf: (id: MachineId) => OpenMachine,
): Promise<Documented> {
  const { opened } = machine;
  const { vm } = opened;
  const { against, across, pat = WB, limit } = ask;
  const isOfVendors = across === 'vendors' || (typeof against === 'string' && against.startsWith('vendor:'));
  const { want = isOfVendors ? 'effective' : 'ept', range = { start: 0, end: frameCount(vm.maxphyaddr) } } =
    ask;
  // Its own: the views of the sides go with it.
  const evaluator = await createEvaluator();
  const said = new Set<string>();
  const rest = (input: OpenedConfig, policies: Parameters<typeof restingOn>[1]): OpenedConfig => {
    const resting = restingOn(input, policies, [want]);
    for (const sentence of resting.said) said.add(sentence);
    return resting.opened;
  };
  try {
    const base: DiffBase = {
      opened,
      index: vcpuIndex(vm, ask.vcpu === undefined ? undefined : String(ask.vcpu)),
      policy: ask.policy === undefined ? vm.policy : policyFromText(ask.policy),
      isPolicyGiven: ask.policy !== undefined,
      engine: evaluator,
      open: async () => (typeof against === 'number' ? machineOf(against).opened : refused(NO_FILE)),
      reopen: (change) => machine.reopen(change),
      otherEngine: () => refused(NO_ENGINE),
    };
    const run = new DiffRun(base, { want, pat, by: 'gpa', range, limit, format: 'json', rest });
    const output =
      across === undefined
        ? await run.against(typeof against === 'string' ? against : OTHER)
        : await run.across(across);
    const document = output.kind === 'lines' ? (JSON.parse([...output.lines].join('\n')) as JsonObject) : {};
    return { document, said: [...said, ...assumedSentences(run.asked, [want])] };
  } finally {
    evaluator.dispose();
  }
}
