/**
 * What these pages of docs/ show is what happens. EPTSWEEP_ACCEPT=1 writes what was printed
 * into the page instead, to be read before it is committed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const PAGES = [
  'explain.md',
  'questions.md',
  'diff.md',
  'fuzz.md',
  'check.md',
  'convert.md',
  'share.md',
  'replay.md',
];
const isAccepting = process.env.EPTSWEEP_ACCEPT === '1';

/** Runs a line of a console block; `eptsweep` is the built program. */
function printedBy(command: string): string {
  const script = `eptsweep() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${command}`;
  const env = { ...process.env, NO_COLOR: '1' };
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: ROOT, encoding: 'utf8', env });
  return stdout + stderr;
}

/** Runs a script that imports the package by its name. */
function printedByScript(text: string): string {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'build', 'docs-'));
  try {
    writeFileSync(join(folder, 'script.mjs'), text);
    return execFileSync(process.execPath, [join(folder, 'script.mjs')], { cwd: ROOT, encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The page with what its commands and scripts print now. */
function refreshed(page: string): string {
  const consoles = page.replaceAll(/^```console\n(.*?)^```$/gms, (_, text: string) => {
    const commands = text.split('\n').filter((line) => line.startsWith('$ '));
    const runs = commands.map((command) => `${command}\n${printedBy(command.slice(2))}`);
    return `\`\`\`console\n${runs.join('')}\`\`\``;
  });
  return consoles.replaceAll(
    /^```js\n(.*?)^```\n\n```text\n.*?^```$/gms,
    (_, script: string) => `\`\`\`js\n${script}\`\`\`\n\n\`\`\`text\n${printedByScript(script)}\`\`\``,
  );
}

describe('docs', () => {
  it.each(PAGES)('%s shows what is printed', (name) => {
    const path = join(ROOT, 'docs', name);
    const page = readFileSync(path, 'utf8');
    const now = refreshed(page);
    if (isAccepting) writeFileSync(path, now);
    else expect(page).toBe(now);
  });
});
