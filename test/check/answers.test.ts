/** Everything that `check` says of machines with one peculiarity each, word for word: answers.txt. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe } from 'vitest';
import { type CheckInput, check, type Finding } from '../../src/check/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpuOf, vm, withoutHost } from '../../src/vm/index.ts';
import { writtenDown } from '../transcripts/written-down.ts';
import { MAP, SOUND } from './case.ts';
import { OF_LOGS } from './cases-of-logs.ts';
import { OF_MEMORY } from './cases-of-memory.ts';
import { OF_REGISTERS } from './cases-of-registers.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

const CASES = { ...OF_MEMORY, ...OF_LOGS, ...OF_REGISTERS };

function lineOf({ start, end }: Finding['ranges'][number]): string {
  return `0x${start.toString(16)}-0x${(end - 1).toString(16)}`;
}

function textOf(one: Finding): string {
  const { rule, severity, message, remedy, ranges, rangeCount, pages, isCutShort, causes, vcpus, restsOn } =
    one;
  const where =
    ranges.length === 0 && rangeCount === 0
      ? 'nowhere'
      : `${ranges.map(lineOf).join(' ')} (${rangeCount}, ${pages} pages)`;
  const blamed = causes.map(
    ({ register, msr, value, at, set }) =>
      `${register} 0x${msr.toString(16)}=0x${value.toString(16)}${at ? ` ${at.file}:${at.line}` : ''}${set === undefined ? '' : ` by ${set}`}`,
  );
  return [
    `${severity} ${rule}: ${message}`,
    `  where ${where}${isCutShort ? ', cut short' : ''}`,
    ...(blamed.length > 0 ? [`  cause ${blamed.join(', ')}`] : []),
    ...(vcpus.length > 0 ? [`  CPUs ${vcpus.join()}`] : []),
    ...(restsOn ? [`  rests on ${restsOn.join('; ')}`] : []),
    `  do ${remedy}`,
  ].join('\n');
}

describe('what check says of', () => {
  writtenDown(fileURLToPath(new URL('answers.txt', import.meta.url)), '# ', Object.keys(CASES), (title) => {
    const { msrs = SOUND, init, options, ...more } = CASES[title]!;
    const machine = vm({ maxphyaddr: 40, vcpus: [{ msrs }], ...init });
    const input: CheckInput = {
      ...{ vm: machine, memory: MAP, isCountStated: true, isWidthFromMasks: false, isDefaultAssumed: false },
      ...{ isTom2Stated: true, isGuest: false, complaints: [] },
      ...more,
    };
    const open = (index: number) => engine.view(withoutHost(vcpuOf(machine, index)), policy('sdm'));
    return check(input, engine, open, options).map(textOf).join('\n') || 'nothing';
  });
});
