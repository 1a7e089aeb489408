/**
 * Starts the worker: from its file where the page is a folder; of the single file from the block that web/boot/ has
 * unpacked.
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

/** @throws Error where the document holds no worker */
export function startWorker(): Worker {
  const settings = folderSettings();
  if (settings) return new Worker(settings.worker, { type: 'module' });
  const program = dataBlock('worker');
  if (program === undefined) throw new Error('this file is not whole: it holds no program to compute with');
  return new Worker(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })));
}
