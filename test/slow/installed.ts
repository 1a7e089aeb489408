/** The packed package, installed in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where a program is. */
export interface Installed {
  /** What `bin` names. */
  readonly program: string;
  /** Scripts in it import the package by its name. */
  readonly folder: string;
  remove(): void;
}

/** Packs and installs. */
export function installed(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-installed-'));
  const npm = (args: readonly string[], cwd: string): string =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  const tarball = npm(['pack', '--silent', '--pack-destination', folder], ROOT).trim().split('\n').at(-1)!;
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], folder);
  const place = join(folder, 'node_modules', 'eptsweep');
  const { bin } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
    bin: { eptsweep: string };
  };
  return {
    program: join(place, bin.eptsweep),
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
