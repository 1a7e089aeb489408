/** docs/findings.md is what `npm run findings` writes from the presets, layouts and scenarios of today. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const FILES = [
  'docs/findings.md',
  'docs/findings-timeline.svg',
  'docs/findings-wrong-types.svg',
  'docs/findings-zaps.svg',
];

it('the committed findings are reproduced, byte for byte', () => {
  const committed = FILES.map((file) => readFileSync(join(root, file), 'utf8'));
  execFileSync(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), 'scripts/findings/write.ts'], {
    cwd: root,
  });
  expect(FILES.map((file) => readFileSync(join(root, file), 'utf8'))).toEqual(committed);
}, 120_000);
