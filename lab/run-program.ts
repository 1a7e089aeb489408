/** Programs of the machine that the lab is run on. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Vendor } from '../src/policy/index.ts';
import { LabError } from './fail.ts';

/** Where a program is; undefined: nowhere. */
export function programPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The last lines of what a program said, in one: of make what it ran said, since make says only that it failed. */
function lastWords(text: string): string {
  const lines = text.trim().split('\n');
  const own = lines.filter((line) => !/^make(?:\[\d+\])?: /.test(line));
  return (own.length > 0 ? own : lines).slice(-3).join(' / ').slice(-400);
}

/**
 * Runs a program to its end.
 *
 * @returns what it printed
 * @throws LabError where it fails
 */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: Buffer | string } = {},
): Buffer {
  const done = spawnSync(program, args, { ...options, maxBuffer: 2 ** 30 });
  if (done.error) throw new LabError(`${program}: ${done.error.message}`);
  if (done.status !== 0) {
    const said = lastWords(`${done.stdout}\n${done.stderr}`);
    throw new LabError(`${program} ${args.slice(0, 3).join(' ')} failed: ${said}`);
  }
  return done.stdout;
}

/** As {@link run}; undefined where it fails. */
export function tryRun(program: string, args: readonly string[], cwd?: string): string | undefined {
  const done = spawnSync(program, args, { ...(cwd && { cwd }), maxBuffer: 2 ** 30, encoding: 'utf8' });
  return done.status === 0 ? done.stdout : undefined;
}

/** Something that has to be there, and the Debian package that brings it. */
interface Needed {
  readonly package: string;
  readonly isThere: () => boolean;
}

const file = (packageName: string, ...paths: string[]): Needed => ({
  package: packageName,
  isThere: () => paths.some((path) => existsSync(path)),
});
const program = (packageName: string, name: string): Needed => ({
  package: packageName,
  isThere: () => programPath(name) !== undefined,
});

/** Files of packages that stand at fixed places, for the machine as well as for this list. */
export const FILES = {
  isolinux: '/usr/lib/ISOLINUX/isolinux.bin',
  ldlinux: '/usr/lib/syslinux/modules/bios/ldlinux.c32',
  bios: '/usr/share/bochs/BIOS-bochs-latest',
  vgabios: '/usr/share/vgabios/vgabios.bin',
} as const;

/** Of the machine that has an Intel processor. */
const BOCHS: readonly Needed[] = [
  program('bochs', 'bochs'),
  file(
    'bochs-term',
    '/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so',
    '/usr/lib/bochs/plugins/libbx_term_gui.so',
  ),
  file('bochsbios', FILES.bios),
  file('vgabios', FILES.vgabios),
  program('bsdutils', 'script'),
];
/** Of the one that has an AMD processor. */
const QEMU: readonly Needed[] = [program('qemu-system-x86', 'qemu-system-x86_64')];
const BOTH: readonly Needed[] = [
  file('isolinux', FILES.isolinux),
  file('syslinux-common', FILES.ldlinux),
  program('xorriso', 'xorriso'),
  program('cpio', 'cpio'),
  program('busybox-static', 'busybox'),
  program('gcc', 'gcc'),
  program('binutils', 'strip'),
  file('libc6-dev', '/usr/lib/x86_64-linux-gnu/libc.a', '/usr/lib64/libc.a', '/usr/lib/libc.a'),
];

/** Debian packages of what the lab needs and is not there. */
export function missingPackages(vendor: Vendor = 'intel'): readonly string[] {
  return [...(vendor === 'amd' ? QEMU : BOCHS), ...BOTH]
    .filter(({ isThere }) => !isThere())
    .map((one) => one.package);
}

/** Refuses to go on where something is missing, and says how to get it. */
export function requirePrograms(vendor: Vendor): void {
  const missing = missingPackages(vendor);
  if (missing.length === 0) return;
  throw new LabError(`missing: ${missing.join(', ')}; on Debian: apt-get install ${missing.join(' ')}`);
}
