/** What the emulated machine boots from: a kernel, and an initramfs with the lab's program, in an ISO image. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Vendor } from '../../src/policy/index.ts';
import { LabError } from '../fail.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { FILES, programPath, run, tryRun } from '../run-program.ts';

const GUEST = join(import.meta.dirname, '../guest');

/** Without lpj and tsc= it calibrates its clocks for minutes. */
const COMMAND_LINE =
  'console=ttyS0,115200 nokaslr mitigations=off lpj=1000000 tsc=reliable clocksource=tsc no_timer_check nosmp nowatchdog random.trust_cpu=on panic=-1 quiet loglevel=4';

/** Last line of a run that came to its end, whatever became of the script. */
export const LAST_LINE = '@off';

/** With a console level of 0 the kernel keeps even its panics to itself. */
const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox mount -t tracefs none /sys/kernel/tracing
exec >/dev/ttyS0 2>&1
/bin/busybox stty -onlcr
cd /modules
for module in *.ko; do /bin/busybox insmod $module || echo "@module $module"; done
[ -e /proc/ncdma ] || echo "@device none"
[ -e /proc/large-mmio ] && echo "@device large-mmio"
echo always >/sys/kernel/mm/transparent_hugepage/enabled
/bin/busybox grep -m1 -q AuthenticAMD /proc/cpuinfo && echo "@device amd"
echo "@version $(/bin/busybox cat /proc/version)"
echo 1 >/proc/sys/kernel/printk
cd /sys/kernel/tracing
echo 32768 >buffer_size_kb
for event in kvm_tdp_mmu_spte_changed kvm_mmu_split_huge_page; do
  echo 1 >events/kvmmmu/$event/enable || echo "@absent $event"
done
/bin/lab /script
echo "${LAST_LINE}"
/bin/busybox sleep 1
/bin/busybox poweroff -f
`;

/** A module as it is loaded: without compression and debug information. */
function plainModule(path: string, to: string): void {
  const packed = readFileSync(path);
  const bytes = path.endsWith('.xz')
    ? run('xz', ['-dc', path])
    : path.endsWith('.zst')
      ? run('zstd', ['-dcq', path])
      : path.endsWith('.gz')
        ? gunzipSync(packed)
        : packed;
  writeFileSync(to, bytes);
  run('strip', ['--strip-debug', to]);
}

/** Compiles the lab's program; the same for all kernels. */
export function buildProgram(folder: string): string {
  const program = join(folder, 'lab');
  run('gcc', ['-O2', '-static', '-o', program, join(GUEST, 'lab.c')]);
  return program;
}

/**
 * Builds the module that stands for a device with non-coherent DMA and for one with large BARs.
 *
 * @returns its path; undefined: this kernel has no headers
 */
export function buildModule(kernel: Kernel, folder: string): string | undefined {
  if (!kernel.headers) return undefined;
  if (!programPath('make')) throw new LabError('missing: make; on Debian: apt-get install make');
  const place = join(folder, 'module');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  copyFileSync(join(GUEST, 'ncdma.c'), join(place, 'ncdma.c'));
  writeFileSync(join(place, 'Makefile'), 'obj-m := ncdma.o\n');
  // No BTF: it needs a program that few have, and nothing reads it.
  run('make', ['-s', '-C', kernel.headers, `M=${place}`, 'CONFIG_DEBUG_INFO_BTF_MODULES=', 'modules']);
  return join(place, 'ncdma.ko');
}

/** What goes into an image. */
export interface ImageParts {
  readonly kernel: Kernel;
  readonly program: string;
  readonly module: string | undefined;
  /** Maker of the processor. */
  readonly vendor: Vendor;
  /** For the lab's program, a command a line. */
  readonly script: string;
}

/** Writes the image; returns its path. */
export function writeImage({ kernel, program, module, vendor, script }: ImageParts, folder: string): string {
  const [root, disc] = [join(folder, 'initramfs'), join(folder, 'disc')];
  for (const place of [root, disc]) rmSync(place, { recursive: true, force: true });
  for (const name of ['bin', 'dev', 'proc', 'sys', 'modules'])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync(programPath('busybox')!, join(root, 'bin/busybox'));
  copyFileSync(program, join(root, 'bin/lab'));
  const other = vendor === 'intel' ? /\/(ccp|kvm-amd)\.ko/ : /\/kvm-intel\.ko/;
  const modules = [...kernel.modules.filter((path) => !other.test(path)), ...(module ? [module] : [])];
  modules.forEach((path, index) => {
    plainModule(path, join(root, 'modules', `${index}-${basename(path).replace(/\.ko.*$/, '')}.ko`));
  });
  writeFileSync(join(root, 'script'), script);
  writeFileSync(join(root, 'init'), INIT);
  for (const name of ['init', 'bin/lab', 'bin/busybox']) chmodSync(join(root, name), 0o755);
  const isolinux = join(disc, 'isolinux');
  mkdirSync(isolinux, { recursive: true });
  const names = (readdirSync(root, { recursive: true }) as string[]).sort();
  const archive = run('cpio', ['-o', '-H', 'newc', '--quiet', '-R', '0:0'], {
    cwd: root,
    input: names.join('\n'),
  });
  writeFileSync(join(isolinux, 'initrd.gz'), gzipSync(archive, { level: 1 }));
  copyFileSync(kernel.image, join(isolinux, 'vmlinuz'));
  copyFileSync(FILES.isolinux, join(isolinux, 'isolinux.bin'));
  copyFileSync(FILES.ldlinux, join(isolinux, 'ldlinux.c32'));
  writeFileSync(
    join(isolinux, 'isolinux.cfg'),
    `DEFAULT lab\nPROMPT 0\nTIMEOUT 1\nLABEL lab\n KERNEL vmlinuz\n INITRD initrd.gz\n APPEND ${COMMAND_LINE}\n`,
  );
  const image = join(folder, 'lab.iso');
  const boot = ['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat'];
  const emulation = ['-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
  run('xorriso', ['-as', 'mkisofs', '-quiet', '-o', image, ...boot, ...emulation, disc]);
  return image;
}

/** Whether a static busybox is there: one that needs libraries starts nothing in an initramfs. */
export function requireStaticBusybox(): void {
  const path = programPath('busybox')!;
  const libraries = tryRun('ldd', [path]);
  if (libraries === undefined || /not a dynamic|statically/.test(libraries)) return;
  throw new LabError(`${path} needs libraries; on Debian: apt-get install busybox-static`);
}
