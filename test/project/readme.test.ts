/** What the README and the library's page show is what happens: scripts and commands run, and print what stands there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../cli/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', 'docs/library.md'];

/** Code blocks in order, with their language. */
const blocks = PAGES.flatMap((page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map((found) => ({
    language: found[1]!,
    text: found[2]!,
  }));
});

/** Without types, and `using` in words of Node 20. */
function javaScriptOf(text: string): string {
  const { ES2022: target } = ts.ScriptTarget;
  return ts.transpileModule(text, { compilerOptions: { target, module: ts.ModuleKind.ESNext } }).outputText;
}

/** Scripts, each with the output that the next block promises. */
const scripts = blocks.flatMap((block, index) => {
  const next = blocks[index + 1];
  if (block.language !== 'js' && block.language !== 'ts') return [];
  const script = block.language === 'js' ? block.text : javaScriptOf(block.text);
  return [{ script, printed: next?.language === 'text' ? next.text : '' }];
});

/** `$ command` lines of console blocks, each with the lines that follow it. */
const commands = blocks
  .filter((block) => block.language === 'console')
  .flatMap((block) => block.text.split(/^\$ /m).slice(1))
  .map((part) => {
    const end = part.indexOf('\n');
    return { command: part.slice(0, end), printed: part.slice(end + 1) };
  });

/** Inside the project, so that `eptsweep` is found as its own package. */
let folder: string;
beforeAll(() => {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  folder = mkdtempSync(join(ROOT, 'build', 'readme-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('README and docs/library.md', () => {
  it('shows scripts and commands', () => {
    expect(scripts.length).toBeGreaterThan(0);
  });

  it.each(scripts)('script $#', ({ script, printed }) => {
    const path = join(folder, 'script.mjs');
    writeFileSync(path, script);
    expect(execFileSync(process.execPath, [path], { encoding: 'utf8', cwd: ROOT })).toBe(printed);
  });

  it.each(commands)('$command', async ({ command, printed }) => {
    const { stdout, stderr } = await runLine(command.replaceAll('npx eptsweep', 'eptsweep'));
    expect(stdout + stderr).toBe(printed);
  });
});
