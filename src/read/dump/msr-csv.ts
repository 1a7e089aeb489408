/** Comma-separated MSR dumps: `0xfe,0x508`, with a heading or without, with a column for the CPU or without. */
import { byteOf, isBaseMsr, MSR_MTRRCAP, msrByName, msrName, variableIndex } from '../../msr/index.ts';
import { Draft, MOST_CPUS, TOO_MANY_CPUS } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hex } from '../words.ts';
import { registerRaw } from './register-line.ts';

interface Columns {
  readonly msr: number;
  readonly value: number;
  readonly cpu: number | undefined;
  /** A heading named the columns: numbers may then come without 0x. */
  readonly named: boolean;
}

const PAIR: Columns = { msr: 0, value: 1, cpu: undefined, named: false };
const TRIPLE: Columns = { cpu: 0, msr: 1, value: 2, named: false };
const MSR_COLUMN = /^(?:msr(?:_?addr(?:ess)?|_?index)?|addr(?:ess)?|register|reg|index)$/i;
const VALUE_COLUMN = /^(?:value|val|data|msr_?value|content)$/i;
const CPU_COLUMN = /^(?:v?cpu|core|processor|thread|apic_?id)$/i;

/** Cells of a row that is one of such a dump. */
const MOST_CELLS = 8;

function headingOf(cells: readonly string[]): Columns | undefined {
  const at = (pattern: RegExp) => cells.findIndex((cell) => pattern.test(cell));
  const msr = at(MSR_COLUMN);
  const value = at(VALUE_COLUMN);
  const cpu = at(CPU_COLUMN);
  if (msr < 0 || value < 0) return undefined;
  return { msr, value, cpu: cpu < 0 ? undefined : cpu, named: true };
}

/** A row of the dump. */
interface Row {
  readonly line: number;
  readonly msr: number;
  readonly cpu: number | undefined;
}

class MsrCsvReader implements LineReader {
  readonly #draft: Draft;
  #last: Row | undefined;
  /** The registers of each CPU come in the order of their numbers, so that the last row tells where a text was cut. */
  #isAscending = true;
  #columns: Columns | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const cells = text.split(/[,;]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    if (cells.length > MOST_CELLS) return false;
    const heading = headingOf(cells);
    if (heading) {
      if (this.#draft.used) this.#draft.startBlock();
      this.#columns = heading;
      return true;
    }
    return this.#row(number, cells);
  }

  #row(line: number, cells: readonly string[]): boolean {
    const columns = this.#columns ?? (cells.length === 2 ? PAIR : cells.length === 3 ? TRIPLE : undefined);
    if (!columns) return false;
    const msr = this.#msr(cells[columns.msr] ?? '', columns.named);
    const digits = cells[columns.value] ?? '';
    if (msr === undefined || (!columns.named && !/^0x/i.test(digits))) return false;
    const value = hex(digits);
    if (value === undefined) return false;
    let cpu: number | undefined;
    if (columns.cpu !== undefined) {
      const word = /^(?:v?cpu)?(0x[0-9a-f]{1,4}|\d{1,4})$/i.exec(cells[columns.cpu] ?? '')?.[1];
      if (word === undefined) return false;
      cpu = Number(word);
      if (cpu >= MOST_CPUS) {
        this.#draft.say('warning', line, TOO_MANY_CPUS);
        return true;
      }
    }
    registerRaw(this.#draft, line, msr, value, { cpu });
    const before = this.#last;
    if (before && before.cpu === cpu && before.msr > msr) this.#isAscending = false;
    this.#last = { line, msr, cpu };
    return true;
  }

  /** A dump that ends amid the variable ranges was cut there. */
  #readEnd(last: number): void {
    const row = this.#last;
    if (!row || row.line !== last || !this.#isAscending) return;
    const cap = this.#draft.registerSoFar(MSR_MTRRCAP, row.cpu);
    const index = variableIndex(row.msr);
    const isMore = cap !== undefined && index !== undefined && index + 1 < byteOf(cap.value, 0);
    if (!isMore && !isBaseMsr(row.msr)) return;
    const why = isMore
      ? `${msrName(MSR_MTRRCAP)} announces ${byteOf(cap.value, 0)} variable ranges`
      : 'its mask is missing';
    this.#draft.at(last).torn('variable-ranges', `the text ends with ${msrName(row.msr)}, and ${why}`);
  }

  #msr(word: string, named: boolean): number | undefined {
    if (/^0x[0-9a-f]{1,16}$/i.test(word)) return Number(BigInt(word.toLowerCase()));
    if (named && /^[0-9a-f]{1,8}h?$/i.test(word)) return Number.parseInt(word, 16);
    return msrByName(word);
  }

  finish(last: number): Facts {
    this.#readEnd(last);
    return this.#draft.finish('msr-csv', 'dump');
  }
}

/** MSR dumps in CSV. */
export const msrCsv: LineFormat = {
  name: 'msr-csv',
  title: 'MSR dump in CSV (0xMSR,0xVALUE; optional CPU column)',
  // Records of /dev/kmsg start with numbers and commas too, every one of them: "6,1234,5678,-;".
  hint: /^[\s>"]*(?!\d{1,3},\d{1,20},\d{1,20},[-c+](?:;|,caller=))(?:0x[0-9a-fA-F]{1,16}|\d{1,4}|[A-Za-z][A-Za-z0-9_.()[\]]{1,38})"? ?[,;]/,
  open: (context) => new MsrCsvReader(context),
};
