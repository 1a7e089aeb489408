/**
 * The worker's side of the page without the worker: questions in, answers out. Machines are opened here and named by
 * numbers; all lanes are views of one evaluator, so that any two of them can be held against each other.
 */
import { createEvaluator, type Evaluator, InputRangeError } from '../../src/index.ts';
import { type Course, requireWanted, UNWATCHED } from './course.ts';
import { failureOf } from './failure.ts';
import { OpenMachine, type Reopen } from './machine.ts';
import { type LaneOpener, mapOf } from './map.ts';
import type {
  Failure,
  FromWorker,
  Input,
  Machine,
  MachineId,
  QuestionName,
  Questions,
  Request,
  ToWorker,
} from './protocol.ts';
import { sought } from './seek.ts';

type Ask<Name extends QuestionName> = Questions[Name]['ask'];

/** An answer, now or later. */
type Answered<Name extends QuestionName> = Questions[Name]['answer'] | Promise<Questions[Name]['answer']>;

type Handlers = { readonly [Name in QuestionName]: (ask: Ask<Name>, course: Course) => Answered<Name> };

/** Lines between two looks at the messages. */
const BREATH = 4096;

function originOf(input: Input, hasEvidence: boolean): Machine['origin'] {
  if ('preset' in input) return 'preset';
  return hasEvidence ? 'dump' : 'config';
}

/** Everything that the page has opened. */
export class Session {
  readonly #evaluator: Evaluator;
  readonly #machines = new Map<MachineId, OpenMachine>();
  readonly #send: (message: FromWorker) => void;
  readonly #running = new Map<number, AbortController>();
  readonly #handlers: Handlers;
  #last: MachineId = 0;

  /**
   * Begins a session.
   *
   * @param send - takes every answer, progress and failure
   * @throws what compiling the engine throws where there is no WebAssembly
   */
  static async begin(send: (message: FromWorker) => void): Promise<Session> {
    return new Session(await createEvaluator(), send);
  }

  private constructor(evaluator: Evaluator, send: (message: FromWorker) => void) {
    this.#evaluator = evaluator;
    this.#send = send;
    this.#handlers = {
      catalogue: async () => (await import('./catalogue.ts')).CATALOGUE,
      open: (ask, course) => this.#open(ask, course),
      close: ({ machine }) => this.#close(machine),
      registers: ({ machine, vcpu, set }) => this.#registers(machine, vcpu, set),
      map: (ask) => mapOf(ask, this.#frames(ask.machine), this.#opener(ask.machine)),
      seek: (ask) => sought(ask, this.#frames(ask.machine), this.#opener(ask.machine)),
      walk: async ({ machine, lanes, gfn }) => {
        const { walksTo } = await import('./walk.ts');
        return walksTo(gfn, lanes, this.#opener(machine));
      },
      explain: async (ask) => {
        const { whyOf } = await import('./why.ts');
        return whyOf(this.#evaluator, await this.#opener(ask.machine)(ask.lane), ask);
      },
      check: async (ask) => {
        const { checked } = await import('./findings.ts');
        return checked(this.#evaluator, this.#machine(ask.machine), ask);
      },
      diff: async (ask) => {
        const { diffed } = await import('./diff.ts');
        return diffed(this.#machine(ask.machine), ask, (id) => this.#machine(id));
      },
      share: async (ask) => {
        const { shared } = await import('./sharing.ts');
        return shared(this.#evaluator, this.#machine(ask.machine), ask);
      },
      replay: async (ask, course) => {
        const { replayed } = await import('./replayed.ts');
        return replayed(this.#evaluator, ask, course);
      },
      spans: async (ask) => {
        const { spanRows } = await import('./spans.ts');
        return spanRows(await this.#opener(ask.machine)(ask.lane), ask);
      },
      export: (ask, course) => this.#export(ask, course),
    };
  }

  /** Takes a message of the page; whatever comes of it is sent. */
  take(message: ToWorker): void {
    if (message.question === 'cancel') this.#running.get(message.id)?.abort();
    else void this.#answer(message);
  }

  async #answer(request: Request): Promise<void> {
    const { id, question, ask } = request;
    const controller = new AbortController();
    this.#running.set(id, controller);
    const course: Course = {
      signal: controller.signal,
      progress: (progress) => this.#send({ id, progress }),
    };
    try {
      const handler = this.#handlers[question] as (ask: unknown, course: Course) => unknown;
      const answer = await handler(ask, course);
      this.#send({ id, answered: question, answer } as FromWorker);
    } catch (error) {
      this.#send({ id, failure: await this.#failure(request, error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #failure({ question, ask }: Request, error: unknown): Promise<Failure> {
    const failure = failureOf(error);
    if (question !== 'open' || failure.code !== 'not-recognised') return failure;
    const { headOf } = await import('./opening.ts');
    return failureOf(error, await headOf((ask as Ask<'open'>).input));
  }

  async #open({ input, options = {} }: Ask<'open'>, course: Course): Promise<Machine> {
    const { openInput } = await import('./opening.ts');
    const { describedMachine } = await import('./described.ts');
    const opened = await openInput(input, options, course);
    this.#last += 1;
    const reopen: Reopen = (change) => openInput(input, { ...options, ...change }, UNWATCHED);
    this.#machines.set(this.#last, new OpenMachine(opened, this.#evaluator, reopen));
    return describedMachine(this.#last, opened, originOf(input, opened.assumptions !== undefined));
  }

  #close(id: MachineId): null {
    this.#machines.get(id)?.dispose();
    this.#machines.delete(id);
    return null;
  }

  /** @throws InputRangeError where it is not open */
  #machine(id: MachineId): OpenMachine {
    const machine = this.#machines.get(id);
    if (!machine) throw new InputRangeError('machine', `machine ${id} is not open`);
    return machine;
  }

  #frames(id: MachineId): number {
    return 2 ** (this.#machine(id).opened.vm.maxphyaddr - 12);
  }

  async #registers(id: MachineId, vcpu: number | undefined, set: readonly string[] | undefined) {
    const { registerBars } = await import('./registers.ts');
    return registerBars(await this.#machine(id).changed(set), vcpu);
  }

  /** Opens the lanes of a question about a machine; a lane may name another one. */
  #opener(id: MachineId): LaneOpener {
    return async (lane) => this.#machine(lane.machine ?? id).lane(lane);
  }

  async #export(ask: Ask<'export'>, course: Course): Promise<readonly string[]> {
    const lines: string[] = [];
    const { mapText } = await import('./map-text.ts');
    const lane = await this.#opener(ask.machine)(ask.lane);
    for (const line of await mapText(this.#evaluator, lane, ask)) {
      lines.push(line);
      if (lines.length % BREATH !== 0) continue;
      course.progress({ done: lines.length });
      await new Promise((resolve) => setTimeout(resolve));
      requireWanted(course);
    }
    return lines;
  }

  /** Everything that was opened goes. */
  dispose(): void {
    for (const controller of this.#running.values()) controller.abort();
    for (const machine of this.#machines.values()) machine.dispose();
    this.#machines.clear();
    this.#evaluator.dispose();
  }
}
