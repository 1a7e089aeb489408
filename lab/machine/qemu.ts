/** QEMU's own translation of code (TCG), which has SVM and nested paging in software. */
import { join } from 'node:path';
import { type MachineLimits, type MachineRun, SERIAL, watch } from './watch.ts';

/**
 * Boots an image on an AMD processor.
 *
 * @param image - an ISO image
 * @param folder - for its files
 * @param limits - when to give up
 * @param heard - told of the log's size as it grows
 */
export async function bootAmd(
  image: string,
  folder: string,
  limits: MachineLimits,
  heard?: (log: () => string) => void,
): Promise<MachineRun> {
  const machine = ['-machine', 'pc,accel=tcg', '-cpu', 'EPYC,+svm,+npt', '-m', '3072', '-smp', '1'];
  const devices = ['-nodefaults', '-display', 'none', '-no-reboot', '-boot', 'd', '-cdrom', image];
  const serial = ['-serial', `file:${join(folder, SERIAL)}`];
  const emulator = {
    name: 'QEMU',
    command: ['qemu-system-x86_64', ...machine, ...devices, ...serial] as const,
    // It warns of features that it does not emulate.
    reasonIn: (screen: string) =>
      screen
        .split('\n')
        .filter((line) => line !== '' && !line.includes('warning:'))
        .at(-1) ?? '',
  };
  return watch(emulator, folder, limits, heard);
}
