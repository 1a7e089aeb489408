/** The worker: messages of the page go to a session, and its answers back. */
import type { FromWorker, ToWorker } from './protocol.ts';
import { Session } from './session.ts';

/** Of a worker's scope, what is used here: its types exclude those of a page. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

/** The session; without WebAssembly the page is told so, once. */
function begin(): Session | undefined {
  try {
    return new Session((message) => scope.postMessage(message));
  } catch (error) {
    scope.postMessage({ ready: false, reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

const session = begin();
if (session) {
  scope.addEventListener('message', ({ data }) => session.take(data));
  scope.postMessage({ ready: true });
}
