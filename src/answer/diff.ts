/** `diff` of an opened machine: against another side, another program, or across several; what its formats are written from. */
import { type OpenedSide, openSide, type Side } from '../diff/index.ts';
import type { Disagreement } from '../fuzz/index.ts';
import { stating, withHostEvidence } from '../open/host-evidence.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { type Policy, requireWantOn } from '../policy/index.ts';
import type { GfnRange, PatType, Want } from '../types.ts';
import { confidentialAssumptions, frameCount, hostAssumptions, type Subject } from '../vm/index.ts';
import { acrossOutput } from '../write/diff/across.ts';
import type { DiffOutput } from '../write/diff/output.ts';
import { twoSidedOutput } from '../write/diff/two.ts';
import type { Format } from '../write/format/formats.ts';
import type { By } from '../write/format/range-columns.ts';
import type { TextStyle } from '../write/format/table.ts';
import { type Basis, basisOf } from '../write/json/basis.ts';
import { hostText, idsNamed, vcpusText } from '../write/vcpu-words.ts';
import { restoredJob } from './diff-restored.ts';
import { baseSide, type DiffBase, requireSide, sidesAcross, sidesAgainst } from './diff-sides.ts';

/** Spans that are listed where no limit is given; each is given its cause, which is evaluated. */
export const DIFF_LIMITS: Readonly<Record<Format, number>> = {
  table: 200,
  json: 10_000,
  ndjson: 100_000,
  csv: 100_000,
  markdown: 100,
  parquet: 1_000_000,
  svg: 1,
};

/** Frames of which two engines are asked more than their spans, and those that they are asked one by one. */
const JUDGED_FRAMES = 4096;
const JUDGED_SINGLES = 16;

/** What the columns of `--across` state, one value each. */
const ACROSS_STATES: Readonly<Record<string, readonly Subject[]>> = {
  ncdma: ['noncoherent-dma'],
  quirks: ['quirks'],
};

/** What is asked, all of it resolved. */
export interface DiffQuestion {
  readonly want: Want;
  readonly pat: PatType;
  readonly by: By;
  readonly range: GfnRange;
  /** Spans that are listed, at most; default: {@link DIFF_LIMITS}. */
  readonly limit?: number | undefined;
  /** Compare what is written page by page. */
  readonly byPage?: boolean | undefined;
  /** Say what a restore lost; default: where both are saved states of a VM. */
  readonly restore?: boolean | undefined;
  readonly format: Format;
  /** Of text for people. */
  readonly style?: TextStyle;
  /**
   * The input with what answers of some policies rest on beside registers; says so to whoever should know
   * (`restingOn`).
   */
  readonly rest: (input: OpenedConfig, policies: readonly Policy[]) => OpenedConfig;
}

/** What another program says, as a side, and up to where it says it. */
export interface OracleSide {
  readonly side: OpenedSide;
  /** End of the frames that it answered: an answer with too many spans is cut short. */
  readonly end: number;
}

/** One comparison. Its views are the evaluator's, which is the caller's to dispose of. */
export class DiffRun {
  readonly #base: DiffBase;
  readonly #question: DiffQuestion;
  /** Policies of the sides that were opened. */
  readonly asked: Side[] = [];
  /** The config, with what all sides rest on as soon as they are known. */
  #opened: OpenedConfig;

  /**
   * @param base - what it starts from
   * @param question - what is compared, and how it is written
   */
  constructor(base: DiffBase, question: DiffQuestion) {
    this.#base = base;
    this.#opened = base.opened;
    this.#question = question;
  }

  get #common() {
    const { want, pat, by, limit } = this.#question;
    const { index, ids, policy } = this.#base;
    const { vm, assumptions, evidence } = this.#opened;
    return {
      basis: basisOf(vm, policy, { vcpus: ids ?? [vm.vcpus[index]!.id], assumptions, evidence }),
      ids,
      want,
      by,
      query: { range: this.#question.range, pat },
      limit: limit ?? DIFF_LIMITS[this.#question.format],
    };
  }

  #title(what: string, isOfOne = true): string {
    const { opened, index, ids, policy } = this.#base;
    const { vm } = opened;
    const one = isOfOne ? `${idsNamed(vm, ids ?? [vm.vcpus[index]!.id])} of ` : '';
    const which = vm.vcpus.length === 1 ? '' : `, ${one}${vcpusText(vm)}`;
    return `${vm.name}${which}${hostText(vm)}, policy ${policy.name}: ${this.#question.want} ${what}`;
  }

  #checked(side: OpenedSide): OpenedSide {
    requireWantOn(side.policy, side.vcpu.vendor, this.#question.want);
    this.asked.push(side);
    return side;
  }

  /** Says what the answers of all sides rest on. */
  #sayResting(input = this.#base.opened): void {
    this.#opened = this.#question.rest(
      input,
      this.asked.map(({ policy }) => policy),
    );
  }

  /**
   * Holds the config against another one, or itself with something changed.
   *
   * @param text - as `--against` takes it
   * @returns lines or bytes of the format that was asked for
   * @throws InputRangeError for anything else, ConfigError or InputError where a register write is refused
   */
  async against(text: string): Promise<DiffOutput> {
    const { opened } = this.#base;
    const byPage = this.#question.byPage === true;
    const {
      sides: [left, right],
      other,
    } = await sidesAgainst(text, this.#base);
    const what = text.split(':', 1)[0]!;
    const b = this.#checked(openSide(right, byPage));
    // Where neither takes the writes, it is the config that is wrong, not one of the sides.
    const a = this.#checked(b.fault ? requireSide(left, opened, byPage) : openSide(left, byPage));
    this.#sayResting(withHostEvidence(opened, other));
    const ends = [a, b].map((side) => frameCount(side.vcpu.maxphyaddr));
    const common = this.#common;
    const isWhole = this.#question.range.start === 0 && this.#question.range.end === ends[0];
    const end = Math.min(this.#question.range.end, ...ends);
    const range = { start: Math.min(this.#question.range.start, end), end };
    const job = {
      ...common,
      basis: this.#basisWith([a, b]),
      query: { ...common.query, range },
      title: this.#title(`against ${text}`),
      sides: [a, b] as const,
      hasCauses: what !== 'engine' && ends[0] === ends[1],
      hasRaw: what === 'vcpu' || what === 'config' || what === 'set',
      disagreements: what === 'engine' ? await this.#disagreements(a, b, range) : [],
      restored: what === 'config' ? restoredJob(this.#base, other!, this.#question.restore) : undefined,
      beyond: (isWhole ? Math.max(...ends) : this.#question.range.end) - end,
    };
    return twoSidedOutput(job, this.#question.format, this.#question.style ?? {});
  }

  /** What two engines answer differently beside the spans that are compared anyway. */
  async #disagreements(
    a: OpenedSide,
    b: OpenedSide,
    { start, end }: GfnRange,
  ): Promise<readonly Disagreement[]> {
    if (start === end || a.engine === b.engine || a.engine.engine === b.engine.engine) return [];
    const probe = {
      windows: [{ start, end: Math.min(end, start + JUDGED_FRAMES) }],
      frames: Array.from({ length: Math.min(end - start, JUDGED_SINGLES) }, (_, index) => start + index),
    };
    const subject = { vcpu: a.vcpu, policy: a.policy, pat: this.#question.pat };
    // Loaded where two engines are compared, which pages never do.
    const { compareEngines, emptyTally } = await import('../fuzz/index.ts');
    const { disagreements } = compareEngines([a.engine, b.engine], subject, probe, emptyTally());
    return disagreements.filter(({ question }) => question.what !== 'spans' && question.what !== 'wrmsr');
  }

  /**
   * Holds the config against another program's answer.
   *
   * @param what - how the program is called, for the title
   * @param ask - asks it
   * @returns lines or bytes of the format that was asked for
   * @throws ConfigError or InputError where both refuse the same register write: it is the config that is wrong
   */
  async oracle(
    what: string,
    ask: (side: Side, want: Want, query: { range: GfnRange; pat: PatType }) => Promise<OracleSide>,
  ): Promise<DiffOutput> {
    const { opened, engine } = this.#base;
    const { want, byPage, range } = this.#question;
    const side = baseSide(this.#base, engine.engine);
    requireWantOn(side.policy, side.vcpu.vendor, want);
    this.asked.push(side);
    this.#sayResting();
    const common = this.#common;
    const answered = await ask(side, want, common.query);
    const other = answered.side;
    const a = other.fault ? openSide(side, byPage === true) : requireSide(side, opened, byPage === true);
    if (a.fault && other.fault && a.fault.msr === other.fault.msr && a.fault.value === other.fault.value) {
      requireSide(side, opened, false);
    }
    const job = {
      ...common,
      query: { ...common.query, range: { start: range.start, end: answered.end } },
      title: this.#title(`of ${engine.engine} against ${what}`),
      sides: [a, other] as const,
      hasCauses: false,
      hasRaw: false,
      disagreements: [],
      beyond: 0,
    };
    return twoSidedOutput(job, this.#question.format, this.#question.style ?? {});
  }

  /** A basis with what the guests and the hosts of the sides leave to trust: theirs need not be the config's. */
  #basisWith(sides: readonly OpenedSide[], basis = this.#common.basis): Basis {
    const { want } = this.#question;
    const ofSides = sides.flatMap(({ vcpu, policy }) => [
      ...confidentialAssumptions(vcpu.confidential, policy),
      ...hostAssumptions(vcpu, policy, [want]),
    ]);
    return { ...basis, assumptions: [...(basis.assumptions ?? []), ...ofSides] };
  }

  /**
   * Holds several sides against each other, as columns.
   *
   * @param text - as `--across` takes it
   * @returns lines or bytes of the format that was asked for
   * @throws as {@link against}
   */
  async across(text: string): Promise<DiffOutput> {
    const { opened, policy } = this.#base;
    const sides = sidesAcross(text, this.#base);
    const opening = sides.map((side) =>
      this.#checked(requireSide(side, opened, this.#question.byPage === true)),
    );
    this.#sayResting(stating(opened, ACROSS_STATES[text] ?? []));
    const { vm, assumptions, evidence } = this.#opened;
    const job = {
      ...this.#common,
      basis: this.#basisWith(
        opening,
        text === 'vcpus' ? basisOf(vm, policy, { assumptions, evidence }) : this.#common.basis,
      ),
      title: this.#title(`across ${text}`, text !== 'vcpus'),
      sides: opening,
      hasRaw: text === 'vcpus',
    };
    return acrossOutput(job, this.#question.format, this.#question.style ?? {});
  }
}
