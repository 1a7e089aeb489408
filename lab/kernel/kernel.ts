/** A kernel to boot, as files. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { LabError } from '../fail.ts';

/** See the head of the file. */
export interface Kernel {
  /** What to call it: a series, or the folder that it came from. */
  readonly name: string;
  readonly image: string;
  /** kvm.ko, what it needs, and its halves for Intel and AMD, in the order in which they are loaded; none where KVM is built in. */
  readonly modules: readonly string[];
  /** Folder against which modules can be built; undefined: there is none, and no DMA that is not coherent. */
  readonly headers: string | undefined;
}

/** In the order of loading. */
const MODULES = ['irqbypass', 'ccp', 'kvm', 'kvm-intel', 'kvm-amd'];

function walk(folder: string, visit: (path: string) => void): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, visit);
    else visit(path);
  }
}

/** KVM's modules below a folder. */
export function modulesBelow(folder: string): readonly string[] {
  const found = new Map<string, string>();
  walk(folder, (path) => {
    const name = /^(.+)\.ko(\.xz|\.gz|\.zst)?$/.exec(basename(path))?.[1]?.replaceAll('_', '-');
    if (name && MODULES.includes(name)) found.set(name, path);
  });
  return MODULES.flatMap((name) => found.get(name) ?? []);
}

function requireFile(path: string, what: string): string {
  if (!existsSync(path) || !statSync(path).isFile()) throw new LabError(`${path}: no ${what} there`);
  return path;
}
function requireFolder(path: string, what: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new LabError(`${path}: expected ${what}`);
  return resolve(path);
}

/** A build directory of a kernel. */
export function builtKernel(folder: string): Kernel {
  const root = requireFolder(folder, 'the directory that a kernel was built in');
  const release = join(root, 'include/config/kernel.release');
  return {
    name: existsSync(release) ? readFileSync(release, 'utf8').trim() : basename(root),
    image: requireFile(join(root, 'arch/x86/boot/bzImage'), 'bzImage (make bzImage modules)'),
    modules: ['virt/lib', 'arch/x86/kvm', 'drivers/crypto/ccp']
      .map((name) => join(root, name))
      .filter(existsSync)
      .flatMap(modulesBelow),
    headers: existsSync(join(root, 'Module.symvers')) ? root : undefined,
  };
}

/** Whether the kernel says that KVM is no module of it but a part. */
function hasBuiltIn(root: string): boolean {
  const list = join(root, 'modules.builtin');
  return existsSync(list) && readFileSync(list, 'utf8').includes('/kvm/kvm.ko');
}

/** An image and the folder of its modules, such as /lib/modules/RELEASE. */
export function givenKernel(image: string, folder: string): Kernel {
  const root = requireFolder(folder, 'a folder with kvm.ko, such as /lib/modules/RELEASE');
  const build = join(root, 'build');
  const modules = modulesBelow(root);
  if (!modules.some((path) => /\bkvm\.ko/.test(path)) && !hasBuiltIn(root))
    throw new LabError(`${folder}: no kvm.ko below it, and modules.builtin does not name it`);
  return {
    name: basename(root),
    image: resolve(requireFile(image, 'kernel image')),
    modules,
    headers: existsSync(join(build, 'Makefile')) ? build : undefined,
  };
}
