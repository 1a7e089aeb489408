import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: true;
  readonly hasInstallScript?: true;
  readonly dev?: true;
}
const { packages } = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
) as {
  packages: Readonly<Record<string, Entry>>;
};
const { dependencies, optionalDependencies } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;
const locked = Object.entries(packages).filter(([place]) => place !== '');

describe('the lock', () => {
  it('has a SHA-512 of every package, those of other platforms too (node scripts/complete-lock.mjs)', () => {
    expect(locked.length).toBeGreaterThan(100);
    const open = locked.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''));
    expect(open.map(([place]) => place)).toEqual([]);
  });

  it('has nothing that runs as it is installed with the package', () => {
    const scripts = locked.filter(([, entry]) => entry.hasInstallScript && !entry.dev);
    expect(scripts.map(([place]) => place)).toEqual([]);
  });

  it('pins what is run with, to a version each', () => {
    const run = Object.entries({ ...dependencies, ...optionalDependencies });
    expect(run.length).toBeGreaterThan(4);
    for (const [name, version] of run) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]?.version).toBe(version);
    }
  });
});
