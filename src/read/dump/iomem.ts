/** /proc/iomem: a tree of address ranges, nested by indentation. */
import { Draft } from '../facts/draft.ts';
import type { Facts, RamKind } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';

const RANGE = /^([0-9a-f]{8,16})-([0-9a-f]{8,16}) : (\S.{0,120})$/;

const KINDS: readonly (readonly [RegExp, RamKind])[] = [
  [/^System RAM/, 'ram'],
  [/^Persistent Memory/, 'persistent'],
  [/^Soft Reserved/, 'soft-reserved'],
  [/^(?:Reserved|RAM buffer|reserved)/, 'reserved'],
  [/^ACPI Tables/, 'acpi'],
  [/^ACPI Non-volatile/, 'nvs'],
  [/^Unusable memory/, 'unusable'],
  [/^(?:System ROM|Video ROM|Adapter ROM|Option ROM)/, 'rom'],
  [/^(?:Kernel |Crash kernel|Graphics Stolen)/, 'other'],
];

const UNPRIVILEGED =
  '/proc/iomem was read without privileges, every range is zero: read it as root (sudo cat /proc/iomem)';

/** The kind that a resource name stands for; devices and buses are MMIO. */
function kindOf(name: string): RamKind {
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'mmio';
}

class IomemReader implements LineReader {
  readonly #draft: Draft;
  /** Indentation of the ranges that the present one lies in. */
  #parents: number[] = [];
  #lastTop = 0n;
  #zeroed: number | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number, indent }: Line): Claim {
    const range = RANGE.exec(text);
    if (!range) return false;
    const start = hexOf(range[1]);
    const end = hexOf(range[2]);
    const name = range[3]!;
    this.#parents = this.#parents.filter((parent) => parent < indent);
    const depth = this.#parents.length;
    this.#parents.push(indent);
    if (depth === 0) {
      if (start < this.#lastTop) {
        this.#draft.startBlock();
        this.#zeroed = undefined;
      }
      this.#lastTop = start;
    }
    if (start === 0n && end === 0n) {
      this.#zeroed ??= number;
      return true;
    }
    this.#draft.ram(number, 'iomem', start, end, { kind: kindOf(name), name, depth });
    return true;
  }

  finish(): Facts {
    if (this.#zeroed !== undefined) {
      const [severity, text] = this.#draft.used
        ? (['warning', 'some ranges of /proc/iomem are zero'] as const)
        : (['error', UNPRIVILEGED] as const);
      this.#draft.say(severity, this.#zeroed, text);
    }
    return this.#draft.finish('iomem', 'listing');
  }
}

/** /proc/iomem. */
export const iomem: LineFormat = {
  name: 'iomem',
  title: '/proc/iomem',
  hint: /-[0-9a-f]{8,16} : /,
  open: (context) => new IomemReader(context),
};
