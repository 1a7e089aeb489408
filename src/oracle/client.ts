/**
 * The asking end of the protocol: starts another program, sends it questions, matches its answers. A program
 * that crashes, hangs, prints garbage, is slow or answers out of order is reported once for each, and the
 * questions that it can still answer go on.
 */
import { InputError, InputRangeError, InputTypeError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import { frameCount } from '../vm/index.ts';
import { IdleTimeout } from './idle-timeout.ts';
import { type Line, LineSplitter } from './lines.ts';
import { type ErrorReply, readAnswer, readEnvelope, type SpansReply } from './read-answer.ts';
import type { Oracle, OracleProblemKind, OracleReply } from './reply.ts';
import { ServedProgram } from './served-program.ts';
import { type OracleQuestion, requestLine } from './write-request.ts';

export type { OracleProblemKind, OracleReply } from './reply.ts';

/** One kind of trouble, told once. */
export interface OracleProblem {
  readonly kind: OracleProblemKind;
  /** What happened the first time, in one line. */
  readonly message: string;
  /** The request line that it happened at first; undefined where none was open. */
  readonly request: string | undefined;
  /** How often it happened. */
  count: number;
}

/** How to run the other program. */
export interface OracleClientOptions {
  /** A shell command. It reads requests on its standard input and answers on its standard output. */
  readonly command: string;
  /** Time without an answer after which the program is taken to hang, in ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Time after which an answer is called slow, in ms. Default 1,000. */
  readonly slowMs?: number;
  /** How many requests may be on their way at once. Default 64. */
  readonly maxInFlight?: number;
  /** Called the first time that a kind of problem is seen. */
  readonly onProblem?: (problem: OracleProblem) => void;
}

interface Pending {
  readonly id: number;
  readonly text: string;
  readonly question: OracleQuestion;
  readonly range: GfnRange;
  readonly resolve: (reply: OracleReply) => void;
}

/** An answer is larger than a request may be: 65,536 spans of up to 60 characters, and room. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_SLOW_MS = 1000;
const DEFAULT_IN_FLIGHT = 64;
/** Ends in a row, without an answer between them, after which the program is not started again. */
const MAX_FRUITLESS_STARTS = 3;
/** Hangs after which it is not started again: each costs the whole timeout. */
const MAX_HANGS = 10;
/** Lines that nobody asked for, after which a program is stopped. */
const MAX_UNASKED_LINES = 1000;
const SHOWN_CHARACTERS = 200;

/** A program that speaks the protocol, as something that can be asked. */
export class OracleClient implements Oracle {
  readonly #options: Required<OracleClientOptions>;
  readonly #problems = new Map<OracleProblemKind, OracleProblem>();
  readonly #idle: IdleTimeout;
  /** Oldest first; ids ascend. */
  #inFlight: Pending[] = [];
  #waiting: Pending[] = [];
  /** Requests given up as garbage, whose real answer may still come. */
  readonly #abandoned = new Set<number>();
  #program: ServedProgram | undefined;
  #lastId = 0;
  #fruitlessStarts = 0;
  #unaskedLines = 0;
  #unusable: { readonly kind: OracleProblemKind; readonly message: string } | undefined;

  constructor(options: OracleClientOptions) {
    this.#options = {
      timeoutMs: DEFAULT_TIMEOUT_MS,
      slowMs: DEFAULT_SLOW_MS,
      maxInFlight: DEFAULT_IN_FLIGHT,
      onProblem: () => {},
      ...options,
    };
    this.#idle = new IdleTimeout(this.#options.timeoutMs, () => this.#onTimeout());
  }

  /** Problems so far, one of a kind, in the order in which they were first seen. */
  get problems(): readonly OracleProblem[] {
    return [...this.#problems.values()];
  }

  /** Why the program is not asked any more; undefined while it is. */
  get givenUp(): string | undefined {
    return this.#unusable?.message;
  }

  /**
   * Asks one question. Many may be asked without waiting; the program gets them in this order.
   *
   * @returns its answer, or why there is none; never rejects because of the program
   * @throws {@link InputError} where the protocol cannot say the question
   */
  async ask(question: OracleQuestion): Promise<OracleReply> {
    const id = ++this.#lastId;
    const text = requestLine(id, question);
    const range = question.query?.range ?? { start: 0, end: frameCount(question.vcpu.maxphyaddr) };
    return new Promise((resolve) => {
      this.#waiting.push({ id, text, question, range, resolve });
      this.#pump();
    });
  }

  /** Closes the program's input, gives it a moment to end, then ends it. Open questions fail. */
  async close(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    this.#giveUp('crash', 'the client was closed');
    await program?.close();
  }

  #report(kind: OracleProblemKind, message: string, request?: string): void {
    const known = this.#problems.get(kind);
    if (known) {
      known.count++;
      return;
    }
    const problem = { kind, message, request, count: 1 };
    this.#problems.set(kind, problem);
    this.#options.onProblem(problem);
  }

  #pump(): void {
    if (this.#unusable) {
      const { kind, message } = this.#unusable;
      for (const pending of this.#waiting.splice(0)) pending.resolve({ outcome: 'failed', kind, message });
      return;
    }
    if (this.#waiting.length === 0) return;
    this.#program ??= this.#start();
    const room = this.#options.maxInFlight - this.#inFlight.length;
    for (const pending of this.#waiting.splice(0, Math.max(0, room))) {
      this.#inFlight.push(pending);
      this.#program.send(pending.text);
      this.#idle.start();
    }
  }

  #start(): ServedProgram {
    const splitter = new LineSplitter(MAX_ANSWER_BYTES);
    const decoder = new TextDecoder();
    const program: ServedProgram = new ServedProgram(this.#options.command, {
      onOutput: (chunk) => {
        for (const line of splitter.push(chunk)) if (this.#program === program) this.#onLine(decoder, line);
      },
      onEnd: (how) => {
        if (this.#program !== program) return;
        for (const line of splitter.end()) this.#onLine(decoder, line);
        this.#endProgram('crash', `the program ended: ${how}`);
      },
    });
    return program;
  }

  /** The oldest open request is to blame; the others are asked again of a fresh program. */
  #endProgram(kind: 'crash' | 'hang', message: string): void {
    this.#program?.kill();
    this.#program = undefined;
    this.#idle.stop();
    this.#abandoned.clear();
    const [blamed, ...others] = this.#inFlight;
    this.#inFlight = [];
    this.#waiting.unshift(...others);
    this.#report(kind, message, blamed?.text);
    blamed?.resolve({ outcome: 'failed', kind, message });
    this.#fruitlessStarts++;
    const hangs = this.#problems.get('hang')?.count ?? 0;
    if (this.#fruitlessStarts >= MAX_FRUITLESS_STARTS || hangs >= MAX_HANGS) {
      this.#giveUp(kind, `${message}; it is not started again`);
    } else {
      this.#pump();
    }
  }

  #giveUp(kind: OracleProblemKind, message: string): void {
    this.#unusable ??= { kind, message };
    this.#waiting.unshift(...this.#inFlight.splice(0));
    this.#idle.stop();
    this.#program?.kill();
    this.#program = undefined;
    this.#pump();
  }

  #onTimeout(): void {
    if (this.#inFlight.length > 0) {
      this.#endProgram('hang', `no answer within ${this.#options.timeoutMs} ms; the program was stopped`);
    }
  }

  #onLine(decoder: TextDecoder, line: Line): void {
    const text = line === undefined ? undefined : decoder.decode(line);
    if (text !== undefined && text.trim() === '') return;
    try {
      if (text === undefined)
        throw new InputRangeError('', `the line has more than ${MAX_ANSWER_BYTES} bytes`);
      this.#onAnswer(text);
    } catch (problem) {
      if (!(problem instanceof InputError)) throw problem;
      this.#onGarbage(this.#inFlight[0], problem.message, text ?? '');
    }
  }

  /** @throws InputError where the line is no answer to any open request */
  #onAnswer(text: string): void {
    const { id, body } = readEnvelope(text);
    if (id === null && body.error === undefined) throw new InputTypeError('id', 'null, yet it is no error');
    if (typeof id === 'number' && this.#abandoned.delete(id)) return;
    const at = id === null ? 0 : this.#inFlight.findIndex((pending) => pending.id === id);
    const pending = this.#inFlight[at];
    if (!pending) throw new InputRangeError('id', `${JSON.stringify(id)} belongs to no open request`);
    let reply: SpansReply | ErrorReply;
    try {
      reply = readAnswer(body, pending.question.want, pending.range);
    } catch (problem) {
      if (!(problem instanceof InputError)) throw problem;
      this.#onGarbage(pending, problem.message, text, false);
      return;
    }
    if (at > 0) {
      this.#report(
        'out-of-order',
        `request ${pending.id} was answered before request ${this.#inFlight[0]?.id}`,
        pending.text,
      );
    } else if (this.#idle.waitedMs >= this.#options.slowMs) {
      this.#report('slow', `an answer took more than ${this.#options.slowMs} ms`, pending.text);
    }
    this.#fruitlessStarts = 0;
    this.#settle(pending, 'error' in reply ? { outcome: 'error', ...reply } : { outcome: 'spans', ...reply });
  }

  /** A line is one answer: one that says nothing is taken for the oldest open request's. */
  #onGarbage(pending: Pending | undefined, why: string, text: string, mayStillCome = true): void {
    const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
    const message = `a line of its output is no answer: ${why}; the line: ${shown}`;
    this.#report('garbage', message, pending?.text);
    if (pending) {
      if (mayStillCome) this.#abandoned.add(pending.id);
      this.#settle(pending, { outcome: 'failed', kind: 'garbage', message });
    } else if (++this.#unaskedLines > MAX_UNASKED_LINES) {
      this.#giveUp('garbage', `${message}; it printed ${MAX_UNASKED_LINES} lines that nobody asked for`);
    }
  }

  #settle(pending: Pending, reply: OracleReply): void {
    const wasOldest = this.#inFlight[0] === pending;
    this.#inFlight.splice(this.#inFlight.indexOf(pending), 1);
    if (this.#inFlight.length === 0) this.#idle.stop();
    else if (wasOldest) this.#idle.restart();
    pending.resolve(reply);
    this.#pump();
  }
}
