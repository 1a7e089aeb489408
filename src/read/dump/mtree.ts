/** QEMU's `info mtree -f`: flat views of address spaces; the one that CPUs see is the machine's memory. */
import { Draft } from '../facts/draft.ts';
import type { Facts, RamKind } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';

const VIEW = /^FlatView #(\d{1,6})$/;
const ADDRESS_SPACE = /^AS "([^"]{1,80})", root: /;
const RANGE =
  /^([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d{1,10}, (ram|rom|romd|ramd|i\/o|nv-ram|nv-rom|container)\): (\S.{0,160})$/;
const KINDS: Readonly<Record<string, RamKind>> = {
  ram: 'ram',
  'nv-ram': 'ram',
  rom: 'rom',
  romd: 'rom',
  'nv-rom': 'rom',
  ramd: 'mmio',
  'i/o': 'mmio',
};

/** Which view is the machine's memory: the better the name, the higher. */
function rankOf(addressSpace: string): number {
  if (addressSpace === 'memory') return 3;
  if (addressSpace === 'cpu-memory-0') return 2;
  return /^cpu-memory-\d+$/.test(addressSpace) ? 1 : 0;
}

class MtreeReader implements LineReader {
  readonly #draft: Draft;
  #rank = 0;
  #best = 0;
  #inView = false;
  #treeLine: number | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const view = VIEW.exec(text)?.[1];
    if (view !== undefined) {
      // Views are numbered from 0: a lower number starts another dump.
      if (view === '0' && this.#best > 0) {
        this.#draft.startBlock();
        this.#best = 0;
      }
      this.#inView = true;
      this.#rank = 0;
      return true;
    }
    const space = ADDRESS_SPACE.exec(text)?.[1];
    if (space !== undefined) {
      this.#rank = Math.max(this.#rank, rankOf(space));
      return true;
    }
    const range = RANGE.exec(text);
    if (!range) return /^(?:Root memory region: |No rendered FlatView)/.test(text);
    if (!this.#inView) this.#treeLine ??= number;
    else if (this.#rank > 0 && this.#rank >= this.#best) this.#take(number, range);
    return true;
  }

  #take(line: number, [, start, end, kind, description]: RegExpExecArray): void {
    if (this.#rank > this.#best) {
      if (this.#best > 0) this.#draft.startBlock();
      this.#best = this.#rank;
    }
    // "pc.ram @0000000000100000 KVM": the offset in the block, and who else sees it, are not part of the name.
    const name = description!.replace(/ @[0-9a-f]{16}/, '').replace(/ KVM$/, '');
    this.#draft.ram(line, 'mtree', hexOf(start), hexOf(end), { kind: KINDS[kind!] ?? 'other', name });
  }

  finish(): Facts {
    if (this.#treeLine !== undefined && !this.#draft.used) {
      this.#draft.say('error', this.#treeLine, 'this is "info mtree" without -f: use "info mtree -f"');
    }
    return this.#draft.finish('qemu-mtree', 'dump');
  }
}

/** QEMU. */
export const mtree: LineFormat = {
  name: 'qemu-mtree',
  title: 'QEMU monitor: info mtree -f',
  hint: /FlatView|AS "|\(prio |Root memory region/,
  open: (context) => new MtreeReader(context),
};
