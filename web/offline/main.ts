/**
 * The service worker of the folder dist-web/: keeps the page's files, so that it opens without a network. The build
 * writes their names in front of this program; another version of the page is another list, and takes its place.
 */

/** What scripts/build-page.mjs puts in front. */
interface Kept {
  /** Of the files' contents. */
  readonly version: string;
  /** Paths beside this program's own. */
  readonly files: readonly string[];
}

/** Of a service worker's scope, what is used here: its types exclude those of a page. */
interface OfflineScope {
  readonly kept: Kept;
  readonly clients: { claim(): Promise<void> };
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { request: Request; respondWith(response: Promise<Response>): void }) => void,
  ): void;
}

const PREFIX = 'eptsweep-';
const scope = globalThis as unknown as OfflineScope;
const { version, files } = scope.kept;
const cacheName = `${PREFIX}${version}`;

async function keepFiles(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' })));
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const found = await cache.match(request, { ignoreSearch: true });
  return found ?? fetch(request);
}

scope.addEventListener('install', (event) => event.waitUntil(keepFiles()));
scope.addEventListener('activate', (event) => event.waitUntil(dropOthers()));
scope.addEventListener('fetch', (event) => event.respondWith(answer(event.request)));
