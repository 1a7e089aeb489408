/**
 * KVM's complaints about an entry of its own: the walk that led to it, root first, a line a level, below the address
 * (arch/x86/kvm/mmu/mmu.c, `get_mmio_spte`; older kernels arch/x86/kvm/vmx.c, `handle_ept_misconfig`).
 */
import { cleanLine } from '../line.ts';
import { LineText } from './line-text.ts';
import type { EntryFormat, EntryReader, EntrySink } from './reader.ts';

const ADDRESS = /(?:spte, addr|EPT: GPA:) 0x([0-9a-f]{1,16})\b/;
/** Linux 6.3 and later put the module's name before each line. */
const ENTRY =
  /^(?:kvm: )?(?:-{6} spte|ept_misconfig_inspect_spte: spte)(?: =)? 0x([0-9a-f]{1,16}),? level(?: =)? ([1-5])\b/;
const BEGINS = /^(?:kvm: )?(?:-{6} spte|ept_misconfig_inspect_spte: spte)/;
/** Logs are long, and few lines of them have to be freed from their prefixes. */
const MAY_BE = /spte|EPT/;
const PAGE_BITS = 12n;
const INDEX_BITS = 9n;

class KvmWalkReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();
  #frame: bigint | undefined;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    const raw = this.#text.of(bytes, start, end);
    if (!MAY_BE.test(raw)) return;
    const { text } = cleanLine(raw, number);
    const address = ADDRESS.exec(text)?.[1];
    if (address !== undefined) this.#frame = BigInt(`0x${address}`) >> PAGE_BITS;
    else this.#entry(text, number);
  }

  #entry(text: string, number: number): void {
    const entry = ENTRY.exec(text);
    if (!entry || this.#frame === undefined) {
      if (BEGINS.test(text)) this.#sink.truncate(number, text);
      return;
    }
    const level = Number(entry[2]);
    const value = BigInt(`0x${entry[1]}`);
    const below = INDEX_BITS * BigInt(level - 1);
    const gfn = Number((this.#frame >> below) << below);
    this.#sink.add(number, 0, gfn, level, Number(value & 0xffffffffn), Number(value >> 32n));
  }

  finish(): void {
    // Every line stands for itself.
  }
}

/** KVM's walk to an entry that it did not expect. */
export const kvmWalk: EntryFormat = {
  name: 'kvm-walk',
  title: "KVM's complaints in dmesg: ------ spte 0x... level N",
  isKvm: true,
  matches: (head) => /(?:-{6} spte|ept_misconfig_inspect_spte: spte)(?: =)? 0x[0-9a-f]/.test(head),
  open: (sink) => new KvmWalkReader(sink),
};
