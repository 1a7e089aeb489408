/** Kernels out of Debian's packages, which need not be installed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../fail.ts';
import { programPath, run, tryRun } from '../run-program.ts';
import { type Kernel, modulesBelow } from './kernel.ts';

/** Names of numbered packages, the highest first. */
function newestFirst(names: readonly string[]): readonly string[] {
  const numbers = (name: string) => (name.match(/\d+/g) ?? []).map(Number);
  return [...names].sort((a, b) => {
    const [left, right] = [numbers(a), numbers(b)];
    const at = left.findIndex((value, k) => value !== right[k]);
    return at < 0 ? 0 : (right[at] ?? 0) - left[at]!;
  });
}

/**
 * Names of a series' cloud kernels in what `apt-cache search` says, the newest first.
 *
 * @param text - a package a line, with its description
 * @param series - such as 6.1
 */
export function imagesIn(text: string, series: string): readonly string[] {
  const wanted = new RegExp(`^linux-image-(${series.replace('.', '\\.')}\\.\\S*-cloud-amd64) `, 'gm');
  return newestFirst([...text.matchAll(wanted)].map((match) => match[1]!));
}

/** Packages that the headers of a kernel name, and that a module is built with. */
export function headerPackagesIn(show: string): readonly string[] {
  const depends = /^Depends: (.*)$/m.exec(show)?.[1] ?? '';
  return depends
    .split(/,\s*/)
    .map((one) => one.replace(/\s.*$/, ''))
    .filter((name) => /^linux-(headers|kbuild)-/.test(name));
}

function search(series: string): readonly string[] {
  const text = tryRun('apt-cache', ['search', '--names-only', `^linux-image-${series}.*-cloud-amd64$`]);
  return imagesIn(text ?? '', series);
}

function releaseOf(series: string): string {
  if (!programPath('apt-get')) {
    throw new LabError(`no apt-get to fetch kernel ${series} with; name files: --vmlinuz FILE --modules DIR`);
  }
  let found = search(series);
  if (found.length === 0 && process.getuid?.() === 0) {
    tryRun('apt-get', ['-qq', 'update']);
    found = search(series);
  }
  if (found.length > 0) return found[0]!;
  throw new LabError(
    `apt has no cloud kernel of series ${series} (apt-get update; newer ones are in backports and security): or name files: --vmlinuz FILE --modules DIR`,
  );
}

function download(packages: readonly string[], folder: string): boolean {
  return tryRun('apt-get', ['-qq', 'download', ...packages], folder) !== undefined;
}

function unpack(folder: string, root: string): void {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.deb'))) {
    run('dpkg', ['-x', join(folder, name), root]);
  }
}

/** The headers' Makefile names its other half by an absolute path: where it would be installed, or where it stood before. */
function relocate(root: string, headers: string): void {
  const makefile = join(headers, 'Makefile');
  const text = readFileSync(makefile, 'utf8');
  writeFileSync(makefile, text.replace(/^include \S*\/usr\/src/m, `include ${join(root, 'usr/src')}`));
}

/**
 * A Debian cloud kernel of a series, fetched into a folder, or found there from before.
 *
 * @param series - such as 6.1
 * @param work - where fetched kernels are kept
 * @param say - told what is done, which may take a while
 */
export function packagedKernel(series: string, work: string, say: (text: string) => void): Kernel {
  if (!/^\d+\.\d+$/.test(series)) throw new LabError(`--kernel ${series}: expected a series such as 6.1`);
  const folder = join(work, `kernel-${series}`);
  const root = join(folder, 'root');
  const note = join(folder, 'release');
  if (!existsSync(note)) {
    const release = releaseOf(series);
    say(`fetching linux-image-${release} and its headers`);
    mkdirSync(root, { recursive: true });
    if (!download([`linux-image-${release}`], folder)) {
      throw new LabError(
        `apt-get download linux-image-${release} failed; name files: --vmlinuz FILE --modules DIR`,
      );
    }
    const headers = `linux-headers-${release}`;
    const parts = headerPackagesIn(tryRun('apt-cache', ['show', headers]) ?? '');
    if (!download([headers, ...parts], folder)) say(`${headers} cannot be fetched`);
    unpack(folder, root);
    writeFileSync(note, release);
  }
  const release = readFileSync(note, 'utf8').trim();
  const headers = join(root, 'usr/src', `linux-headers-${release}`);
  const hasHeaders = existsSync(join(headers, 'Makefile'));
  if (hasHeaders) relocate(root, headers);
  return {
    name: series,
    image: join(root, 'boot', `vmlinuz-${release}`),
    modules: modulesBelow(join(root, 'lib/modules', release)),
    headers: hasHeaders ? headers : undefined,
  };
}
