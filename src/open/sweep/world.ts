/** The world around a campaign: presets, files as they are handed in, the engines. */
import { preparedChanges, preset } from '../../config/index.ts';
import { createEvaluator } from '../../engine/index.ts';
import { EptsweepError } from '../../errors.ts';
import type { Oracle } from '../../oracle/reply.ts';
import {
  generate,
  type LayoutFile,
  type Machine,
  type RandomLayouts,
  sha256,
  type Unreadable,
  type World,
} from '../../sweep/index.ts';
import { type Vm, vm } from '../../vm/index.ts';
import { checkInput } from '../check-input.ts';
import { openChunks } from '../open-text.ts';
import type { OpenedConfig } from '../opened-config.ts';

/** What a campaign reads, and whom it asks. */
export interface SweepSources {
  /** The bytes of a file of the spec's, by its name there. Without it a campaign over files cannot run. */
  readonly readFile?: (name: string) => Promise<Uint8Array>;
  /** Another program, for `oracle`. */
  readonly oracle?: Oracle;
}

function machineOf(opened: OpenedConfig, name = opened.vm.name): Machine {
  return { name, vm: opened.vm, checkInput: (vm) => checkInput({ ...opened, vm }) };
}

async function opened(
  { name, sha256: expected }: LayoutFile,
  sources: SweepSources,
): Promise<Machine | Unreadable> {
  const { readFile } = sources;
  if (!readFile) throw new EptsweepError('bad-request', `${name}: files cannot be read here`, 'layouts');
  const bytes = await readFile(name);
  if ((await sha256(bytes)) !== expected) {
    throw new EptsweepError(
      'bad-request',
      `${name}: it is not what it was when the campaign was planned`,
      name,
    );
  }
  try {
    return machineOf(await openChunks([bytes], { name }), name);
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    return { name, problem: error.message.split('\n', 1)[0]! };
  }
}

/** A layout of the generator's as a VM with one vCPU. */
function randomVm({ of: kind, ranges, seed, maxphyaddr }: RandomLayouts, index: bigint): Vm {
  const msrs = generate(BigInt(seed), index, kind, { maxphyaddr, ranges });
  return vm({ name: `${kind} ${index}`, maxphyaddr, vcpus: [{ msrs }] });
}

/** A world, with engines of its own that want to be disposed of. */
export async function openWorld(sources: SweepSources): Promise<World & Disposable> {
  const evaluator = await createEvaluator();
  const witness = await createEvaluator({ engine: 'reference' });
  const machines = new Map<string, Machine>();
  const machine = (vm: Vm) => machineOf({ vm });
  return {
    evaluator,
    witness,
    preset: (name) => {
      const known = machines.get(name) ?? machine(preset(name));
      machines.set(name, known);
      return known;
    },
    file: (file) => opened(file, sources),
    random: (source, index) => machine(randomVm(source, index)),
    machine,
    changes: preparedChanges,
    ...(sources.oracle && { oracle: sources.oracle }),
    [Symbol.dispose]: () => {
      evaluator.dispose();
      witness.dispose();
    },
  };
}
