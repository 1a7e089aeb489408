/**
 * Starts the worker: from its file where the page is a folder; of the single file from the block that
 * scripts/build-page.mjs put into it (deflated, in base64).
 */

/** A data block of the document, by id. */
export function dataBlock(id: string): string | undefined {
  const text = document.getElementById(id)?.textContent?.trim();
  return text === '' ? undefined : text;
}

/** What the folder's document says about its files. */
export interface FolderSettings {
  readonly worker: string;
  /** The service worker. */
  readonly offline: string;
}

/** Undefined: this is the single file. */
export function folderSettings(): FolderSettings | undefined {
  const text = dataBlock('settings');
  return text === undefined ? undefined : (JSON.parse(text) as FolderSettings);
}

async function inflated(base64: string): Promise<Blob> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Blob([await new Response(text).blob()], { type: 'text/javascript' });
}

/** @throws Error where the document holds no worker */
export async function startWorker(): Promise<Worker> {
  const settings = folderSettings();
  if (settings) return new Worker(settings.worker, { type: 'module' });
  const packed = dataBlock('worker');
  if (packed === undefined) throw new Error('this file is not whole: it holds no program to compute with');
  return new Worker(URL.createObjectURL(await inflated(packed)));
}
