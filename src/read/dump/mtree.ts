/**
 * QEMU's `info mtree`: with `-f` flat views of address spaces, the one that CPUs see being the machine's memory; without
 * it the tree that they are made of.
 */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { flattened, MTREE_KINDS, type MtreeRegion } from './mtree-tree.ts';

const VIEW = /^FlatView #(\d{1,6})$/;
const ADDRESS_SPACE = /^AS "([^"]{1,80})", root: /;
const RANGE =
  /^([0-9a-f]{16})-([0-9a-f]{16}) \(prio (-?\d{1,10}), (ram|rom|romd|ramd|i\/o|nv-ram|nv-rom|container)\): (\S.{0,160})$/;
const SECTION = /^(address-space|memory-region): (\S.{0,160})$/;
const ALIAS = /^alias (\S.{0,120}) @(\S.{0,120}) ([0-9a-f]{16})-[0-9a-f]{16}$/;
const DISABLED = /\[disabled\]/;
/** Regions of a tree that are kept. */
const MOST_REGIONS = 65_536;

/** Which view is the machine's memory: the better the name, the higher. */
function rankOf(addressSpace: string): number {
  if (addressSpace === 'memory') return 3;
  if (addressSpace === 'cpu-memory-0') return 2;
  return /^cpu-memory-\d+$/.test(addressSpace) ? 1 : 0;
}

/** "pc.ram @0000000000100000 KVM": the offset in the block, and who else sees it, are not part of the name. */
function nameOf(description: string): string {
  return description.replace(/ @[0-9a-f]{16}/, '').replace(/ KVM$/, '');
}

class MtreeReader implements LineReader {
  readonly #draft: Draft;
  /** Line of the first range. */
  #firstRange: number | undefined;
  #rank = 0;
  #best = 0;
  #inView = false;
  /** The tree's section that lines belong to, and the one that is the memory. */
  #section: MtreeRegion[] = [];
  #memory: MtreeRegion[] | undefined;
  #memoryRank = 0;
  readonly #bare: MtreeRegion[] = this.#section;
  readonly #others: MtreeRegion[][] = [];
  #regions = 0;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number, indent }: Line): Claim {
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
    const section = SECTION.exec(text);
    if (section) {
      this.#open(section[1]!, section[2]!);
      return true;
    }
    const range = RANGE.exec(text);
    if (!range) return /^(?:Root memory region: |No rendered FlatView)/.test(text);
    this.#firstRange ??= number;
    if (!this.#inView) this.#region(number, indent, range);
    else if (this.#rank > 0 && this.#rank >= this.#best) this.#take(number, range);
    return true;
  }

  #open(what: string, name: string): void {
    this.#inView = false;
    if (what === 'memory-region') {
      this.#section = [];
      this.#others.push(this.#section);
      return;
    }
    const rank = rankOf(name);
    // Names of one and the same tree stand below each other.
    const isNew = this.#section.length > 0 || this.#section === this.#bare;
    if (isNew) this.#section = [];
    if (rank <= this.#memoryRank) return;
    this.#memoryRank = rank;
    this.#memory = this.#section;
  }

  #region(line: number, indent: number, [, start, end, priority, kind, description]: RegExpExecArray): void {
    if (DISABLED.test(description!) || this.#regions++ >= MOST_REGIONS) return;
    const alias = ALIAS.exec(description!);
    this.#section.push({
      line,
      indent,
      start: hexOf(start),
      end: hexOf(end),
      priority: Number(priority),
      kind: kind!,
      name: alias ? alias[1]! : nameOf(description!),
      alias: alias ? { target: alias[2]!, offset: hexOf(alias[3]) } : undefined,
    });
  }

  #take(line: number, [, start, end, , kind, description]: RegExpExecArray): void {
    if (this.#rank > this.#best) {
      if (this.#best > 0) this.#draft.startBlock();
      this.#best = this.#rank;
    }
    const name = nameOf(description!);
    this.#draft.ram(line, 'mtree', hexOf(start), hexOf(end), { kind: MTREE_KINDS[kind!] ?? 'other', name });
  }

  /** What the tree says, where there is no flat view of the memory. */
  #takeTree(): void {
    const memory = this.#memory ?? this.#bare;
    const [first] = memory;
    if (first === undefined || this.#best > 0) return;
    if (this.#memory === undefined) {
      this.#draft.say('note', first.line, "no address space is named: taken for the machine's memory");
    }
    for (const { line, start, end, kind, name } of flattened(memory, this.#others)) {
      this.#draft.ram(line, 'mtree', start, end, { kind, name });
    }
  }

  finish(): Facts {
    this.#takeTree();
    if (this.#draft.used && this.#firstRange !== undefined) {
      this.#draft.at(this.#firstRange).platform('guest', 'QEMU (info mtree)');
    }
    if (!this.#draft.used && this.#section !== this.#bare) {
      const line = this.#others.flat()[0]?.line ?? 1;
      this.#draft.say(
        'error',
        line,
        'this "info mtree" does not show the address space "memory": bring all of it',
      );
    }
    return this.#draft.finish('qemu-mtree', 'dump');
  }
}

/** QEMU. */
export const mtree: LineFormat = {
  name: 'qemu-mtree',
  title: 'QEMU monitor: info mtree, -f or not',
  hint: /FlatView|AS "|address-space: |memory-region: |\(prio |Root memory region/,
  open: (context) => new MtreeReader(context),
};
