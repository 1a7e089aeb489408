/** Where a page is put that nobody gave a name, and what shows it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What opens a file with the program that people have for it. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/**
 * Writes a page to a temporary folder that nobody else can read: dumps are their owner's business.
 *
 * @param name - of the file, without its ending
 * @returns its path
 */
export function writeTemporaryPage(text: string, name: string): string {
  const safe = name.replaceAll(/[^\w.-]+/g, '_').slice(0, 100) || 'page';
  const path = join(mkdtempSync(join(tmpdir(), 'eptsweep-page-')), `${safe}.html`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Shows a file in the browser; where there is none, the path that was printed is what there is. */
export function showPage(path: string): Promise<void> {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? [];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, path], { detached: true, stdio: 'ignore' });
    child.on('error', () => resolve());
    child.on('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
