/** Linux kernel logs: `dmesg`, syslog, the journal, serial consoles. */
import { MASK_MSRS } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { readE820 } from './e820.ts';
import { LinuxCleanup } from './linux-cleanup.ts';
import { LinuxMap } from './linux-map.ts';
import { readLinuxPat } from './linux-pat.ts';
import { MtrrBlock } from './mtrr-block.ts';

const BANNER = /^Linux version \d{1,3}\.\d/;
const MEMORY_HEADER = /^(?:e820: )?BIOS-provided physical RAM map:$/;

/** Findings of the kernel's own, worth passing on. */
const COMPLAINTS: readonly (readonly [RegExp, 'note' | 'warning', string])[] = [
  [
    /^(?:mtrr: )?your CPUs had inconsistent (fixed MTRR|variable MTRR|MTRRdefType) settings$/,
    'warning',
    'the kernel found CPUs with different $1 settings; this log shows those of the boot CPU alone',
  ],
  [
    /^(?:mtrr: )?your BIOS has configured an incorrect mask, fixing it\.?$/,
    'warning',
    'the kernel found a variable mask that lacks high bits',
  ],
  [
    /^WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing (\d{1,9})MB of RAM\.?$/,
    'warning',
    'the kernel gave up $1 MB of RAM that no WB range covers',
  ],
  [/^CPU MTRRs all blank - virtualized system\.?$/, 'note', 'the kernel found all MTRRs blank'],
];

function readComplaint(draft: Draft, { text, number }: Line): boolean {
  for (const [pattern, severity, message] of COMPLAINTS) {
    const match = pattern.exec(text);
    if (!match) continue;
    draft.say(severity, number, message.replace('$1', match[1] ?? ''));
    return true;
  }
  return false;
}

class LinuxLogReader implements LineReader {
  readonly #draft: Draft;
  #block: MtrrBlock;
  #map: LinuxMap;
  #cleanup = new LinuxCleanup();
  #hasMemoryMap = false;
  /** The present boot's lines carry time stamps: a bare banner among them is /proc/version, no boot. */
  #prefixed = false;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
    this.#block = new MtrrBlock(this.#draft, false);
    this.#map = new LinuxMap(this.#draft);
  }

  read(line: Line): Claim {
    if (line.xen) return false;
    const { text } = line;
    if (BANNER.test(text)) {
      if (line.prefixed || !this.#prefixed) this.#restart();
      this.#prefixed = line.prefixed;
      return true;
    }
    if (MEMORY_HEADER.test(text)) {
      if (this.#hasMemoryMap) this.#restart();
      this.#hasMemoryMap = true;
      return true;
    }
    if (this.#block.isRestartedBy(line)) this.#restart();
    return this.#readFact(line);
  }

  #readFact(line: Line): Claim {
    return (
      this.#block.read(line) ||
      readE820(this.#draft, line) ||
      this.#map.read(line) ||
      readLinuxPat(this.#draft, line) ||
      this.#cleanup.read(line) ||
      readComplaint(this.#draft, line)
    );
  }

  #restart(): void {
    this.#closeBlock();
    this.#draft.startBlock();
    this.#block = new MtrrBlock(this.#draft, false);
    this.#map = new LinuxMap(this.#draft);
    this.#cleanup = new LinuxCleanup();
    this.#hasMemoryMap = false;
  }

  #closeBlock(): void {
    this.#cleanup.finish(this.#draft);
    const { summary } = this.#map;
    if (summary === undefined) return;
    if (MASK_MSRS.some((msr) => this.#draft.registerSoFar(msr))) return;
    this.#draft.say(
      'warning',
      summary,
      'this kernel prints a summary instead of the MTRRs (6.5 and later): bring /proc/mtrr or rdmsr output ' +
        'too ("eptsweep capture" prints the commands), or boot with mtrr=debug',
    );
  }

  finish(): Facts {
    this.#closeBlock();
    return this.#draft.finish('dmesg', 'boot');
  }
}

/** Linux kernel logs. */
export const linuxLog: LineFormat = {
  name: 'dmesg',
  title: 'Linux kernel log (dmesg, syslog, journal)',
  hint: /MTRR|mtrr|e820|BIOS-|(?:modified|user|Xen|setup_data): \[?[m0]|Linux version |PAT[: ]|TOM2|(?:\d|es) disabled|Disabled|\d base |base: |\d\] mask |write-[bcpt]|uncach|gran_size|Configuration \[|RAM covered/,
  open: (context) => new LinuxLogReader(context),
};
