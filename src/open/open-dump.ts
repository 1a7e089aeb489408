/** A dump becomes a machine: read, merged with what `ram` adds, its gaps filled and said. */
import type { ConfigProblem } from '../errors.ts';
import { describesMtrrs } from '../msr/index.ts';
import { utf8Bytes } from '../read/bytes.ts';
import type { Chunks } from '../read/chunks.ts';
import {
  type DescribedVm,
  type Facts,
  mergeFacts,
  NO_FACTS,
  type Place,
  placeText,
  ReadError,
  type ReadErrorReason,
  ramOnly,
  readStream,
  tornEvidence,
  toVm,
} from '../read/index.ts';
import { vm as blankVm, evidenceSentence, type SlotInit, type Vm } from '../vm/index.ts';
import { ramRanges } from './dump-memory.ts';
import { hostEvidence } from './host-evidence.ts';
import { headText, type Input } from './input.ts';
import type { OpenedConfig, OpenOptions, Source } from './opened-config.ts';

/** What the first key of a config may be: a text that starts so and is no dump is a config with an error. */
const CONFIG_START =
  /^(?:\s|#[^\n]{0,200}\n|---)*\{?\s*["']?(?:name|maxphy\w*|vcpus|mtrrs?|msrs|policy|slots|mmio|host|noncoherentDma|quirks|cr0cd|pat)["']?\s*:/i;

/** The place of a register, from 1 CPU or from the machine. */
export function placeOfRegister(facts: Facts, cpu: number, msr: number): Place | undefined {
  return (facts.cpus.get(cpu)?.registers.get(msr) ?? facts.registers.get(msr))?.at;
}

/** What people should know, a line each. */
function saidOf({ messages, contradictions }: Facts, assumptions: readonly string[]): readonly string[] {
  return [
    ...messages.map(({ severity, text, at }) => `${placeText(at)}: ${severity}: ${text}`),
    ...contradictions.map(({ sentence }) => `contradiction: ${sentence}`),
    ...assumptions,
  ];
}

/** @throws ReadError naming the first contradiction */
function refuseContradictions({ contradictions }: Facts): void {
  const [first, ...others] = contradictions;
  if (!first) return;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  throw new ReadError(first.second.file, `strict: ${first.sentence}${more}`, first.second.line);
}

function chunksOf(source: Source): Chunks {
  return 'chunks' in source ? source.chunks : [utf8Bytes(source.text)];
}

async function readRam(sources: readonly Source[]): Promise<Facts> {
  const list: Facts[] = [];
  for (const source of sources) {
    const facts = ramOnly(await readStream(chunksOf(source), { file: source.name }));
    if (facts.ram.length === 0) {
      throw new ReadError(source.name, 'says nothing of what is RAM: bring dmesg or /proc/iomem (as root)');
    }
    list.push(facts);
  }
  return mergeFacts(list);
}

/**
 * Reads what says what is RAM alone, for a config or a preset.
 *
 * @param sources - dmesg, /proc/iomem, info mtree -f
 * @returns the facts, and what the readers noticed
 * @throws ReadError where one of them does not say it
 */
export async function openRam(
  sources: readonly Source[],
): Promise<{ facts: Facts; said: readonly string[] }> {
  const facts = await readRam(sources);
  return { facts, said: saidOf(facts, []) };
}

/** RAM as slots, as identity maps have them. */
function slotsOf(facts: Facts): readonly SlotInit[] {
  return (ramRanges(facts) ?? []).map(({ start, end }) => ({ gfn: start, count: end - start, pfn: start }));
}

function problemAt(facts: Facts, vm: Vm, name: string): NonNullable<OpenedConfig['faultAt']> {
  return (index, write, message, hint): ConfigProblem => {
    const one = vm.vcpus[index];
    const msr = one?.state.msrs[write]?.msr;
    const at = one && msr !== undefined ? placeOfRegister(facts, one.id, msr) : undefined;
    return {
      file: at?.file ?? name,
      line: at?.line ?? 0,
      column: 1,
      path: '',
      message,
      ...(hint !== undefined && { hint }),
    };
  };
}

async function factsOf(input: Input, options: OpenOptions): Promise<Facts> {
  const { from, boot, host, stage } = options;
  const facts = await readStream(input.chunks(), {
    file: input.name,
    ...(from !== undefined && { from }),
    ...(boot !== undefined && { boot }),
    ...(host !== undefined && { host }),
    ...(stage !== undefined && { stage }),
  });
  return options.ram ? mergeFacts([facts, await readRam(options.ram)]) : facts;
}

/** A text that is no dump, yet begins as a config does or is named so: what is wrong with it as one says more. */
async function throwAsConfig(input: Input, options: OpenOptions, reason: ReadErrorReason): Promise<void> {
  const isNamedSo = reason === 'not-recognised' && /\.(?:ya?ml|json)$/i.test(input.name);
  const text = headText(input);
  if (options.from !== undefined || text.trim() === '') return;
  if (!isNamedSo && !CONFIG_START.test(text.slice(0, 4096))) return;
  const { parseConfig } = await import('../config/vm/load.ts');
  parseConfig(text, input.name);
}

/**
 * The VM of a dump; undefined where it shows no registers, and what it complains of is asked for.
 *
 * @throws ReadError where it cannot be used
 */
function describedBy(
  facts: Facts,
  options: OpenOptions,
  describe: () => DescribedVm,
): DescribedVm | undefined {
  try {
    return describe();
  } catch (error) {
    const isEnough = options.forComplaints && !options.strict && facts.complaints.length > 0;
    if (!(error instanceof ReadError) || !isEnough || !showsNoRange(facts)) throw error;
    return undefined;
  }
}

/** Whether there is no variable range to go by: none is in the text, or all of them were cut out of it. */
function showsNoRange({ registers, cpus, torn }: Facts): boolean {
  const isMtrr = (of: ReadonlyMap<number, unknown>) => [...of.keys()].some(describesMtrrs);
  return (
    torn.some(({ isAll }) => isAll) ||
    !(isMtrr(registers) || [...cpus.values()].some((cpu) => isMtrr(cpu.registers)))
  );
}

/**
 * Opens a dump as a VM of its CPUs.
 *
 * @throws ReadError where it cannot be used, ConfigError where it is a config with an error
 */
export async function openDump(input: Input, options: OpenOptions): Promise<OpenedConfig> {
  let facts: Facts = NO_FACTS;
  try {
    facts = await factsOf(input, options);
  } catch (error) {
    if (error instanceof ReadError && error.file === input.name)
      await throwAsConfig(input, options, error.reason);
    throw error;
  }
  const slots = options.ram ? slotsOf(facts) : [];
  const name = input.name === '<stdin>' ? 'stdin' : input.name.replace(/^.*[/\\]/, '');
  const { physBits, strict } = options;
  if (strict) refuseContradictions(facts);
  const { noncoherentDma, selfSnoop, evidence: ofHost } = hostEvidence(facts);
  const described = describedBy(facts, options, () =>
    toVm(
      facts,
      { physBits, strict },
      { name, noncoherentDma, selfSnoop, ...(slots.length > 0 && { slots }) },
    ),
  );
  const { vm, evidence } = described ?? {
    vm: blankVm({ name, maxphyaddr: 40, vcpus: [{}] }),
    evidence: tornEvidence(facts),
  };
  const sentences = evidence.filter(({ level }) => level !== 'read').map(evidenceSentence);
  return {
    vm,
    facts,
    assumptions: sentences,
    evidence,
    hostEvidence: ofHost,
    ...(!described && { hasRegisters: false }),
    said: saidOf(facts, sentences),
    faultAt: problemAt(facts, vm, name),
  };
}
