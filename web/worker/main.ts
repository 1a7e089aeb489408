/** The worker: messages of the page go to a session, and its answers back. */
import type { FromWorker, ToWorker } from './protocol.ts';
import { Session } from './session.ts';

/** Of a worker's scope, what is used here: its types exclude those of a page. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

const session = Session.begin((message) => scope.postMessage(message));
session.then(
  () => scope.postMessage({ ready: true }),
  (error: unknown) =>
    scope.postMessage({ ready: false, reason: error instanceof Error ? error.message : String(error) }),
);
// What comes before the engine is there waits for it; without one the page has been told.
scope.addEventListener('message', ({ data }) => {
  session.then(
    (begun) => begun.take(data),
    () => undefined,
  );
});
