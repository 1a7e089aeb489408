/**
 * Boot logs of FreeBSD and OpenBSD: whether the MTRRs are on, FreeBSD's memory map (`SMAP`, with boot -v), and whose guest
 * it is. Neither prints what the registers hold.
 */
import { DEF_TYPE_E, MSR_DEF_TYPE } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts, RamKind } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';

/** OpenBSD names the CPU before it, FreeBSD leaves `mtrr: ` out. */
const OFF = /^(?:cpu\d{1,4}: )?(?:mtrr: )?CPU supports MTRRs but not enabled(?: by BIOS)?$/;
const ON =
  /^(?:cpu\d{1,4}: )?(?:mtrr: )?Pentium Pro MTRR support(?:, (\d{1,3}) var ranges(?:, \d{1,3} fixed ranges)?| enabled)$/;
const SMAP = /^SMAP type=([0-9a-f]{2}) base=([0-9a-f]{16}) len=([0-9a-f]{16})$/;
/** OpenBSD's bus of a hypervisor, and FreeBSD's word for it. */
const HYPERVISOR = /^(?:pvbus0 at \S{1,24}: (\S.{0,40})|Hypervisor: Origin = "([^"]{1,16})")$/;
/** OpenBSD's name of the machine. */
const MACHINE = /^bios0: (?!vendor )(\S.{1,80})$/;
const VIRTUAL = /virtual|qemu|\bkvm\b|\bxen\b|bochs|bhyve|vmware|openbsd vmm/i;
const KINDS: Readonly<Record<string, RamKind>> = {
  '01': 'ram',
  '02': 'reserved',
  '03': 'acpi',
  '04': 'nvs',
  '05': 'unusable',
};

class BsdLogReader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    if (OFF.test(text)) {
      this.#draft.register(number, MSR_DEF_TYPE, 0n, { known: DEF_TYPE_E });
      return true;
    }
    if (ON.test(text)) {
      this.#draft.say(
        'warning',
        number,
        'this log says that the MTRRs are on, and not what they hold: bring "memcontrol list -a" (FreeBSD) or "memconfig list -a" (OpenBSD) too',
      );
      return true;
    }
    return this.#readMemory(text, number) || this.#readMachine(text, number);
  }

  #readMemory(text: string, line: number): boolean {
    const range = SMAP.exec(text);
    if (!range) return false;
    const [, type, base, length] = range;
    const start = hexOf(base);
    const end = start + hexOf(length) - 1n;
    if (end >= start) {
      const kind = KINDS[type!] ?? 'other';
      this.#draft.ram(line, 'e820', start, end, { kind, name: `SMAP type ${type}` });
    }
    return true;
  }

  #readMachine(text: string, line: number): boolean {
    const hypervisor = HYPERVISOR.exec(text);
    const machine = MACHINE.exec(text)?.[1];
    if (!hypervisor && machine === undefined) return false;
    const guest = hypervisor
      ? (hypervisor[1] ?? hypervisor[2])
      : VIRTUAL.test(machine!)
        ? machine
        : undefined;
    if (guest !== undefined) this.#draft.at(line).platform('guest', guest);
    else this.#draft.at(line).platform('metal', machine!);
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('bsd-log');
  }
}

/** FreeBSD's and OpenBSD's logs. */
export const bsdLog: LineFormat = {
  name: 'bsd-log',
  title: 'FreeBSD or OpenBSD boot log (MTRRs on or off, SMAP)',
  hint: /CPU supports MTRRs but|Pentium Pro MTRR support|SMAP type=|pvbus0 at |Hypervisor: Origin|bios0: /,
  open: (context) => new BsdLogReader(context),
};
