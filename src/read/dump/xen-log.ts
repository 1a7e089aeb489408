/** Xen's console log (`xl dmesg`): Linux's MTRR block in lower case, and its own RAM map. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { XenE820 } from './e820.ts';
import { linuxComplaint } from './linux-complaints.ts';
import { MtrrBlock } from './mtrr-block.ts';

const BANNER = /^Xen version \d/;
/** What Xen complains of, in Linux's words where it took them over. */
function xenComplaint(text: string): ReturnType<typeof linuxComplaint> {
  const complaint = linuxComplaint(text);
  return complaint && { ...complaint, text: complaint.text.replace(/^the kernel\b/, 'Xen') };
}

class XenLogReader implements LineReader {
  readonly #draft: Draft;
  #block: MtrrBlock;
  #memory: XenE820;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
    this.#block = new MtrrBlock(this.#draft, true);
    this.#memory = new XenE820(this.#draft);
  }

  read(line: Line): Claim {
    if (!line.xen) return this.#memory.read(line);
    const restarts = BANNER.test(line.text) ? this.#draft.used : this.#block.isRestartedBy(line);
    if (restarts) {
      this.#block.finish(undefined);
      this.#draft.startBlock();
      this.#block = new MtrrBlock(this.#draft, true);
      this.#memory = new XenE820(this.#draft);
    }
    const complaint = xenComplaint(line.text);
    if (complaint) {
      this.#draft.at(line.number).complain(complaint);
      this.#draft.say('warning', line.number, complaint.text);
      return true;
    }
    return this.#block.read(line) || this.#memory.read(line);
  }

  torn(line: Line): void {
    this.#block.torn(line);
  }

  finish(last: number): Facts {
    this.#block.finish(last);
    return this.#draft.finish('xen', 'boot');
  }
}

/** Xen console logs. */
export const xenLog: LineFormat = {
  name: 'xen',
  title: 'Xen console log (xl dmesg)',
  hint: /\(XEN\)|(?:-e[0-9]{3}|EFI) RAM map:|^[\s>]*(?:\[[0-9a-f]{16}, |[0-9a-f]{16} - [0-9a-f]{16} \()/,
  open: (context) => new XenLogReader(context),
};
