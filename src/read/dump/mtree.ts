/**
 * QEMU's `info mtree`: with `-f` flat views of address spaces, the one that CPUs see being the machine's memory; without
 * it the tree that they are made of.
 */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { flattened, MTREE_KINDS, type MtreeKind, type MtreeRegion } from './mtree-tree.ts';

const VIEW = /^FlatView #(\d{1,6})$/;
const ADDRESS_SPACE = /^AS "([^"]{1,80})", root: /;
const RANGE =
  /^([0-9a-f]{16})-([0-9a-f]{16}) \(prio (-?\d{1,10}), (?:nv-)?(ram|rom|romd|ramd|i\/o|container)\): (\S.{0,160})$/;
const SECTION = /^(address-space|memory-region): (\S.{0,160})$/;
const ALIAS = /^alias (\S.{0,120}) @(\S.{0,120}) ([0-9a-f]{16})-[0-9a-f]{16}$/;
const DISABLED = /\[disabled\]/;
/** Regions of a tree that are kept. */
const MOST_REGIONS = 16_384;

/** Views that are the machine's memory, the better the later. */
const MEMORY_VIEWS: readonly RegExp[] = [/^cpu-memory-\d+$/, /^cpu-memory-0$/, /^memory$/];

/** Place in that list; -1: of a device. */
function rankOf(addressSpace: string): number {
  return MEMORY_VIEWS.findLastIndex((name) => name.test(addressSpace));
}

/** "pc.ram @0000000000100000 KVM": the offset in the block, and who else sees it, are not part of the name. */
function nameOf(description: string): string {
  return description.replace(/ @[0-9a-f]{16}/, '').replace(/ KVM$/, '');
}

class MtreeReader implements LineReader {
  readonly #draft: Draft;
  /** Line of the first range. */
  #firstRange: number | undefined;
  /** Of the flat view that lines belong to; undefined: they belong to a tree. */
  #rank: number | undefined;
  /** Of the best view so far, and whether there is one. */
  #best = 0;
  #hasView = false;
  /** The tree's section that lines belong to, and the one that is the memory. */
  #section: MtreeRegion[] = [];
  #memory: MtreeRegion[] | undefined;
  #memoryRank = -1;
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
      if (view === '0') this.#startBlock();
      this.#rank = -1;
      return true;
    }
    const space = ADDRESS_SPACE.exec(text)?.[1];
    if (space !== undefined) {
      const rank = rankOf(space);
      // A view has several names; of one whose heading was cut they are what is left.
      this.#rank = this.#rank === undefined ? rank : Math.max(this.#rank, rank);
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
    if (this.#rank === undefined) this.#region(number, indent, range);
    else if (this.#rank >= this.#best) this.#take(number, this.#rank, range);
    return true;
  }

  #startBlock(): void {
    if (this.#hasView) this.#draft.startBlock();
    this.#hasView = false;
    this.#best = 0;
  }

  #open(what: string, name: string): void {
    this.#rank = undefined;
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
    if (this.#regions >= MOST_REGIONS) {
      this.#draft.say('warning', line, `more than ${MOST_REGIONS} regions: the rest is not kept`);
      return;
    }
    this.#regions++;
    const alias = ALIAS.exec(description!);
    this.#section.push({
      line,
      indent,
      start: hexOf(start),
      end: hexOf(end),
      priority: Number(priority),
      kind: kind as MtreeKind,
      name: alias ? alias[1]! : nameOf(description!),
      alias: alias ? { target: alias[2]!, offset: hexOf(alias[3]) } : undefined,
      isDisabled: DISABLED.test(description!),
    });
  }

  #take(line: number, rank: number, [, start, end, , kind, description]: RegExpExecArray): void {
    if (rank > this.#best) this.#startBlock();
    this.#best = rank;
    if (!this.#hasView) this.#sayWhose(line);
    this.#hasView = true;
    const name = nameOf(description!);
    this.#draft.ram(line, 'mtree', hexOf(start), hexOf(end), { kind: MTREE_KINDS[kind as MtreeKind], name });
  }

  #sayWhose(line: number): void {
    this.#draft.at(line).platform('guest', 'QEMU (info mtree)');
  }

  /** What the tree says, where there is no flat view of the memory. */
  #takeTree(): void {
    const memory = this.#memory ?? this.#bare;
    const [first] = memory;
    if (first === undefined || this.#hasView) return;
    if (this.#memory === undefined) {
      this.#draft.say('note', first.line, "no address space is named: taken for the machine's memory");
    }
    const { ranges, isWhole } = flattened(memory, this.#others);
    for (const { line, start, end, kind, name } of ranges) {
      this.#draft.ram(line, 'mtree', start, end, { kind, name });
    }
    if (ranges.length > 0) this.#sayWhose(first.line);
    if (isWhole) return;
    this.#draft.say(
      'warning',
      first.line,
      'aliases show too many regions, or each other: not all of them are taken',
    );
  }

  finish(): Facts {
    this.#takeTree();
    if (!this.#draft.used && this.#firstRange !== undefined) {
      this.#draft.say(
        'error',
        this.#firstRange,
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
