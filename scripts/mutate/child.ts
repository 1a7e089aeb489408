/**
 * Tries mutants one after the other in a scratch copy, in a process that keeps vitest and what it has transformed.
 * Started by trial.ts, which ends it where a mutant never ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node';
import { applied, type Mutant } from './operators.ts';
import type { Job, Outcome, Said, Task } from './protocol.ts';

// First: who started this may end while vitest is still being loaded.
process.on('disconnect', () => process.exit());

const job = JSON.parse(process.argv[2]!) as Job;
const pathOf = (file: string): string => join(job.scratch, file);
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const say = (said: Said): void => {
  process.send!(said);
};
const begins = (): void => say({ kind: 'begins', cpuSeconds: cpuSeconds() });

/** Tests run in the order that the room gives: the nearest first. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      job.tests.findIndex((test) => moduleId.endsWith(test));
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}

const vitest = await createVitest('test', {
  config: false,
  root: job.scratch,
  include: ['test/**/*.test.ts'],
  watch: false,
  bail: 1,
  pool: 'threads',
  isolate: false,
  maxWorkers: 1,
  testTimeout: 600_000,
  hookTimeout: 600_000,
  sequence: { sequencer: InOrder },
  reporters: [{ onTestModuleStart: begins, onTestModuleEnd: begins }],
  // A mutant's words are of no interest.
  silent: true,
});
const specifications = job.tests.map((test) => vitest.projects[0]!.createSpecification(pathOf(test)));

const BINARY = 'src/wasm/binary.ts';
const { buildWasm } = (await import(pathToFileURL(pathOf('scripts/build-wasm.mjs')).href)) as {
  buildWasm(options: { root: string; targets: readonly string[]; log(line: string): void }): Promise<unknown>;
};

const build = () => buildWasm({ root: job.scratch, targets: ['release'], log: () => undefined });
const wasm = (): string => readFileSync(pathOf(BINARY), 'utf8').split("'")[1]!;
// A mutant that was ended may have left its own.
await build();
const original = wasm();

/** Compiles what the mutant changed; true where the bytes are those of the tree. */
async function compiled(): Promise<boolean> {
  await build();
  vitest.invalidateFile(pathOf(BINARY));
  return wasm() === original;
}

/** Brings the built program up to a source. */
async function bundled(file: string): Promise<void> {
  const { outputText } = ts.transpileModule(readFileSync(pathOf(file), 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  writeFileSync(pathOf(`dist/${file.replace(/\.ts$/, '.js')}`), outputText);
  const bundle = (await import(pathToFileURL(pathOf('scripts/bundle.mjs')).href)) as {
    bundleProgram(folder: string): Promise<void>;
  };
  await bundle.bundleProgram(pathOf('dist'));
}

/** Runs the tests; the first that fails, or undefined. */
async function firstFailure(): Promise<string | undefined> {
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([...specifications]);
  for (const module of testModules) {
    const name = module.moduleId.slice(job.scratch.length + 1);
    if (module.errors().length > 0) return `${name}: ${module.errors()[0]!.message.split('\n')[0]}`;
    for (const test of module.children.allTests('failed')) return `${name}: ${test.fullName}`;
    if (module.state() === 'failed') return name;
  }
  return unhandledErrors.length > 0
    ? String((unhandledErrors[0] as Error).message ?? unhandledErrors[0])
    : undefined;
}

async function outcomeOf(mutant: Mutant | undefined): Promise<Omit<Outcome, 'cpuSeconds'>> {
  if (mutant && job.builds === 'wasm' && mutant.file.startsWith('assembly/')) {
    try {
      // Layouts are the host's as well.
      if ((await compiled()) && !mutant.file.endsWith('layout.ts'))
        return { kind: 'same', by: 'the same Wasm' };
    } catch (error) {
      return { kind: 'refused', by: (error as Error).message.split('\n').slice(0, 3).join(' ') };
    }
  }
  begins();
  try {
    if (mutant && job.builds === 'program') await bundled(mutant.file);
    const failure = await firstFailure();
    return failure === undefined ? { kind: 'survived', by: '' } : { kind: 'killed', by: failure };
  } catch (error) {
    return { kind: 'killed', by: String((error as Error).message).split('\n')[0]! };
  }
}

process.on('message', async ({ mutant }: Task) => {
  const [file, whole] = mutant ? [mutant.file, readFileSync(pathOf(mutant.file), 'utf8')] : ['', ''];
  const put = (text: string): void => {
    writeFileSync(pathOf(file), text);
    vitest.invalidateFile(pathOf(file));
  };
  if (mutant) put(applied(whole, mutant));
  const begin = cpuSeconds();
  const outcome = await outcomeOf(mutant);
  const used = cpuSeconds() - begin;
  if (mutant) put(whole);
  say({ kind: 'outcome', outcome: { ...outcome, cpuSeconds: used } });
});
setInterval(() => say({ kind: 'used', cpuSeconds: cpuSeconds() }), 500);
say({ kind: 'ready' });
