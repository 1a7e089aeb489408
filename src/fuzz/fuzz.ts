/** A run of the fuzzer: random VMs, every answer held against every other, what differs made small. */
import type { Evaluator } from '../engine/index.ts';
import { EptsweepError } from '../errors.ts';
import { explain } from '../explain/index.ts';
import type { Oracle } from '../oracle/reply.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { type Comparison, compareAgain, compareEngines } from './compare-engines.ts';
import { Coverage, type RuleCount } from './coverage.ts';
import { ExternalSide, type ExternalTally } from './external.ts';
import { CASE_KINDS, type CaseKind, type FuzzCase, generateCase } from './generate.ts';
import { type Probe, probeOf } from './probe.ts';
import { type Disagreement, emptyTally, type Subject, type Tally } from './question.ts';
import type { Seed } from './random.ts';
import { type Shrunk, shrink } from './shrink.ts';

/** What to run. */
export interface FuzzOptions {
  /** 64 bits; the same seed makes the same VMs. */
  readonly seed: Seed;
  /** How many VMs. */
  readonly count: number;
  /** Stops after this time all the same, in ms. Default: never. */
  readonly milliseconds?: number;
  /** Default: all; beside another program those of Intel hosts, which every one knows. */
  readonly kinds?: readonly CaseKind[];
  /** Policies that VMs are under, at least one: those that another program knows. Default: all. */
  readonly policies?: readonly Policy[];
  /** The first is what the others are held against. Each with a memory of its own. */
  readonly engines: readonly Evaluator[];
  /** Another program, held against the first engine. */
  readonly oracle?: Oracle;
  /** How many disagreements are made small; the rest are counted. Default 5. */
  readonly maxFindings?: number;
  /** Called now and then with the number of VMs that are done. */
  readonly onProgress?: (done: number) => void;
}

function kindsOf({ kinds, oracle }: FuzzOptions): readonly CaseKind[] {
  if (kinds) return kinds;
  return oracle ? CASE_KINDS.filter((kind) => kind !== 'amd') : CASE_KINDS;
}

/** A disagreement, made small. */
export interface Finding extends Shrunk {
  /** Number of the case that showed it. */
  readonly index: number;
  readonly kind: CaseKind;
}

/** What a run did, and what it found. */
export interface FuzzReport {
  readonly seed: Seed;
  readonly cases: number;
  /** VMs by kind, all kinds that were asked for. */
  readonly kinds: readonly { readonly kind: CaseKind; readonly cases: number }[];
  /** VMs by row of the table of policies. */
  readonly policies: readonly { readonly row: string; readonly cases: number }[];
  /** VMs of which a register write is refused, by every engine the same one. */
  readonly refused: number;
  readonly tally: Tally;
  readonly external: ExternalTally | undefined;
  readonly rules: readonly RuleCount[];
  /** Pages whose rules were told. */
  readonly explained: number;
  /** VMs with at least one disagreement. */
  readonly disagreeing: number;
  readonly findings: readonly Finding[];
}

const DEFAULT_FINDINGS = 5;
/** Frames of a case whose rules are told: telling costs about as much as all the comparing. */
const EXPLAINED_FRAMES = 2;
/** Signals, and another program's answers, are only seen between turns of the event loop. */
const LONGEST_TURN_MS = 50;
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** What makes two findings one: the same question, asked of the same two, about the same kind of answer. */
function signature({ question, left, right }: Disagreement): string {
  const want = 'want' in question ? question.want : '';
  return `${question.what} ${want} ${left.who} ${right.who}`;
}

class Run {
  readonly #options: FuzzOptions;
  readonly #external: ExternalSide | undefined;
  readonly #coverage = new Coverage();
  readonly #kinds: Map<CaseKind, number>;
  readonly #rows = new Map<string, number>();
  readonly #tally = emptyTally();
  readonly #findings: Finding[] = [];
  readonly #signatures = new Map<string, number>();
  #cases = 0;
  #refused = 0;
  #explained = 0;
  #disagreeing = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#kinds = new Map(kindsOf(options).map((kind) => [kind, 0]));
    this.#external = options.oracle && new ExternalSide(options.oracle, options.engines[0]!);
  }

  async run(): Promise<FuzzReport> {
    const { seed, count, milliseconds = Number.POSITIVE_INFINITY, policies, onProgress } = this.#options;
    const started = performance.now();
    let turnStarted = started;
    for (let index = 0; index < count; index++) {
      const now = performance.now();
      if (now - started >= milliseconds) break;
      if (now - turnStarted > LONGEST_TURN_MS) {
        onProgress?.(index);
        await nextTurn();
        turnStarted = performance.now();
      }
      await this.#one(generateCase(seed, index, [...this.#kinds.keys()], policies));
    }
    return this.#report();
  }

  async #one(one: FuzzCase): Promise<void> {
    const { seed } = this.#options;
    this.#cases++;
    this.#kinds.set(one.kind, (this.#kinds.get(one.kind) ?? 0) + 1);
    this.#rows.set(one.policy.row, (this.#rows.get(one.policy.row) ?? 0) + 1);
    const probe = probeOf(seed, one);
    const comparison = this.#compared(one, probe);
    const found = [...comparison.disagreements];
    if (comparison.refused) {
      this.#refused++;
      this.#coverage.addRefusal(comparison.refused);
    } else if (found.length === 0) {
      for (const gfn of probe.frames.slice(0, EXPLAINED_FRAMES)) {
        const disagreement = this.#tell(one, gfn, true);
        if (disagreement) found.push(disagreement);
      }
    }
    if (this.#external) found.push(...(await this.#external.compare(one, probe.windows[0]!)));
    if (found.length === 0) return;
    this.#disagreeing++;
    for (const disagreement of found) await this.#keep(one, disagreement);
  }

  /** An engine that throws what it should not is a finding as well. */
  #compared(subject: Subject, probe: Probe): Comparison {
    const { engines } = this.#options;
    try {
      return compareEngines(engines, subject, probe, this.#tally);
    } catch (error) {
      const disagreement: Disagreement = {
        question: { what: 'crash' },
        range: { start: 0, end: 0 },
        left: { who: engines.map((engine) => engine.engine).join(' or '), says: 'answers' },
        right: { who: 'one of them', says: `throws ${(error as Error).message}` },
      };
      return { refused: undefined, disagreements: [disagreement] };
    }
  }

  /** Has a page's rules told; a telling that the engine contradicts is a disagreement as well. */
  #tell({ vcpu, policy, pat }: Subject, gfn: number, counts: boolean): Disagreement | undefined {
    if (policy.peer) {
      if (counts) this.#coverage.addPeer(policy);
      return undefined;
    }
    const engine = this.#options.engines.at(-1)!;
    const view = engine.view(vcpu, policy);
    try {
      const explanation = explain(view, gfn, { pat, changes: false });
      if (counts) {
        this.#explained++;
        this.#coverage.addPage(explanation);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof EptsweepError)) throw error;
      return {
        question: { what: 'explanation' },
        range: { start: gfn, end: gfn + 1 },
        left: { who: engine.engine, says: 'answers' },
        right: { who: 'explain', says: error.message },
      };
    } finally {
      view.dispose();
    }
  }

  async #keep(one: FuzzCase, disagreement: Disagreement): Promise<void> {
    const key = signature(disagreement);
    const seen = this.#signatures.get(key) ?? 0;
    this.#signatures.set(key, seen + 1);
    if (seen > 0 || this.#findings.length >= (this.#options.maxFindings ?? DEFAULT_FINDINGS)) return;
    const { index, kind, vcpu, policy, pat } = one;
    const probe = probeOf(this.#options.seed, one);
    const askAgain = async (subject: Subject, range: GfnRange) =>
      disagreement.question.what === 'crash'
        ? this.#compared(subject, probe).disagreements.find(({ question }) => question.what === 'crash')
        : this.#askAgain(disagreement, subject, range);
    const shrunk = await shrink({ vcpu, policy, pat }, disagreement, askAgain);
    this.#findings.push({ ...shrunk, index, kind });
  }

  async #askAgain(
    { question, left, right }: Disagreement,
    subject: Subject,
    range: GfnRange,
  ): Promise<Disagreement | undefined> {
    const sides = [left.who, right.who].map((who) =>
      this.#options.engines.find((engine) => engine.engine === who),
    );
    if (sides.every((engine) => engine !== undefined)) return compareAgain(sides, subject, question, range);
    if (question.what === 'explanation') {
      try {
        return this.#tell(subject, range.start, false);
      } catch (error) {
        if (error instanceof EptsweepError) return undefined;
        throw error;
      }
    }
    const want = 'want' in question ? question.want : 'ept';
    const frames = range.start < range.end ? range : { start: 0, end: 1 };
    const again = await this.#external!.ask(subject, want, frames);
    return again?.question.what === question.what ? again : undefined;
  }

  #report(): FuzzReport {
    const byName = (a: { row: string }, b: { row: string }) =>
      a.row.localeCompare(b.row, 'en', { numeric: true });
    return {
      seed: this.#options.seed,
      cases: this.#cases,
      kinds: [...this.#kinds].map(([kind, cases]) => ({ kind, cases })),
      policies: [...this.#rows].map(([row, cases]) => ({ row, cases })).sort(byName),
      refused: this.#refused,
      tally: this.#tally,
      external: this.#external?.tally,
      rules: this.#coverage.counts(),
      explained: this.#explained,
      disagreeing: this.#disagreeing,
      findings: this.#findings,
    };
  }
}

/**
 * Runs the fuzzer.
 *
 * @param options - see {@link FuzzOptions}
 * @returns what was done and found; the same for the same options, unless a time limit ends the run
 */
export function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  return new Run(options).run();
}
