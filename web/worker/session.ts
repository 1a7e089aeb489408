/**
 * The worker's side of the page without the worker: questions in, answers out. Machines are opened here and named by
 * numbers; all lanes are views of one evaluator, so that any two of them can be held against each other.
 */
import { createEvaluatorSync, type Evaluator, InputRangeError } from '../../src/index.ts';
import { CATALOGUE } from './catalogue.ts';
import { describedMachine } from './described.ts';
import { diffed } from './diff.ts';
import { checked, mapText, shared, whyOf } from './documents.ts';
import { failureOf } from './failure.ts';
import { type OpenLane, OpenMachine } from './machine.ts';
import { mapOf } from './map.ts';
import { type Course, headOf, openInput, requireWanted } from './opening.ts';
import type {
  Failure,
  FromWorker,
  Input,
  Lane,
  Machine,
  MachineId,
  QuestionName,
  Questions,
  Request,
  ToWorker,
} from './protocol.ts';
import { registerBars } from './registers.ts';
import { replayed } from './replayed.ts';
import { sought } from './seek.ts';
import { spanRows } from './spans.ts';
import { walksTo } from './walk.ts';

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
   * @param send - takes every answer, progress and failure
   * @throws what compiling the engine throws where there is no WebAssembly
   */
  constructor(send: (message: FromWorker) => void) {
    this.#evaluator = createEvaluatorSync();
    this.#send = send;
    this.#handlers = {
      catalogue: () => CATALOGUE,
      open: (ask, course) => this.#open(ask, course),
      close: ({ machine }) => this.#close(machine),
      registers: ({ machine, vcpu, set }) => registerBars(this.#machine(machine).changed(set), vcpu),
      map: (ask) => mapOf(ask, this.#frames(ask.machine), this.#opener(ask.machine)),
      seek: (ask) => sought(ask, this.#frames(ask.machine), this.#opener(ask.machine)),
      walk: ({ machine, lanes, gfn }) => walksTo(gfn, lanes, this.#opener(machine)),
      explain: (ask) => whyOf(this.#evaluator, this.#opener(ask.machine)(ask.lane), ask),
      check: (ask) => checked(this.#evaluator, this.#machine(ask.machine), ask),
      diff: (ask) => diffed(this.#machine(ask.machine), ask, (id) => this.#machine(id)),
      share: (ask) => shared(this.#evaluator, this.#machine(ask.machine), ask),
      replay: (ask, course) => replayed(this.#evaluator, ask, course),
      spans: (ask) => spanRows(this.#opener(ask.machine)(ask.lane), ask),
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
    return failureOf(error, await headOf((ask as Ask<'open'>).input));
  }

  async #open({ input, options = {} }: Ask<'open'>, course: Course): Promise<Machine> {
    const opened = await openInput(input, options, course);
    this.#last += 1;
    this.#machines.set(this.#last, new OpenMachine(opened, this.#evaluator));
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

  /** Opens the lanes of a question about a machine; a lane may name another one. */
  #opener(id: MachineId): (lane: Lane) => OpenLane {
    return (lane) => this.#machine(lane.machine ?? id).lane(lane);
  }

  async #export(ask: Ask<'export'>, course: Course): Promise<readonly string[]> {
    const lines: string[] = [];
    for (const line of await mapText(this.#evaluator, this.#opener(ask.machine)(ask.lane), ask)) {
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
