/** Linux kernel logs: `dmesg`, syslog, the journal, serial consoles. */
import { MASK_MSRS } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { readE820 } from './e820.ts';
import { LinuxCleanup } from './linux-cleanup.ts';
import { linuxComplaint } from './linux-complaints.ts';
import { readLinuxMachine } from './linux-machine.ts';
import { LinuxMap } from './linux-map.ts';
import { readLinuxPat } from './linux-pat.ts';
import { MtrrBlock } from './mtrr-block.ts';

const BANNER = /^Linux version \d{1,3}\.\d/;
/** Between the boots of a journal, by its two spellings. */
const BOOT_MARK = /^-- (?:Boot [0-9a-f]{32}|Reboot) --$/;
const MEMORY_HEADER = /^(?:e820: )?BIOS-provided physical RAM map:$/;

const MEMORY_LINE = /^(?:BIOS-|modified: |user: |Xen: |reserve setup_data: )/;
const BLANK = /^CPU MTRRs all blank - virtualized system\.?$/;

function readComplaint(draft: Draft, { text, number }: Line): boolean {
  const complaint = linuxComplaint(text);
  if (complaint) {
    draft.at(number).complain(complaint);
    draft.say('warning', number, complaint.text);
    return true;
  }
  if (!BLANK.test(text)) return false;
  draft.say('note', number, 'the kernel found all MTRRs blank');
  draft.at(number).platform('guest', 'a hypervisor that shows no MTRRs');
  return true;
}

class LinuxLogReader implements LineReader {
  readonly #draft: Draft;
  readonly #stage: string | undefined;
  #block: MtrrBlock;
  #map: LinuxMap;
  #cleanup = new LinuxCleanup();
  #hasMemoryMap = false;
  /** The present boot's lines carry time stamps: a bare banner among them is /proc/version, no boot. */
  #prefixed = false;
  /** A mark of the journal started the present boot: its banner starts no further one. */
  #isMarked = false;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
    this.#stage = context.stage;
    this.#block = new MtrrBlock(this.#draft, false);
    this.#map = new LinuxMap(this.#draft);
  }

  read(line: Line): Claim {
    if (line.xen) return false;
    const { text } = line;
    if (BOOT_MARK.test(text)) {
      if (this.#draft.used) this.#restart(line);
      this.#isMarked = true;
      return true;
    }
    if (BANNER.test(text)) {
      const isMarked = this.#isMarked && !this.#draft.used;
      if (!isMarked && (line.prefixed || !this.#prefixed)) this.#restart(line);
      this.#isMarked = false;
      this.#prefixed = line.prefixed;
      return true;
    }
    if (MEMORY_HEADER.test(text)) {
      if (this.#hasMemoryMap) this.#restart(line);
      this.#hasMemoryMap = true;
      return true;
    }
    if (this.#block.isRestartedBy(line)) this.#restart(line);
    return this.#readFact(line);
  }

  #readFact(line: Line): Claim {
    return (
      this.#block.read(line) ||
      readE820(this.#draft, line) ||
      this.#map.read(line) ||
      readLinuxPat(this.#draft, line) ||
      this.#cleanup.read(line) ||
      readComplaint(this.#draft, line) ||
      readLinuxMachine(this.#draft, line)
    );
  }

  #restart({ number }: Line): void {
    this.#closeBlock(undefined);
    this.#draft.startBlock();
    this.#block = new MtrrBlock(this.#draft, false, number);
    this.#map = new LinuxMap(this.#draft);
    this.#cleanup = new LinuxCleanup();
    this.#hasMemoryMap = false;
  }

  /** @param last - the text's last line, where it ends here */
  #closeBlock(last: number | undefined): void {
    this.#block.finish(last);
    this.#cleanup.finish(this.#draft, this.#stage);
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

  torn(line: Line): void {
    const { text, number } = line;
    if (/\bPAT\b/.test(text)) this.#draft.at(number).torn('pat', 'the PAT: its line breaks off');
    else if (MEMORY_LINE.test(text)) {
      this.#draft.at(number).torn('ram', 'an entry of the memory map: its line breaks off');
    } else this.#block.torn(line);
  }

  finish(last: number): Facts {
    this.#closeBlock(last);
    return this.#draft.finish('dmesg', 'boot');
  }
}

/** Linux kernel logs. */
export const linuxLog: LineFormat = {
  name: 'dmesg',
  title: 'Linux kernel log (dmesg, syslog, journal)',
  hint: /-- (?:Boot [0-9a-f]|Reboot)|MTRR|mtrr|e820|BIOS-|(?:modified|user|Xen|setup_data): \[?[m0]|Linux version |PAT[: ]|TOM2|(?:\d|es) disabled|Disabled|\d base |base: |\d\] mask |write-[bcpt]|uncach|(?:FFF|fff) \?|gran_size|[Cc]onfiguration \[|RAM covered|_set_huge: |error setting MTRR|memory types |memtype|map pfn |ram_pages_type|ioremap error|EPT: |get_mmio_spte: |ept_mem_type|virtuali[sz]|Hypervisor |DMI: |CPU0: |ecap|vfio-pci |iommu|mktme/,
  open: (context) => new LinuxLogReader(context),
};
