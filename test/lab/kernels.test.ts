/** Which kernel it is, and which packages bring it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { builtKernel, givenKernel } from '../../lab/kernel/kernel.ts';
import { headerPackagesIn, imagesIn } from '../../lab/kernel/packages.ts';
import { releaseIn, versionText } from '../../lab/kernel/version.ts';

const folders: string[] = [];
function folder(): string {
  const place = mkdtempSync(join(tmpdir(), 'eptsweep-lab-'));
  folders.push(place);
  return place;
}
afterEach(() => {
  for (const place of folders.splice(0)) rmSync(place, { recursive: true, force: true });
});

describe('packages', () => {
  it('are those of the series, the newest first', () => {
    const text = [
      'linux-image-6.1.0-9-cloud-amd64 - Linux 6.1',
      'linux-image-6.1.0-57-cloud-amd64 - Linux 6.1',
      'linux-image-6.1.0-57-cloud-amd64-unsigned - Linux 6.1',
      'linux-image-6.12.117+deb12-cloud-amd64 - Linux 6.12',
    ].join('\n');
    expect(imagesIn(text, '6.1')).toEqual(
      ['linux-image-6.1.0-57-cloud-amd64', 'linux-image-6.1.0-9-cloud-amd64'].map((name) =>
        name.replace('linux-image-', ''),
      ),
    );
    expect(imagesIn(text, '6.12')).toEqual(['6.12.117+deb12-cloud-amd64']);
    expect(imagesIn(text, '6.8')).toEqual([]);
  });

  it('of headers bring what they are built with', () => {
    const show =
      'Package: x\nDepends: linux-headers-6.1.0-57-common (= 6.1.192-3), linux-kbuild-6.1 (>= 6.1.192-3), gcc-12\n';
    expect(headerPackagesIn(show)).toEqual(['linux-headers-6.1.0-57-common', 'linux-kbuild-6.1']);
    expect(headerPackagesIn('')).toEqual([]);
  });
});

describe('the release of a kernel', () => {
  it.each([
    [
      'Linux version 6.1.0-57-cloud-amd64 (x) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld) #1 SMP Debian 6.1.192-3',
      '6.1.192',
    ],
    ['6.12.117+deb12-cloud-amd64 (x) #1 SMP Debian 6.12.117-1~deb12u1 (2026-11-14)', '6.12.117'],
    ['Linux version 6.16.0-rc3 (me@here) (gcc 14) #5 SMP', '6.16.0-rc3'],
    ['6.8.12 (me@here) #1', '6.8.12'],
    ['something', undefined],
  ])('%s is %s', (text, release) => {
    expect(releaseIn(text)).toBe(release);
  });

  it('stands in its image', () => {
    const path = join(folder(), 'bzImage');
    const image = Buffer.alloc(0x1000);
    image.write('HdrS', 0x202);
    image.writeUInt16LE(0x400, 0x20e);
    image.write('6.8.12 (me@here) #1\0', 0x600);
    writeFileSync(path, image);
    expect(versionText(path)).toBe('6.8.12 (me@here) #1');
    writeFileSync(path, 'no kernel');
    expect(() => versionText(path)).toThrow('no kernel image');
  });
});

describe('a kernel in files', () => {
  it('is a build directory', () => {
    const root = folder();
    expect(() => builtKernel(root)).toThrow('no bzImage');
    for (const path of ['arch/x86/boot', 'arch/x86/kvm', 'virt/lib', 'include/config'])
      mkdirSync(join(root, path), { recursive: true });
    for (const path of [
      'arch/x86/boot/bzImage',
      'arch/x86/kvm/kvm.ko',
      'arch/x86/kvm/kvm-intel.ko',
      'virt/lib/irqbypass.ko',
    ])
      writeFileSync(join(root, path), '');
    writeFileSync(join(root, 'include/config/kernel.release'), '6.16.0-mine\n');
    const kernel = builtKernel(root);
    expect(kernel).toMatchObject({ name: '6.16.0-mine', headers: undefined });
    expect(kernel.modules.map((path) => path.slice(root.length))).toEqual([
      '/virt/lib/irqbypass.ko',
      '/arch/x86/kvm/kvm.ko',
      '/arch/x86/kvm/kvm-intel.ko',
    ]);
  });

  it('is an image with its modules, packed ones too', () => {
    const root = folder();
    mkdirSync(join(root, 'kernel'));
    for (const name of ['kvm.ko.xz', 'kvm-intel.ko.xz', 'kvm-amd.ko.xz'])
      writeFileSync(join(root, 'kernel', name), '');
    writeFileSync(join(root, 'vmlinuz'), '');
    const { modules } = givenKernel(join(root, 'vmlinuz'), root);
    expect(modules.map((path) => path.replace(/.*\//, ''))).toEqual([
      'kvm.ko.xz',
      'kvm-intel.ko.xz',
      'kvm-amd.ko.xz',
    ]);
    expect(() => givenKernel(join(root, 'nothing'), root)).toThrow('no kernel image there');
    expect(() => givenKernel(root, root)).toThrow('no kernel image there');
  });

  it('has a kvm.ko, or says that KVM is a part of it', () => {
    const root = folder();
    writeFileSync(join(root, 'vmlinuz'), '');
    const given = () => givenKernel(join(root, 'vmlinuz'), root).modules;
    expect(given).toThrow('no kvm.ko below it');
    writeFileSync(join(root, 'modules.builtin'), 'kernel/virt/lib/irqbypass.ko\n');
    expect(given).toThrow('modules.builtin does not name it');
    writeFileSync(join(root, 'modules.builtin'), 'kernel/arch/x86/kvm/kvm.ko\n');
    expect(given()).toEqual([]);
  });
});
