/** Who has no queue installs nothing for one, and runs no install script of it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('leaves the packages of a queue out of what npm ci brings', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const { peerDependencies, peerDependenciesMeta } = packages[''];
  for (const name of ['bullmq', 'ioredis', 'pg']) {
    expect(peerDependencies).toHaveProperty(name);
    expect(peerDependenciesMeta[name]).toEqual({ optional: true });
  }
  const brought = Object.keys(packages).filter((path) =>
    /\/(bullmq|ioredis|pg|msgpackr(-extract)?)$/.test(path),
  );
  expect(brought).toEqual([]);
});
