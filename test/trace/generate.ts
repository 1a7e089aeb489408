/** Makes traces from the model: what KVM would print if every page of a VM were touched, line by line. */
import type { EngineView } from '../../src/vm/engine.ts';

/** How a trace is made. */
export interface TraceRecipe {
  readonly view: EngineView;
  readonly lines: number;
  /** Line, from 1, whose entry is made wrong, and the bits that are turned over. */
  readonly wrong?: { readonly line: number; readonly bits: bigint };
}

const HEX = Buffer.from('0123456789abcdef');
const CHUNK = 1 << 20;
const LONGEST_LINE = 256;
const TILE = 16384;

/** Writes text and numbers into a buffer; fast enough for gigabytes. */
class LineWriter {
  readonly buffer = Buffer.allocUnsafe(CHUNK + LONGEST_LINE);
  length = 0;

  text(text: string): void {
    this.length += this.buffer.write(text, this.length, 'latin1');
  }

  hex(value: number): void {
    let digits = 1;
    for (let rest = Math.floor(value / 16); rest > 0; rest = Math.floor(rest / 16)) digits += 1;
    let left = value;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      this.buffer[at] = HEX[left % 16]!;
      left = Math.floor(left / 16);
    }
    this.length += digits;
  }

  hex64(low: number, high: number): void {
    if (high === 0) {
      this.hex(low);
      return;
    }
    this.hex(high);
    for (let shift = 28; shift >= 0; shift -= 4) this.buffer[this.length++] = HEX[(low >>> shift) & 15]!;
  }
}

/** Pages of the slots in turn, from the start again when all are done. */
function* tiles({ vcpu }: EngineView): Generator<{ first: number; count: number }> {
  for (;;) {
    for (const { gfn, count } of vcpu.slots) {
      for (let done = 0; done < count; done += TILE)
        yield { first: gfn + done, count: Math.min(TILE, count - done) };
    }
  }
}

/**
 * Text of a trace, piece by piece: `kvm_tdp_mmu_spte_changed` in ftrace's form with a `kvm_mmu_set_spte`, an event
 * of another kind and a removed entry now and then.
 */
export function* generateTrace({ view, lines, wrong }: TraceRecipe): Generator<Buffer> {
  const writer = new LineWriter();
  writer.text('# tracer: nop\n#\n');
  let line = 2;
  for (const { first, count } of tiles(view)) {
    const entries = view.entries(first, count);
    const words = new Uint32Array(entries.buffer, entries.byteOffset, 2 * count);
    for (let k = 0; k < count; k++) {
      if (line === lines) {
        yield Buffer.from(writer.buffer.subarray(0, writer.length));
        return;
      }
      line += 1;
      let low = words[2 * k]!;
      let high = words[2 * k + 1]!;
      if (wrong && line === wrong.line) {
        low = (low ^ Number(wrong.bits & 0xffffffffn)) >>> 0;
        high = (high ^ Number(wrong.bits >> 32n)) >>> 0;
      }
      writer.text(' CPU 3/KVM-12345   [012] d..1.  1404.389384: ');
      if (line % 16 !== 0 || line === wrong?.line) {
        writer.text('kvm_tdp_mmu_spte_changed: as id 0 gfn ');
        writer.hex(first + k);
        writer.text(
          line % 16 === 1 ? ' level 1 old_spte 80000000000005a0 new_spte ' : ' level 1 old_spte 0 new_spte ',
        );
        writer.hex64(low, high);
      } else if (line % 64 === 0)
        writer.text('kvm_exit: vcpu 3 reason EPT_VIOLATION rip 0xffffffff81000000 info1 0x783');
      else {
        writer.text('kvm_mmu_set_spte: gfn ');
        writer.hex(first + k);
        writer.text(' spte ');
        writer.hex64(low, high);
        writer.text(' (rwx) level 1 at 80b34fc8d8');
      }
      writer.text('\n');
      if (writer.length >= CHUNK) {
        yield Buffer.from(writer.buffer.subarray(0, writer.length));
        writer.length = 0;
      }
    }
  }
}
