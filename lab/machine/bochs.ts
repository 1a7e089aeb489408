/** Bochs, which has VMX and EPT in software. */
import { constants, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import { FILES } from '../run-program.ts';
import { type MachineLimits, type MachineRun, SERIAL, textOf, watch } from './watch.ts';

/** 4 GiB and more confuse its BIOS. The time is the emulated machine's own, so that nothing waits and runs repeat. */
function settings(image: string, folder: string): string {
  return `memory: guest=3072, host=2048
cpu: model=corei7_skylake_x, count=1, ips=100000000, reset_on_triple_fault=0, msrs=""
romimage: file=${FILES.bios}
vgaromimage: file=${FILES.vgabios}
ata0-master: type=cdrom, path=${image}, status=inserted
boot: cdrom
display_library: term
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
com1: enabled=1, mode=file, dev=${join(folder, SERIAL)}
clock: sync=none, time0=local
panic: action=fatal
error: action=ignore
log: ${join(folder, 'bochs.log')}
`;
}

/** Reads the terminal that Bochs draws its screen on: it stops where nobody does. */
function drain(terminal: string): () => void {
  const stream = new ReadStream(openSync(terminal, constants.O_RDONLY | constants.O_NOCTTY));
  stream.on('error', () => {});
  stream.resume();
  return () => stream.destroy();
}

/** What Bochs said before it stopped. */
function reasonIn(text: string): string {
  return /^.*p\[.*\] *>>PANIC<< *(.*)$/m.exec(text)?.[1] ?? /\*\*\* (.*) \*\*\*/.exec(text)?.[1] ?? '';
}

/**
 * Boots an image.
 *
 * @param image - an ISO image
 * @param folder - for its files
 * @param limits - when to give up
 * @param heard - told of the log's size as it grows
 */
export async function boot(
  image: string,
  folder: string,
  limits: MachineLimits,
  heard?: (log: () => string) => void,
): Promise<MachineRun> {
  writeFileSync(join(folder, 'bochsrc'), settings(image, folder));
  // Debian's build stops at the prompt of its debugger.
  writeFileSync(join(folder, 'commands'), 'c\n');
  const command = `bochs -q -f ${join(folder, 'bochsrc')} -rc ${join(folder, 'commands')}`;
  const emulator = {
    name: 'Bochs',
    command: ['script', '-qfc', command, '/dev/null'] as const,
    attend: (screen: string) => {
      const terminal = /connected to screen "(\/dev\/pts\/\d+)"/.exec(screen)?.[1];
      return terminal === undefined ? undefined : drain(terminal);
    },
    reasonIn: (screen: string) => reasonIn(`${textOf(join(folder, 'bochs.log'))}\n${screen}`),
  };
  return watch(emulator, folder, limits, heard);
}
