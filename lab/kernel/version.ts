/** Which release a kernel is. An image says so itself; a distribution's `uname -r` often does not. */
import { closeSync, openSync, readSync } from 'node:fs';
import { LabError } from '../fail.ts';

/** Where the header of a bzImage points to its version, 0x200 in front of it (Documentation/arch/x86/boot.rst). */
const POINTER = 0x20e;
const MAGIC = 0x202;

/** The text in a kernel image that says which it is, as `file` shows it. */
export function versionText(path: string): string {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(0x10000);
    const length = readSync(file, head, 0, head.length, 0);
    if (length < 0x300 || head.toString('latin1', MAGIC, MAGIC + 4) !== 'HdrS') {
      throw new LabError(`${path}: no kernel image (bzImage)`);
    }
    const at = head.readUInt16LE(POINTER) + 0x200;
    return head.toString('latin1', at, head.indexOf(0, at));
  } finally {
    closeSync(file);
  }
}

/**
 * The release of the rules that a kernel has: Debian and Ubuntu name the upstream release behind their own.
 *
 * @param text - such as `6.1.0-57-cloud-amd64 (...) #1 SMP Debian 6.1.192-3`, or /proc/version
 * @returns such as 6.1.192; undefined where none is named
 */
export function releaseIn(text: string): string | undefined {
  // Behind the number of the build: in front of it stands the compiler, which is Debian's as well.
  const upstream =
    /#\d+ .*\bDebian (\d+\.\d+\.\d+)/.exec(text) ?? /\(Ubuntu [^)]* (\d+\.\d+\.\d+)\)/.exec(text);
  const own = /(?:^|version )(\d+\.\d+(?:\.\d+)?(?:-rc\d+)?)/.exec(text);
  return (upstream ?? own)?.[1];
}
