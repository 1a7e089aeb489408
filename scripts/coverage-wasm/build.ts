/** Compiles assembly/ so that it tells which of its branches are taken. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, ROOT } from '../shared.mjs';
import { type Branch, COVERAGE_FILE, coverageSource, instrumented } from './instrument.ts';

/** The Wasm, and what the numbers that it tells mean. */
export interface Instrumented {
  readonly wasm: Uint8Array;
  readonly branches: readonly Branch[];
}

/** @throws Error - where the compiler does not take it */
export async function buildInstrumented(): Promise<Instrumented> {
  const branches: Branch[] = [];
  const texts = new Map<string, string>();
  for (const file of filesBelow(ROOT, ['assembly'], (path) => path.endsWith('.ts')))
    texts.set(file, instrumented(file, readFileSync(join(ROOT, file), 'utf8'), branches));
  texts.set(COVERAGE_FILE, coverageSource(branches.length));
  const { default: asc } = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      '--config',
      'asconfig.json',
      '--target',
      'release',
      '--optimizeLevel',
      '1',
      '--outFile',
      'module',
    ],
    {
      readFile: (name, base) => {
        const path = join(base, name);
        const text = texts.get(path.startsWith(ROOT) ? path.slice(ROOT.length) : path);
        if (text !== undefined) return text;
        const whole = join(ROOT, path);
        return existsSync(whole) ? readFileSync(whole, 'utf8') : null;
      },
      writeFile: (name, content) => {
        if (name === 'module') wasm = content as Uint8Array;
      },
    },
  );
  if (error || !wasm)
    throw new Error(`assembly/ does not compile with its branches counted:\n${stderr.toString()}`);
  return { wasm, branches };
}
