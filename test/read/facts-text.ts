/** Everything that was read of a text, as lines: what a transcript holds. */
import {
  type CpuFacts,
  type Facts,
  type Place,
  ReadError,
  type RegisterFact,
  toVcpuInits,
} from '../../src/read/index.ts';

/** As many registers a line where nothing else is said. */
const A_LINE = 6;
const ALL_BITS = 0xffff_ffff_ffff_ffffn;

const at = ({ line }: Place): string => `@${line}`;
const hex = (value: bigint | number): string => value.toString(16);

function registerText({ msr, value, known, sized, at: place }: RegisterFact): string {
  const bits = known === ALL_BITS ? '' : `/${hex(known)}`;
  return `${hex(msr)}=${hex(value)}${bits}${sized ? ' sized' : ''}${at(place)}`;
}

function registerLines(who: string, registers: CpuFacts['registers'], count: number): readonly string[] {
  const texts = [...registers.values()].map(registerText);
  return Array.from(
    { length: Math.ceil(texts.length / count) },
    (_, line) => `${who}: ${texts.slice(line * count, (line + 1) * count).join(' ')}`,
  );
}

/** Any value, with places and numbers shortened. */
export function shown(value: unknown): string {
  return JSON.stringify(value, (key, one: unknown) => {
    if (typeof one === 'bigint') return `0x${hex(one)}`;
    if (
      key !== '' &&
      one !== null &&
      typeof one === 'object' &&
      'file' in one &&
      'line' in one &&
      !('format' in one)
    )
      return at(one as Place);
    return one;
  }).replaceAll('"', '');
}

/**
 * See the head of the file.
 *
 * @param count - of registers a line
 */
export function factLines(facts: Facts, count = A_LINE): readonly string[] {
  const { registers, cpus, ...others } = facts;
  return [
    ...registerLines('machine', registers, count),
    ...[...cpus].flatMap(([number, { cpu, label, registers: own, cr0 }]) => [
      ...registerLines(`${number === cpu ? '' : `${number}: `}${label}`, own, count),
      ...(cr0 ? [`${label}: CR0 ${hex(cr0.value)}${at(cr0.at)}`] : []),
    ]),
    ...Object.entries(others).flatMap(([name, value]: [string, unknown]) => {
      if (value === undefined) return [];
      if (!Array.isArray(value)) return [`${name}: ${shown(value)}`];
      return value.map((one: unknown) => `${name}: ${shown(one)}`);
    }),
  ];
}

const refusalOf = (work: () => readonly string[]): readonly string[] => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return [`refused: ${error.message}`];
  }
};

/** What becomes of it: the vCPUs, how each thing is known that they are made of, and what is missing to a strict reader. */
export function vcpuLines(facts: Facts): readonly string[] {
  const lines = refusalOf(() => {
    const { cpus, evidence } = toVcpuInits(facts);
    return [
      ...cpus.map(({ id, label, init: { msrs, ...others } }) => {
        const written = (msrs as readonly (readonly [number, bigint])[]).map(
          ([msr, value]) => `${hex(msr)}=${hex(value)}`,
        );
        return `vcpu ${id} ${label}: ${shown(others)} ${written.join(' ')}`;
      }),
      ...evidence.map((one) => `known: ${shown(one)}`),
    ];
  });
  const strictly = refusalOf(() => {
    toVcpuInits(facts, { strict: true });
    return [];
  });
  return [...lines, ...strictly.map((line) => `strictly ${line}`)];
}
