/**
 * What the pages of docs/ show is what happens, and every command line in them runs: from a clone, and from the packed and
 * installed package. EPTSWEEP_ACCEPT=1 writes what
 * was printed into the page instead, to be read before it is committed. A page is anything in docs/ that ends in .md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireSchemas } from '../json-schemas.ts';
import { type Installed, installed } from './installed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && !name.startsWith('api'))
  .map((name) => join('docs', name))
  .sort();
/** The README's console blocks are run by test/project/readme.test.ts, in the fast suite. */
const WITH_SHELL_BLOCKS = [...PAGES, 'README.md', 'CONTRIBUTING.md'];

/**
 * Lines of sh blocks that are not run here, and why. Whatever is in a sh block and not among these is run; it has to
 * end with 0 or 1.
 */
const NOT_RUN: readonly { readonly line: RegExp; readonly because: string }[] = [
  { line: /^(npm ci|npm run|npm test|npm start|bash \.ci\/run)/, because: 'it is what runs the tests' },
  { line: /^(EPTSWEEP_ACCEPT=1|node scripts\/)/, because: 'it writes what the tests compare' },
  {
    line: /^eptsweep (page |.* -f html)/,
    because: 'it writes a page beside the sources or opens it: test/slow/page-as-program.test.ts tries them',
  },
  {
    line: /^dmesg \|/,
    because: 'the kernel log of the machine that runs the tests is not for every user to read',
  },
];
/** What stands for something of the reader's own. */
const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/\bCONFIG\b/, 'surface-pro7'],
  [/\[RANGE\]/, '0x0-0xfffff'],
  [/\bADDRESS\b/, '0xa0000'],
];
const isAccepting = process.env.EPTSWEEP_ACCEPT === '1';
/** Without colours. FORCE_COLOR is unset, not empty: Node warns of both on standard error, which would go into the pages. */
const ENVIRONMENT = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };

/** The clone, as it was built. */
const CLONE: Installed = {
  program: join(ROOT, 'dist', 'src', 'cli', 'main.js'),
  folder: join(ROOT, 'build'),
  remove: () => undefined,
};
/** Whose program runs. */
let subject = CLONE;

/** Runs a line of a console block; `eptsweep` is the program of the subject. */
function ranBy(command: string) {
  const script = `eptsweep() { "${process.execPath}" "${subject.program}" "$@"; }; npx() { "$@"; }; ${command}`;
  const env = { ...ENVIRONMENT, COLUMNS: '' };
  return spawnSync('bash', ['-c', script], { cwd: ROOT, encoding: 'utf8', env, input: '' });
}

function printedBy(command: string): string {
  const { stdout, stderr } = ranBy(command);
  requireSchemas(stdout);
  return stdout + stderr;
}

/** Runs a script that imports the package by its name. */
function printedByScript(text: string): string {
  mkdirSync(subject.folder, { recursive: true });
  const folder = mkdtempSync(join(subject.folder, 'docs-'));
  try {
    writeFileSync(join(folder, 'script.mjs'), text);
    return execFileSync(process.execPath, [join(folder, 'script.mjs')], {
      cwd: ROOT,
      encoding: 'utf8',
      env: ENVIRONMENT,
    });
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

/** The command lines of a page's sh blocks, without what is said behind them. */
function shellLines(page: string): string[] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!.split('\n'));
  return blocks.flat().flatMap((line) => line.replace(/(^|\s)#\s.*$/, '').trim() || []);
}

/** Pages are written by the clone's program alone. */
const SUBJECTS = isAccepting ? ['a clone'] : ['a clone', 'the installed package'];

describe.each(SUBJECTS)('docs, with the program of %s', (whose) => {
  beforeAll(() => {
    if (whose !== 'a clone') subject = installed();
  });

  afterAll(() => {
    subject.remove();
    subject = CLONE;
  });

  it.each(PAGES)('%s shows what is printed', (name) => {
    const path = join(ROOT, name);
    const page = readFileSync(path, 'utf8');
    const now = refreshed(page);
    if (isAccepting) writeFileSync(path, now);
    else expect(page).toBe(now);
  });

  it.each(WITH_SHELL_BLOCKS)('%s: every line of a sh block runs', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const line of shellLines(readFileSync(join(ROOT, name), 'utf8'))) {
      const script = /\bnpm run (?:--silent )?([\w:]+)/.exec(line)?.[1];
      if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
      if (NOT_RUN.some((one) => one.line.test(line))) continue;
      const command = PLACEHOLDERS.reduce((text, [pattern, value]) => text.replace(pattern, value), line);
      const { status, stderr } = ranBy(command);
      expect([0, 1], `${line}\n${stderr}`).toContain(status);
    }
  });
});
