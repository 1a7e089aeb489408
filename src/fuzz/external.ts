/** Another program that speaks the oracle protocol as one more side of a comparison. */
import type { Evaluator, View } from '../engine/index.ts';
import { InputError, WrmsrFault } from '../errors.ts';
import type { Oracle, OracleReply } from '../oracle/reply.ts';
import { type GfnRange, WANTS, type Want } from '../types.ts';
import type { Disagreement, Subject } from './question.ts';
import { compareSpans } from './session.ts';

/** How much another program was asked, and what it did not answer. */
export interface ExternalTally {
  questions: number;
  pages: number;
  /** Questions that it cannot answer: an unknown policy, a want that it lacks, too many spans. */
  notComparable: number;
  /** Questions that got no answer, see the client's problems. */
  failed: number;
}

/** Codes by which a program says that it cannot answer, rather than that the question is wrong. */
const CANNOT: readonly string[] = [
  'unsupported',
  'unknown-policy',
  'too-many-spans',
  'bad-request',
  'internal',
];

type Own = View | WrmsrFault;

function opened(evaluator: Evaluator, { vcpu, policy }: Subject): Own {
  try {
    return evaluator.view(vcpu, policy);
  } catch (error) {
    if (error instanceof WrmsrFault) return error;
    throw error;
  }
}

function refusalText(msr: bigint, value: bigint): string {
  return `refuses 0x${msr.toString(16)} <- 0x${value.toString(16)}`;
}

/** An engine of ours and another program's answers, side by side. */
export class ExternalSide {
  readonly tally: ExternalTally = { questions: 0, pages: 0, notComparable: 0, failed: 0 };
  readonly #client: Oracle;
  readonly #evaluator: Evaluator;
  readonly #name: string;

  constructor(client: Oracle, evaluator: Evaluator, name = 'oracle') {
    this.#client = client;
    this.#evaluator = evaluator;
    this.#name = name;
  }

  /** Asks every want of some frames. */
  async compare(subject: Subject, range: GfnRange): Promise<readonly Disagreement[]> {
    const own = opened(this.#evaluator, subject);
    if (!(own instanceof WrmsrFault)) own.dispose();
    const wants = own instanceof WrmsrFault ? (['ept'] as const) : WANTS;
    const found = await Promise.all(wants.map((want) => this.ask(subject, want, range)));
    return found.filter((one) => one !== undefined);
  }

  /** Asks one want of some frames; undefined where the two agree or cannot be compared. */
  async ask(subject: Subject, want: Want, range: GfnRange): Promise<Disagreement | undefined> {
    const { vcpu, policy, pat } = subject;
    this.tally.questions++;
    const reply = await this.#client.ask({ want, policy, vcpu, query: { range, pat } });
    if (reply.outcome === 'failed') {
      this.tally.failed++;
      return undefined;
    }
    const own = opened(this.#evaluator, subject);
    try {
      return this.#compared(own, subject, want, range, reply);
    } finally {
      if (!(own instanceof WrmsrFault)) own.dispose();
    }
  }

  #compared(
    own: Own,
    { pat }: Subject,
    want: Want,
    range: GfnRange,
    reply: Exclude<OracleReply, { outcome: 'failed' }>,
  ): Disagreement | undefined {
    const [us, them] = [this.#evaluator.engine, this.#name];
    if (reply.outcome === 'error' && reply.error.code !== 'wrmsr-gp') {
      // A want that the policy does not have is refused by both; all else is a limit of the program's.
      if (!CANNOT.includes(reply.error.code)) this.tally.failed++;
      else this.tally.notComparable++;
      return undefined;
    }
    const theirRefusal =
      reply.outcome === 'error' ? refusalText(reply.error.msr ?? 0n, reply.error.value ?? 0n) : undefined;
    const ourRefusal = own instanceof WrmsrFault ? refusalText(BigInt(own.msr), own.value) : undefined;
    if (theirRefusal !== undefined || own instanceof WrmsrFault) {
      if (theirRefusal === ourRefusal) return undefined;
      return {
        question: { what: 'wrmsr' },
        range: { start: 0, end: 0 },
        left: { who: us, says: ourRefusal ?? 'accepts every write' },
        right: { who: them, says: theirRefusal ?? 'accepts every write' },
      };
    }
    if (reply.outcome !== 'spans') return undefined;
    const end = reply.truncated ? (reply.spans.at(-1)?.end ?? range.start) : range.end;
    const compared = { start: range.start, end };
    this.tally.pages += end - range.start;
    try {
      const spans = range.start < end ? [...own.spansOf(want, { range: compared, pat })] : [];
      return compareSpans(want, compared, { who: us, spans }, { who: them, spans: reply.spans }, false);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return {
        question: { what: 'refusal', want },
        range,
        left: { who: us, says: 'has no such want' },
        right: { who: them, says: 'answers' },
      };
    }
  }
}
