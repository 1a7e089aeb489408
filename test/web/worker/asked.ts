/** A session that is asked as the page asks it: messages there and back, cloned as a worker's are. */
import type {
  Failure,
  FromWorker,
  Progress,
  QuestionName,
  Questions,
  Request,
} from '../../../web/worker/protocol.ts';
import { Session } from '../../../web/worker/session.ts';
import { fixtureBytes, fixturePath } from '../../read/fixture.ts';

/** A refused question, for `rejects`. */
export class Refused extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The page's end of the messages. */
export class Asked {
  readonly #session: Promise<Session>;
  readonly #waiting = new Map<number, (message: FromWorker) => void>();
  readonly progress: Progress[] = [];
  #last = 0;

  private constructor() {
    this.#session = Session.begin((message) => this.#take(structuredClone(message)));
  }

  /** A page whose worker has begun. */
  static async begin(): Promise<Asked> {
    const page = new Asked();
    await page.#session;
    return page;
  }

  #take(message: FromWorker): void {
    if ('progress' in message) this.progress.push(message.progress);
    else if ('id' in message) this.#waiting.get(message.id)!(message);
  }

  /** Asks; `cancel` of the result gives the question up. */
  ask<Name extends QuestionName>(
    question: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']> & { cancel(): void } {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<Questions[Name]['answer']>((resolve, reject) => {
      this.#waiting.set(id, (message) => {
        if ('failure' in message) reject(new Refused(message.failure));
        else if ('answered' in message) resolve(message.answer as Questions[Name]['answer']);
      });
    });
    const request = structuredClone({ id, question, ask }) as Request;
    void this.#session.then((session) => session.take(request));
    const cancel = () => void this.#session.then((session) => session.take({ id, question: 'cancel' }));
    return Object.assign(answer, { cancel });
  }

  /** Opens a fixture of the readers' tests, by the name that the program is given. */
  openFixture(name: string, options: Questions['open']['ask']['options'] = {}) {
    const input = { name: fixturePath(name), blob: new Blob([new Uint8Array(fixtureBytes(name))]) };
    return this.ask('open', { input, options });
  }

  async dispose(): Promise<void> {
    (await this.#session).dispose();
  }
}

/** What a refused question says. */
export async function failureOf(question: Promise<unknown>): Promise<Failure> {
  try {
    await question;
  } catch (error) {
    if (error instanceof Refused) return error.failure;
    throw error;
  }
  throw new Error('the question was answered');
}
