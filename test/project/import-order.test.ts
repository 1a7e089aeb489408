/**
 * Plants one wrong import for each rule of the import order and expects exactly that to be found; plants the
 * imports that are allowed and expects none.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import rules from '../../.dependency-cruiser.mjs';

/** Rule, importing file, what it imports (a path from the root, or a package). */
const FORBIDDEN: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['order-types', 'src/errors.ts', 'src/policy/index.ts'],
  ['order-ranges', 'src/ranges.ts', 'src/msr/index.ts'],
  ['order-ranges', 'src/words.ts', 'src/vm/index.ts'],
  ['order-ranges', 'src/suggest.ts', 'src/vm/index.ts'],
  ['order-ranges', 'src/arguments.ts', 'src/msr/index.ts'],
  ['order-msr', 'src/msr/upward.ts', 'src/policy/index.ts'],
  ['order-policy', 'src/policy/upward.ts', 'src/vm/index.ts'],
  ['order-vm', 'src/vm/upward.ts', 'src/engine/registry.ts'],
  ['order-reference', 'src/reference/upward.ts', 'src/engine/registry.ts'],
  ['order-reference', 'src/wasm/upward.ts', 'src/engine/registry.ts'],
  ['order-engine', 'src/engine/upward.ts', 'src/explain/index.ts'],
  ['order-engine', 'src/engine/upward-to-cli.ts', 'src/cli/main.ts'],
  ['order-oracle', 'src/explain/upward.ts', 'src/write/index.ts'],
  ['order-oracle', 'src/oracle/upward.ts', 'src/config/index.ts'],
  ['order-oracle', 'src/check/upward.ts', 'src/assert/index.ts'],
  ['order-oracle', 'src/diff/upward.ts', 'src/fuzz/index.ts'],
  ['order-assert', 'src/assert/upward.ts', 'src/read/index.ts'],
  ['order-assert', 'src/fuzz/upward.ts', 'src/config/index.ts'],
  ['order-assert', 'src/sweep/upward.ts', 'src/config/index.ts'],
  ['order-config', 'src/config/upward.ts', 'src/cli/main.ts'],
  ['order-config', 'src/write/upward.ts', 'src/index.ts'],
  ['order-config', 'src/read/upward.ts', 'src/open/index.ts'],
  ['order-open', 'src/open/upward.ts', 'src/cli/main.ts'],
  ['order-open', 'src/read-file/upward.ts', 'src/cli/main.ts'],
  ['order-open', 'src/campaign/upward.ts', 'src/cli/main.ts'],
  ['order-open', 'src/open/upward-to-answers.ts', 'src/answer/index.ts'],
  ['order-answer', 'src/answer/upward.ts', 'src/cli/main.ts'],
  ['order-config', 'src/write/upward-to-campaigns.ts', 'src/campaign/index.ts'],
  ['order-config', 'src/read/upward-to-files.ts', 'src/read-file/index.ts'],
  ['strangers-reference', 'src/reference/sideways.ts', 'src/wasm/index.ts'],
  ['strangers-wasm', 'src/wasm/sideways.ts', 'src/reference/index.ts'],
  ['strangers-config', 'src/config/sideways.ts', 'src/read/index.ts'],
  ['strangers-read', 'src/read/sideways.ts', 'src/write/index.ts'],
  ['strangers-write', 'src/write/sideways.ts', 'src/config/index.ts'],
  ['every-folder-has-a-place', 'src/attic/index.ts', 'src/types.ts'],
  ['only-the-registry-knows-engines', 'src/engine/other.ts', 'src/wasm/index.ts'],
  ['only-the-registry-knows-engines', 'src/cli/shortcut.ts', 'src/reference/index.ts'],
  ['only-engines-see-engine-views', 'src/share/facade.ts', 'src/vm/engine.ts'],
  ['only-engines-see-engine-views', 'src/cli/engines.ts', 'src/engine/registry.ts'],
  ['src-stays-in-src', 'src/cli/outward.ts', 'test/helper.ts'],
  ['src-stays-in-src', 'src/wasm/outward.ts', 'assembly/auto/fill.ts'],
  ['layout-is-for-wasm', 'src/reference/layout-user.ts', 'assembly/layout.ts'],
  ['independent-direct', 'assembly/direct/borrower.ts', 'assembly/auto/fill.ts'],
  ['independent-auto', 'assembly/auto/borrower.ts', 'assembly/direct/lookup.ts'],
  ['independent-auto', 'assembly/auto/sharer.ts', 'assembly/helpers.ts'],
  ['independent-batch', 'assembly/batch/borrower.ts', 'assembly/auto/fold.ts'],
  ['layouts-are-constants', 'assembly/layout.ts', 'assembly/helpers.ts'],
  ['layouts-are-constants', 'assembly/auto/plan-layout.ts', 'assembly/auto/fill.ts'],
  ['core-is-self-contained', 'src/index.ts', 'node:fs'],
  ['core-is-self-contained', 'src/index.ts', 'zod'],
  ['core-is-self-contained', 'src/reference/index.ts', 'node:os'],
  ['core-without-config', 'src/index.ts', 'src/config/index.ts'],
  ['packages-have-a-place', 'src/write/packaged.ts', 'zod'],
  ['browser-rooms-without-node', 'src/read/noded.ts', 'node:string_decoder'],
  ['browser-rooms-without-node', 'src/write/format/noded.ts', 'node:util'],
  ['browser-rooms-reach-no-node', 'src/open/index.ts', 'node:fs'],
  ['browser-rooms-reach-no-node', 'src/fit/index.ts', 'commander'],
  ['src-stays-in-src', 'src/cli/page.ts', 'web/draw/paint.ts'],
  ['web-order-worker', 'web/worker/upward.ts', 'web/draw/paint.ts'],
  ['web-order-draw', 'web/draw/upward.ts', 'web/state/link.ts'],
  ['web-order-state', 'web/state/upward.ts', 'web/app/main.tsx'],
  ['page-asks-the-worker', 'web/app/shortcut.tsx', 'web/worker/session.ts'],
  ['page-computes-nothing', 'web/app/clever.tsx', 'src/open/index.ts'],
  ['web-uses-public-faces', 'web/worker/deep.ts', 'src/explain/explain.ts'],
  ['web-uses-public-faces', 'web/worker/program.ts', 'src/cli/main.ts'],
  ['web-uses-public-faces', 'web/worker/files.ts', 'src/read-file/index.ts'],
  ['web-without-node', 'web/app/noded.tsx', 'node:fs'],
  ['web-packages', 'web/app/packaged.tsx', 'commander'],
  ['web-packages', 'web/draw/packaged.ts', 'preact'],
  ['browser-rooms-reach-no-node', 'src/sweep/index.ts', 'node:crypto'],
  ['src-stays-in-src', 'src/cli/lab.ts', 'lab/main.ts'],
  ['lab-order', 'lab/kernel/upward.ts', 'lab/machine/bochs.ts'],
  ['lab-order', 'lab/hold/upward.ts', 'lab/report/report.ts'],
  ['lab-order', 'lab/fail.ts', 'lab/log/serial-log.ts'],
  ['lab-asks-the-library', 'lab/hold/tested.ts', 'test/backends.ts'],
  ['no-dev-package', 'src/cli/developer.ts', 'vitest'],
  ['no-circle', 'src/policy/itself.ts', 'src/policy/itself.ts'],
  ['no-circle', 'assembly/auto/itself.ts', 'assembly/auto/itself.ts'],
  ['no-dangling-import', 'src/cli/dangling.ts', 'src/cli/nowhere.ts'],
];

const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ['src/policy/index.ts', 'src/types.ts'],
  ['src/vm/index.ts', 'src/policy/index.ts'],
  ['src/reference/index.ts', 'src/vm/index.ts'],
  ['src/wasm/index.ts', 'assembly/layout.ts'],
  ['src/wasm/index.ts', 'assembly/auto/plan-layout.ts'],
  ['src/wasm/index.ts', 'src/wasm/loading.ts'],
  ['src/wasm/loading.ts', '@assemblyscript/loader'],
  ['src/engine/registry.ts', 'src/wasm/index.ts'],
  ['src/engine/registry.ts', 'src/reference/index.ts'],
  ['src/explain/index.ts', 'src/engine/index.ts'],
  ['src/wasm/index.ts', 'src/vm/engine.ts'],
  ['src/config/index.ts', 'zod'],
  ['src/read/index.ts', 'src/vm/index.ts'],
  ['src/write/index.ts', 'src/explain/index.ts'],
  ['src/fuzz/index.ts', 'src/diff/index.ts'],
  ['src/assert/index.ts', 'src/check/index.ts'],
  ['src/sweep/index.ts', 'src/fuzz/index.ts'],
  ['src/config/index.ts', 'src/sweep/index.ts'],
  ['src/write/index.ts', 'src/sweep/index.ts'],
  ['src/campaign/index.ts', 'src/open/index.ts'],
  ['src/campaign/index.ts', 'node:fs'],
  ['src/open/index.ts', 'src/config/index.ts'],
  ['src/answer/index.ts', 'src/open/index.ts'],
  ['src/answer/index.ts', 'src/write/index.ts'],
  ['src/cli/main.ts', 'src/answer/index.ts'],
  ['src/open/index.ts', 'src/read/index.ts'],
  ['src/cli/main.ts', 'src/open/index.ts'],
  ['src/cli/main.ts', 'src/config/index.ts'],
  ['src/cli/files.ts', 'node:fs'],
  ['src/read-file/index.ts', 'node:fs'],
  ['src/read-file/index.ts', 'src/read/index.ts'],
  ['src/cli/main.ts', 'src/read-file/index.ts'],
  ['src/index.ts', 'src/engine/index.ts'],
  ['src/engine/index.ts', 'src/engine/registry.ts'],
  ['assembly/direct/lookup.ts', 'assembly/layout.ts'],
  ['assembly/auto/fill.ts', 'assembly/layout.ts'],
  ['assembly/index.ts', 'assembly/direct/lookup.ts'],
  ['web/worker/session.ts', 'src/index.ts'],
  ['web/worker/session.ts', 'src/open/index.ts'],
  ['web/worker/session.ts', 'web/worker/protocol.ts'],
  ['web/draw/paint.ts', 'web/worker/protocol.ts'],
  ['web/state/link.ts', 'preact'],
  ['web/app/main.tsx', 'web/worker/protocol.ts'],
  ['web/app/main.tsx', 'web/state/link.ts'],
  ['web/app/main.tsx', 'web/draw/paint.ts'],
  ['web/app/main.tsx', 'src/write/index.ts'],
  ['web/app/main.tsx', 'preact'],
  ['lab/main.ts', 'lab/machine/bochs.ts'],
  ['lab/machine/bochs.ts', 'lab/kernel/kernel.ts'],
  ['lab/hold/hold-run.ts', 'src/replay/index.ts'],
  ['lab/main.ts', 'commander'],
];

const DEPENDENCIES = ['@assemblyscript/loader', 'commander', 'zod'];
const DEVELOPMENT = ['vitest', 'preact'];

/** An import of `to`, as it is written in the file `from`. */
function importOf(from: string, to: string): string {
  if (!/^(src|assembly|web|test|lab)\//.test(to)) return `import '${to}';\n`;
  return `import '${'../'.repeat(from.split('/').length - 1)}${to}';\n`;
}

function writeTree(root: string, imports: readonly (readonly [from: string, to: string])[]): void {
  const files = new Map<string, string>();
  for (const [from, to] of imports) {
    if (/^(src|assembly|web|test|lab)\//.test(to) && !to.includes('nowhere'))
      files.set(to, files.get(to) ?? '');
    files.set(from, (files.get(from) ?? '') + importOf(from, to));
  }
  const manifest = (name: string) => JSON.stringify({ name, version: '1.0.0', main: 'index.js' });
  for (const name of [...DEPENDENCIES, ...DEVELOPMENT]) {
    files.set(`node_modules/${name}/package.json`, manifest(name));
    files.set(`node_modules/${name}/index.js`, '');
  }
  const versions = (names: string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  files.set(
    'package.json',
    JSON.stringify({
      type: 'module',
      dependencies: versions(DEPENDENCIES),
      devDependencies: versions(DEVELOPMENT),
    }),
  );
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text || 'export {};\n');
  }
}

async function violationsIn(root: string): Promise<ICruiseResult['summary']['violations']> {
  const rooms = readdirSync(root).filter((name) => ['src', 'assembly', 'web', 'lab'].includes(name));
  const { output } = await cruise(rooms, {
    ...rules.options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  } as Parameters<typeof cruise>[1]);
  return (output as ICruiseResult).summary.violations;
}

const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-order-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('import order', () => {
  let found: string[];
  beforeAll(async () => {
    const root = temporaryFolder();
    writeTree(
      root,
      FORBIDDEN.map(([, from, to]) => [from, to]),
    );
    found = (await violationsIn(root)).map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  });

  it.each(FORBIDDEN)('%s: %s must not import %s', (rule, from, to) => {
    const target = DEVELOPMENT.concat(DEPENDENCIES).includes(to) ? `node_modules/${to}/index.js` : to;
    const line = found.find(
      (each) => each.startsWith(`${rule}: ${from} -> `) && each.includes(target.replace('node:', '')),
    );
    expect(line, found.join('\n')).toBeDefined();
  });

  it('has no rule without a planted import', () => {
    const names = rules.forbidden.map((rule: { name: string }) => rule.name);
    expect(new Set(FORBIDDEN.map(([rule]) => rule))).toEqual(new Set(names));
  });

  it('allows the imports that the design has', async () => {
    const root = temporaryFolder();
    writeTree(root, ALLOWED);
    expect(await violationsIn(root)).toEqual([]);
  });

  it('sees a circle through two folders of a row', async () => {
    const root = temporaryFolder();
    writeTree(root, [
      ['src/diff/chicken.ts', 'src/explain/egg.ts'],
      ['src/explain/egg.ts', 'src/diff/chicken.ts'],
      ['assembly/index.ts', 'assembly/layout.ts'],
    ]);
    const rulesBroken = (await violationsIn(root)).map(({ rule }) => rule.name);
    expect(new Set(rulesBroken)).toEqual(new Set(['no-circle']));
  });

  it('follows a room that a page loads through every file that it reaches', async () => {
    const root = temporaryFolder();
    writeTree(root, [
      ['src/write/index.ts', 'src/engine/index.ts'],
      ['src/engine/index.ts', 'src/engine/threads.ts'],
      ['src/engine/threads.ts', 'node:worker_threads'],
      ['assembly/index.ts', 'assembly/layout.ts'],
    ]);
    const found = await violationsIn(root);
    expect(found.map(({ rule, from, to }) => [rule.name, from, to])).toEqual([
      ['browser-rooms-reach-no-node', 'src/write/index.ts', 'worker_threads'],
    ]);
  });

  it('follows the core through every file that it reaches', async () => {
    const root = temporaryFolder();
    writeTree(root, [...ALLOWED, ['src/wasm/loading.ts', 'node:fs']]);
    const found = await violationsIn(root);
    expect(found.map(({ rule, from, to }) => [rule.name, from, to])).toEqual([
      ['browser-rooms-reach-no-node', 'src/answer/index.ts', 'fs'],
      ['browser-rooms-reach-no-node', 'src/explain/index.ts', 'fs'],
      ['browser-rooms-reach-no-node', 'src/write/index.ts', 'fs'],
      ['core-is-self-contained', 'src/index.ts', 'fs'],
    ]);
  });
});
