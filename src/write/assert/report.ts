/** What every format of `assert` is written from, and the words that they share. */
import type { Breach, Judged, Verdict } from '../../assert/index.ts';
import type { Cause } from '../../check/index.ts';
import { addresses, countText, idRuns, pagesText } from '../../words.ts';
import { causeText } from '../check/report.ts';
import type { Basis } from '../json/basis.ts';

/** One input, judged, or the reason why it could not be. */
export type AssertedMachine =
  | {
      /** The machine, and the policy whose types are judged where a rule names none. */
      readonly basis: Basis;
      /** Name of the VM or dump. */
      readonly name: string;
      /** The input as the user named it. */
      readonly file: string;
      readonly maxphyaddr: number;
      readonly cpus: number;
      /** What the input does not say, a sentence each. */
      readonly assumptions: readonly string[];
      readonly judged: readonly Judged[];
    }
  | { readonly name: string; readonly file: string; readonly error: string };

/** The outcome for all inputs. */
export interface AssertReport {
  /** Name of the assertions file's set of rules, and the file. */
  readonly assertions: string;
  readonly assertionsFile: string;
  readonly rules: number;
  readonly machines: readonly AssertedMachine[];
}

/** How many rules had a verdict. */
export function countOf(judged: readonly Judged[], verdict: Verdict): number {
  return judged.filter((one) => one.verdict === verdict).length;
}

/** `8 pages of 1,024` or nothing. */
export function shareText({ wrongPages, pages }: Judged): string {
  if (wrongPages === 0n) return '';
  const of = pages > 0n ? ` of ${pagesText(pages)}` : '';
  return `${pagesText(wrongPages)}${of}`;
}

/** `0xa0000-0xbffff  128K  WB  variable range #0 WB`, without what is not known. */
export function breachText({ start, end, found, reason }: Breach): string {
  const what = [found, reason].filter((text) => text !== '').join(', ');
  return `${addresses({ start, end })}  ${pagesText(end - start)}${what === '' ? '' : `  ${what}`}`;
}

/** All registers that a verdict blames, each once. */
export function causesOf({ breaches, causes }: Judged): readonly Cause[] {
  const all = [...causes, ...breaches.flatMap((breach) => breach.causes)];
  return [...new Map(all.map((cause) => [causeText(cause), cause])).values()];
}

/** `ids 0-3,7` of CPUs. */
export function cpusText(ids: readonly number[]): string {
  const runs = idRuns(ids);
  return runs.slice(0, 16).join(',') + (runs.length > 16 ? ` and ${countText(runs.length - 16)} more` : '');
}

/** How many inputs bear the rules out, in a line. */
export function assertTotal({ machines }: AssertReport): string {
  const isFailed = (machine: AssertedMachine) => 'judged' in machine && countOf(machine.judged, 'FAIL') > 0;
  const failed = machines.filter(isFailed).length;
  const unread = machines.filter((machine) => 'error' in machine).length;
  const passed = machines.length - failed - unread;
  const parts = [
    `${passed} pass${passed === 1 ? 'es' : ''}`,
    failed > 0 ? `${failed} fail${failed === 1 ? 's' : ''}` : '',
    unread > 0 ? `${unread} not judged` : '',
  ];
  return `${machines.length} input${machines.length === 1 ? '' : 's'}: ${parts.filter((part) => part !== '').join(', ')}`;
}
