/**
 * What each fixture is as a machine: its assumptions, its memory, what `check` and `assert` take of it, the map that fits
 * it, and why writes are refused: open.txt. Accepted with EPTSWEEP_ACCEPT=1, as the others.
 */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { EptsweepError, WrmsrFault } from '../../src/errors.ts';
import { ANY_TYPE } from '../../src/fit/index.ts';
import {
  assertInput,
  checkInput,
  faultReason,
  hostFacts,
  knownRegisters,
  layoutOfFacts,
  listsDevices,
  memoryOfFacts,
  type OpenedConfig,
  openChunks,
  wantedOfRam,
} from '../../src/open/index.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { layoutText } from '../../src/vm/layout.ts';
import { FIXTURE_NAMES, fixtureBytes } from '../read/fixture.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('open.txt', import.meta.url));
/** Other tests hold these to the plain ones. */
const DRESSED = /crlf|journal|list|markdown|quoted|utf16|wrapped|\.gz$/;
const NAMES = FIXTURE_NAMES.filter((name) => !DRESSED.test(name));
const MOST_LETTERS = 300;
const MOST_LINES = 12;

const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part)) ??
  'undefined';

const few = (title: string, lines: readonly string[]): readonly string[] => [
  ...lines.slice(0, MOST_LINES).map((line) => `${title}: ${line.slice(0, MOST_LETTERS)}`),
  ...(lines.length > MOST_LINES ? [`${title}: ... ${lines.length}`] : []),
];

function said<T>(answer: () => T): T | string {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    return error.message;
  }
}

function machineText(opened: OpenedConfig): string {
  const { facts, vm, evidence = [], hostEvidence = [] } = opened;
  if (!facts) return layoutText(vm);
  const memory = memoryOfFacts(facts);
  const wanted = said(() => wantedOfRam(memory, vm.maxphyaddr, ANY_TYPE).stretches.map(text));
  const { vm: _, ...check } = checkInput(opened);
  const { vm: __, ...assert } = assertInput(opened);
  const known = knownRegisters(opened, vm.vcpus[0]!.id);
  return [
    ...few('evidence', evidence.filter(({ level }) => level !== 'read').map(text)),
    ...few('host', hostEvidence.map(text)),
    ...few('said', opened.said ?? []),
    ...few('RAM', (memory.ram ?? []).map(text)),
    ...few('described', memory.described.map(text)),
    ...few('MMIO', memory.mmio.map(text)),
    ...few('layout', layoutOfFacts(facts).map(text)),
    ...few('wanted', typeof wanted === 'string' ? [wanted] : wanted),
    `devices: ${listsDevices(facts)}, facts: ${text(hostFacts(opened))}`,
    `check: ${text({ ...check, memory: undefined, evidence: undefined }).slice(0, 2 * MOST_LETTERS)}`,
    `assert: ${text({ ...assert, memory: undefined, named: undefined, evidence: undefined }).slice(0, 2 * MOST_LETTERS)}`,
    `known: ${text([known?.enables, known?.pat]).slice(0, MOST_LETTERS)}`,
    `fault: ${text(opened.faultAt?.(0, 0, 'said', 'do'))}`,
    layoutText(vm).slice(0, 2 * MOST_LETTERS),
  ].join('\n');
}

async function openedText(name: string, forComplaints: boolean): Promise<string> {
  try {
    return machineText(await openChunks([fixtureBytes(name)], { name, forComplaints }));
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    return `refused: ${error.message.slice(0, MOST_LETTERS)}`;
  }
}

/** Writes that break one rule each. */
const WRITES: readonly (readonly [msr: number, value: bigint])[] = [
  [0x210, 6n],
  [0x24f, 0x800n],
  [0x200, 0x10_0000_0006n],
  [0x201, 0x400n],
  [0x200, 0x106n],
  [0x200, 2n],
  [0x250, 0x0606_0706_0606_0606n],
  [0x277, 0x0302n],
  [0x2ff, 0x106n],
  [0x1f2, 6n],
  [0x982, 2n],
  [0x10, 0n],
];

function faultsText(): string {
  const evaluator = createEvaluatorSync();
  const lines = ['sdm', 'kvm-6.8'].flatMap((name) =>
    [undefined, 40].flatMap((vcnt) =>
      WRITES.map(([msr, value]) => {
        const guest = vcpu({ maxphyaddr: 36, vcnt, msrs: [[msr, value]] });
        try {
          evaluator.view(guest, policy(name)).dispose();
          return `0x${msr.toString(16)}: accepted`;
        } catch (error) {
          if (!(error instanceof WrmsrFault)) throw error;
          const { message, hint } = faultReason(error, guest, policy(name));
          return `${message}: ${hint}`;
        }
      }),
    ),
  );
  evaluator.dispose();
  return lines.join('\n');
}

const ANSWERS = new Map<string, () => string | Promise<string>>([
  ...NAMES.map((name) => [name, () => openedText(name, false)] as const),
  ...NAMES.filter((name) => /complain|dmesg|log/.test(name)).map(
    (name) => [`${name} for its complaints`, () => openedText(name, true)] as const,
  ),
  ['faults', faultsText],
]);

describe('fixtures as machines', () => {
  writtenDown(PATH, '=== ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!());
});
