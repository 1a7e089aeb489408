/** Facts of several texts as one: the more exact source wins, and what cannot both be true is named. */

import { isVariableMsr } from '../../msr/index.ts';
import { hexText } from '../../words.ts';
import {
  type Contradiction,
  type CoverageFact,
  type CpuFacts,
  type Facts,
  NO_FACTS,
  type Place,
  placeText,
  type RamRange,
  type RegisterFact,
  type ToolMap,
} from './facts.ts';
import { rankOfFormat } from './order.ts';
import { agreeing, joined } from './registers.ts';

function mergedRegisters(
  ordered: readonly ReadonlyMap<number, RegisterFact>[],
  whose: string,
  contradictions: Contradiction[],
): Map<number, RegisterFact> {
  const merged = new Map<number, RegisterFact>();
  for (const registers of ordered) {
    for (const [msr, fact] of registers) {
      const kept = merged.get(msr);
      if (kept && !agreeing(kept, fact)) {
        contradictions.push({
          subject: `MSR ${hexText(msr)}`,
          sentence:
            `MSR ${hexText(msr)}${whose} is ${hexText(kept.value)} in ${placeText(kept.at)} and ` +
            `${hexText(fact.value)} in ${placeText(fact.at)}: the first is taken`,
          first: kept.at,
          second: fact.at,
        });
      }
      merged.set(msr, kept ? joined(kept, fact) : fact);
    }
  }
  return new Map([...merged].sort(([a], [b]) => a - b));
}

function mergedCpus(list: readonly Facts[], contradictions: Contradiction[]): Map<number, CpuFacts> {
  const numbers = [...new Set(list.flatMap((facts) => [...facts.cpus.keys()]))].sort((a, b) => a - b);
  return new Map(
    numbers.map((cpu) => {
      const entries = list.map((facts) => facts.cpus.get(cpu)).filter((entry) => entry !== undefined);
      const label = entries[0]!.label;
      const registers = mergedRegisters(
        entries.map((entry) => entry.registers),
        ` of ${label}`,
        contradictions,
      );
      const cr0 = entries.find((entry) => entry.cr0)?.cr0;
      return [cpu, { cpu, label, registers, ...(cr0 && { cr0 }) }];
    }),
  );
}

/** RAM maps: one list of each source; two texts that give the same list must agree on what is RAM. */
function mergedRam(list: readonly Facts[], contradictions: Contradiction[]): RamRange[] {
  const taken = new Map<string, readonly RamRange[]>();
  for (const facts of list) {
    for (const [source, ranges] of groupedBySource(facts.ram)) {
      const kept = taken.get(source);
      if (!kept) taken.set(source, ranges);
      else if (!isSameRam(kept, ranges)) {
        const [first, second] = [kept[0]!.at, ranges[0]!.at];
        contradictions.push({
          subject: `RAM map (${source})`,
          sentence: `the ${source} maps of ${placeText(first)} and ${placeText(second)} differ: the first is taken`,
          first,
          second,
        });
      }
    }
  }
  return [...taken.values()].flat();
}

function groupedBySource(ram: readonly RamRange[]): Map<RamRange['source'], RamRange[]> {
  const groups = new Map<RamRange['source'], RamRange[]>();
  for (const range of ram) {
    const group = groups.get(range.source);
    if (group) group.push(range);
    else groups.set(range.source, [range]);
  }
  return groups;
}

function isSameRam(a: readonly RamRange[], b: readonly RamRange[]): boolean {
  const text = (ranges: readonly RamRange[]) =>
    ranges
      .filter((range) => range.kind === 'ram')
      .map((range) => `${range.start}-${range.end}`)
      .join();
  return text(a) === text(b);
}

/** E820 entries that overlap and disagree about what is there. */
function overlaps(ram: readonly RamRange[]): Contradiction[] {
  const found: Contradiction[] = [];
  for (const ranges of groupedBySource(ram).values()) {
    if (ranges[0]!.source === 'iomem') continue;
    const [first, ...others] = [...ranges].sort((a, b) => Number(a.start - b.start));
    let reaching = first!;
    for (const range of others) {
      if (range.start <= reaching.end && range.kind !== reaching.kind && found.length < 100) {
        const [end] = [range.end, reaching.end].sort((a, b) => Number(a - b));
        const where = `${hexText(range.start)}-${hexText(end!)}`;
        found.push({
          subject: `memory ${where}`,
          sentence:
            `${where} is "${reaching.name}" in ${placeText(reaching.at)} and "${range.name}" in ` +
            `${placeText(range.at)}`,
          first: reaching.at,
          second: range.at,
        });
      }
      if (range.end > reaching.end) reaching = range;
    }
  }
  return found;
}

function mergedCoverage(list: readonly Facts[]): CoverageFact | undefined {
  const found = list.map(({ coverage }) => coverage).filter((one) => one !== undefined);
  if (found.length === 0) return undefined;
  const sum = (of: (one: CoverageFact) => number) => found.reduce((total, one) => total + of(one), 0);
  return {
    used: sum(({ used }) => used),
    total: sum(({ total }) => total),
    unused: found.flatMap(({ unused }) => unused),
  };
}

function mergedMaps(list: readonly Facts[]): ToolMap[] {
  const maps = new Map<string, ToolMap>();
  for (const map of list.flatMap((facts) => facts.maps)) if (!maps.has(map.tool)) maps.set(map.tool, map);
  return [...maps.values()];
}

const hasRanges = ({ registers, cpus }: Facts): boolean =>
  [registers, ...[...cpus.values()].map((cpu) => cpu.registers)].some((one) =>
    [...one.keys()].some(isVariableMsr),
  );

/** Facts of a log whose kernel rewrote the variable ranges, without those: another text shows the present ones. */
function withoutOldRanges(facts: Facts, rewritten: Place): Facts {
  const text =
    'the kernel rewrote the variable ranges (mtrr_cleanup): those that the other text shows are taken; --stage firmware takes those before';
  return {
    ...facts,
    registers: new Map([...facts.registers].filter(([msr]) => !isVariableMsr(msr))),
    rewritten: undefined,
    stages: [
      { name: 'firmware', taken: false, at: rewritten },
      { name: 'after-cleanup', taken: true, at: rewritten },
    ],
    torn: facts.torn.filter(({ subject }) => subject !== 'variable-ranges'),
    messages: [
      ...facts.messages.filter(({ at }) => at.line !== rewritten.line || at.file !== rewritten.file),
      { severity: 'note', text, at: rewritten },
    ],
  };
}

/** The facts, where a log's variable ranges were rewritten and another text shows what they are now, without the old. */
function withPresentRanges(list: readonly Facts[]): readonly Facts[] {
  return list.map((facts) =>
    facts.rewritten && list.some((other) => other !== facts && !other.rewritten && hasRanges(other))
      ? withoutOldRanges(facts, facts.rewritten)
      : facts,
  );
}

/**
 * Merges facts.
 *
 * @param given - facts of several readers or files; at equal exactness the earlier one wins
 * @returns everything that they say together, with the contradictions between them
 * @example
 * mergeFacts([NO_FACTS, NO_FACTS]).contradictions.length; // 0
 */
export function mergeFacts(given: readonly Facts[]): Facts {
  if (given.length === 0) return NO_FACTS;
  const list = withPresentRanges(given);
  // What is of no known format comes last.
  const rank = (facts: Facts) =>
    Math.min(rankOfFormat(''), ...facts.recognised.map(({ format }) => rankOfFormat(format)));
  const ordered = [...list].sort((a, b) => rank(a) - rank(b));
  const found: Contradiction[] = [];
  const registers = mergedRegisters(
    ordered.map((facts) => facts.registers),
    '',
    found,
  );
  const cpus = mergedCpus(ordered, found);
  const ram = mergedRam(list, found);
  const known = new Set(list.flatMap((facts) => facts.contradictions.map((one) => one.sentence)));
  const counts = list.map((facts) => facts.variableCount).filter((count) => count !== undefined);
  const platforms = list.map((facts) => facts.platform).filter((platform) => platform !== undefined);
  return {
    recognised: list.flatMap((facts) => facts.recognised),
    registers,
    cpus,
    variableCount: counts.sort((a, b) => b.count - a.count)[0],
    widths: list.flatMap((facts) => facts.widths),
    ram,
    maps: mergedMaps(list),
    silences: list.flatMap((facts) => facts.silences),
    contradictions: [
      ...list.flatMap((facts) => facts.contradictions),
      ...[...found, ...overlaps(ram)].filter((one) => !known.has(one.sentence)),
    ],
    torn: list.flatMap((facts) => facts.torn),
    complaints: list.flatMap((facts) => facts.complaints),
    platform: platforms.find(({ kind }) => kind === 'guest') ?? platforms[0],
    vendor: list.map((facts) => facts.vendor).find((vendor) => vendor !== undefined),
    stages: list.flatMap((facts) => facts.stages),
    dmaUnits: list.flatMap((facts) => facts.dmaUnits),
    assignedDevices: list.flatMap((facts) => facts.assignedDevices),
    dmaDevices: list.flatMap((facts) => facts.dmaDevices),
    selfSnoop: list.map((facts) => facts.selfSnoop).find((one) => one !== undefined),
    keyIds: list.map((facts) => facts.keyIds).find((one) => one !== undefined),
    rewritten: list.find(({ rewritten }) => rewritten !== undefined)?.rewritten,
    messages: list.flatMap((facts) => facts.messages),
    coverage: mergedCoverage(list),
    hosts: list.find(({ hosts }) => hosts !== undefined)?.hosts,
  };
}

/**
 * Only what facts say about RAM: for a second file that is to give the memory map and nothing else.
 *
 * @param facts - of that file
 * @returns them without registers
 * @example
 * ramOnly(readText('reg00: base=0x0 (0MB), size=2048MB, count=1: write-back\n')).registers.size; // 0
 */
export function ramOnly(facts: Facts): Facts {
  return {
    ...NO_FACTS,
    recognised: facts.recognised,
    ram: facts.ram,
    platform: facts.platform,
    widths: facts.widths.filter((width) => width.source === 'RAM'),
    messages: facts.messages,
  };
}
