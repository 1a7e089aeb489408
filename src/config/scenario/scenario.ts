/**
 * A scenario: a VM and what happens to it. Read from YAML, JSON, or JSON lines (the head on the first line, an
 * event on each further one), and checked as a whole before anything is evaluated.
 */
import { requireKeys, requireText } from '../../arguments.ts';
import { ConfigError, type ConfigProblem, InputError } from '../../errors.ts';
import { type Policy, policyFromText, policyHint, requirePolicy } from '../../policy/index.ts';
import { Inventory, type ReplayEvent, type StartState } from '../../replay/index.ts';
import { didYouMean } from '../../suggest.ts';
import type { GfnRange } from '../../types.ts';
import { MAX_VCPUS, type Vm, vm } from '../../vm/index.ts';
import { Fields, Problems } from '../fields.ts';
import { isPreset, PRESETS, preset } from '../presets/index.ts';
import type { Source } from '../source.ts';
import { shown } from '../values.ts';
import { configOf, type LoadedConfig, parseConfig } from '../vm/load.ts';
import { EventVcpus } from './event-vcpus.ts';
import { guestPagesOf } from './guest-pages.ts';
import { type ReadText, readText } from './read-text.ts';
import { ZEROES } from './register-events.ts';
import { EventReader, type ScenarioItem } from './scenario-events.ts';

/** A scenario, read. */
export interface Scenario {
  readonly name: string;
  readonly description: string | undefined;
  readonly source: string | undefined;
  /** What is taken for granted, a sentence each. */
  readonly assumptions: readonly string[];
  readonly vm: Vm;
  /** Events after which a report is made; 0: where the events ask for one. */
  readonly every: number | undefined;
  readonly onFault: 'continue' | 'stop';
  /** Undefined: as the release does by default. */
  readonly slotZap: 'all' | 'slot' | undefined;
  /** Whether dirty logging splits large entries as it starts; undefined: as the release does by default. */
  readonly eagerSplit: boolean | undefined;
  /** Pages that the guest reads by itself: its page tables and its code. */
  readonly guestPages: readonly GfnRange[];
  /** How the vCPUs stand before the first event, beside their registers. */
  readonly start: StartState;
  /** How many events there are. */
  readonly count: number;
  /**
   * The events.
   *
   * @returns from the first on, each time that it is called
   */
  events(): Iterable<ReplayEvent>;
  /** The place of a register value that the VM gives and an engine refuses. */
  readonly faultAt: LoadedConfig['faultAt'] | undefined;
}

/** What {@link parseScenario} takes besides the text. */
export interface ScenarioOptions {
  /** Name of the text, for messages. */
  readonly file?: string;
  /** Reads a file that `vm` names, relative to the scenario. */
  readonly read?: (file: string) => string;
  /** Instead of the scenario's number of vCPUs. */
  readonly vcpus?: number;
  /** Instead of the scenario's policy. */
  readonly policy?: Policy;
}

const OPTION_KEYS: readonly string[] = ['file', 'read', 'vcpus', 'policy'];
const KEYS = [
  'name',
  'description',
  'source',
  'assumptions',
  'vm',
  'vcpus',
  'start',
  'policy',
  'noncoherentDma',
  'every',
  'onFault',
  'slotZap',
  'eagerSplit',
  'eager_page_split',
  'guestPages',
  'waiting',
  'paging',
  'smm',
  'vmm',
  'events',
];

/** A part of a text as a text of its own. */
function partOf({ value, places }: ReadText, key: string): Source {
  return {
    file: places.file,
    value: (value as Record<string, unknown>)[key],
    locate: (path, what) => places.locate([key, ...path], what),
  };
}

function openVm(text: ReadText, fields: Fields, options: ScenarioOptions): Partial<LoadedConfig> {
  const value = fields.raw('vm');
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return configOf(partOf(text, 'vm'));
  if (typeof value !== 'string') {
    const got = value === undefined ? 'it is missing' : `got ${shown(value)}`;
    fields.note('vm', `expected a VM config, a preset's name or a file, ${got}`);
    return {};
  }
  if (isPreset(value)) return { vm: preset(value) };
  if (options.read && /[./\\]/.test(value)) return parseConfig(options.read(value), value);
  const names = PRESETS.map(({ name }) => name);
  fields.note('vm', `no preset "${value}"`, didYouMean(value, names) ?? 'eptsweep list presets names all');
  return {};
}

function policyOf(fields: Fields, options: ScenarioOptions): Policy | undefined {
  if (options.policy) return options.policy;
  const number = fields.raw('policy');
  if (typeof number === 'number') {
    // YAML reads 5.10 as 5.1: which kernel was meant, the number does not say.
    fields.note('policy', `expected text, got the number ${number}`, policyHint(number, []));
    return undefined;
  }
  const name = fields.text('policy');
  if (name === undefined) return undefined;
  try {
    return policyFromText(name);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { path, problem, hint } = error;
    fields.note('policy', path === 'policy' ? problem : `${path}: ${problem}`, hint);
    return undefined;
  }
}

/** The VM with what the scenario says of it. */
function adapted(before: Vm, fields: Fields, options: ScenarioOptions): Vm {
  const start = fields.word('start', ['configured', 'reset'], 'configured');
  const given = fields.has('vcpus') ? fields.integer('vcpus', 1, MAX_VCPUS) : undefined;
  const count = options.vcpus ?? given;
  const policy = policyOf(fields, options) ?? before.policy;
  const written = fields.has('vmm') && fields.word('vmm', ['qemu']) ? ZEROES : [];
  const dma = fields.has('noncoherentDma') ? fields.flag('noncoherentDma') : undefined;
  const first = before.vcpus[0]!;
  const vcpus = count
    ? Array.from({ length: count }, (_, id) => ({ ...first, id, name: `vcpu${id}` }))
    : before.vcpus;
  return vm({
    name: before.name,
    maxphyaddr: before.maxphyaddr,
    slots: before.slots,
    mmio: before.mmio,
    selfSnoop: before.host.selfSnoop,
    vendor: before.host.vendor,
    ...(before.host.msrs && { hostMsrs: before.host.msrs }),
    noncoherentDma: dma ?? before.noncoherentDma,
    ...(before.quirks && { quirks: before.quirks }),
    ...(before.confidential && { confidential: before.confidential }),
    policy,
    vcpus: vcpus.map(({ id, name, state }) => ({
      id,
      name,
      guestHasMtrr: state.guestHasMtrr,
      ...(state.vcnt !== undefined && { vcnt: state.vcnt }),
      cr0cd: start === 'reset' ? true : state.cr0cd,
      msrs: [...written, ...(start === 'reset' ? [] : state.msrs)],
    })),
  });
}

/** How the vCPUs stand at first. After a reset paging is off, unless the scenario says otherwise. */
function startOf({ vcpus }: Vm, fields: Fields): StartState {
  const ids = vcpus.map(({ id }) => id);
  const waiting = fields.has('waiting') ? new EventVcpus().named(fields, 'waiting')(() => ids) : [];
  const unknown = waiting.find((id) => !ids.includes(id));
  if (unknown !== undefined) fields.note('waiting', `no vCPU ${unknown}`);
  const paging = fields.has('paging') ? fields.flag('paging') : fields.raw('start') !== 'reset';
  const smm = fields.has('smm') ? fields.flag('smm') : true;
  return { waiting, ...(paging !== undefined && { paging }), ...(smm !== undefined && { smm }) };
}

/** As a switch, or as the kernel spells its parameter, with Y and N. */
function eagerSplitOf(fields: Fields): boolean | undefined {
  if (fields.has('eagerSplit')) {
    if (fields.has('eager_page_split'))
      fields.note('eager_page_split', 'expected one of it and eagerSplit, got both');
    return fields.flag('eagerSplit');
  }
  if (!fields.has('eager_page_split')) return undefined;
  const value = fields.raw('eager_page_split');
  if (typeof value === 'boolean') return value;
  const word = fields.word('eager_page_split', ['Y', 'N']);
  return word === undefined ? undefined : word === 'Y';
}

/** An event, not a repetition. */
type ScenarioEvent = Extract<ScenarioItem, { readonly key: string }>;

function* unrolled(
  items: Iterable<ScenarioItem>,
  ids: Set<number>,
): Generator<readonly [ReplayEvent, ScenarioEvent], void, undefined> {
  let sorted: readonly number[] | undefined;
  const present = () => {
    sorted ??= [...ids].sort((a, b) => a - b);
    return sorted;
  };
  for (const item of items) {
    if ('times' in item) {
      for (let round = 0; round < item.times; round++) yield* unrolled(item.body, ids);
      sorted = undefined;
      continue;
    }
    const { make } = item;
    for (const event of typeof make === 'function' ? make(present) : make) {
      if (event.kind === 'hotplug' || event.kind === 'unplug') {
        if (event.kind === 'hotplug') ids.add(event.vcpu);
        else ids.delete(event.vcpu);
        sorted = undefined;
      }
      yield [event, item];
    }
  }
}

/** Lets every event pass an inventory, and notes what cannot happen; not where events could not be read. */
function checkEvents(
  items: Iterable<ScenarioItem>,
  machine: Vm,
  start: StartState,
  problems: Problems,
): { readonly count: number; readonly misfits: readonly ConfigProblem[] } {
  const inventory = new Inventory(machine, start);
  const ids = new Set(machine.vcpus.map(({ id }) => id));
  const misfits = new Problems(problems.places);
  let count = 0;
  for (const [event, item] of unrolled(items, ids)) {
    if (problems.list.length > 0) continue;
    count += 1;
    const problem = inventory.problemOf(event);
    inventory.pass(event);
    if (!problem) {
      inventory.apply(event);
      continue;
    }
    const within = problem.key === 'at' || problem.key === item.key ? [] : [item.key];
    const at = [...item.path, ...within, problem.key];
    misfits.note(at, problem.message);
    if (misfits.isFull) break;
  }
  return { count, misfits: misfits.list };
}

/**
 * Reads a scenario.
 *
 * @param text - YAML, JSON, or JSON lines (the head, then an event a line); or a function that gives such lines from the
 * first on, each time that it is called: none of them is kept
 * @param options - name of the file for messages, and what replaces the scenario's own
 * @returns the scenario, its VM validated; events are made as they are asked for
 * @throws ConfigError with line and column of everything that is wrong: keys and values, events that cannot
 * happen (a vCPU or slot that is not there, slots that overlap, time going backwards)
 * @example
 * parseScenario(SCENARIOS[0].text).vm.vcpus.length > 0; // true
 */
export function parseScenario(
  text: string | (() => Iterable<string>),
  options: ScenarioOptions = {},
): Scenario {
  if (typeof text !== 'function') requireText('text', text, 'a scenario as text');
  requireKeys('', options, OPTION_KEYS, 'options such as { file }');
  if (options.policy !== undefined) requirePolicy('policy', options.policy);
  const file = options.file ?? 'scenario';
  const read = readText(text, file);
  const problems = new Problems(read.places);
  const fields = new Fields(read.value, [], problems, KEYS);
  const { vm: opened, faultAt } = openVm(read, fields, options);
  const machine = opened && adapted(opened, fields, options);
  const reader = new EventReader(problems, machine?.maxphyaddr ?? 52);
  const items = read.events
    ? reader.streamed(read.events)
    : reader.items(fields.list('events') ?? [], ['events']);
  const every = fields.has('every') ? fields.integer('every', 0, Number.MAX_SAFE_INTEGER) : undefined;
  const onFault = fields.word('onFault', ['continue', 'stop'], 'continue');
  const slotZap = fields.has('slotZap') ? fields.word('slotZap', ['all', 'slot']) : undefined;
  const eagerSplit = eagerSplitOf(fields);
  const start = machine ? startOf(machine, fields) : {};
  const guestPages = machine ? guestPagesOf(fields, machine) : [];
  const assumptions = fields.has('assumptions') ? (fields.list('assumptions') ?? []) : [];
  const [name, description, source] = ['name', 'description', 'source'].map((key) => fields.text(key));
  throwIfAny(problems.list);
  const { count, misfits } = checkEvents(items, machine!, start, problems);
  if (count === 0)
    problems.note(
      ['events'],
      'expected at least one event, got none',
      'such as {fault: {vcpu: 0, gpa: 0xa0000}}',
    );
  throwIfAny(problems.list);
  throwIfAny(misfits);
  return {
    name: name ?? file.replace(/^.*[/\\]/, '').replace(/\.(ya?ml|json|ndjson|jsonl)$/i, ''),
    description,
    source,
    assumptions: assumptions.map(String),
    vm: machine!,
    every,
    onFault: onFault!,
    slotZap,
    eagerSplit,
    guestPages,
    start,
    count,
    *events() {
      for (const [event] of unrolled(items, new Set(machine!.vcpus.map(({ id }) => id)))) yield event;
    },
    faultAt,
  };
}

function throwIfAny(problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return;
  throw new ConfigError([...problems].sort((a, b) => a.line - b.line || a.column - b.column));
}
