/**
 * coreboot's console: the map it wants, the registers it writes on each CPU (the lines of several CPUs
 * interleave), the dump of CONFIG_DISPLAY_MTRRS, and its memory table.
 */
import { DEF_TYPE_E, DEF_TYPE_FE, isFixedMsr, MSR_DEF_TYPE, msrByName } from '../../msr/index.ts';
import { MEMORY_TYPES } from '../../types.ts';
import { Draft, keptCpu } from '../facts/draft.ts';
import type { Facts, RamKind } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf, typeOfWord } from '../words.ts';
import { corebootComplaint } from './coreboot-complaints.ts';
import { CorebootStages } from './coreboot-stages.ts';
import { registerMaskedRange } from './masked-range.ts';
import { registerRaw } from './register-line.ts';

const BANNER = /^coreboot-\S{1,80} .{0,120}(?:bootblock|romstage) starting/;
const APIC = /^(?:\[?apic_id (0x[0-9a-f]{1,8}|\d{1,5})(?: setup mtrr for|:)?\]?:? )/i;
const SPACE = /^MTRR: (TEMPORARY )?Physical address space:$/;
const RANGE = /^0x([0-9a-f]{16}) - 0x([0-9a-f]{16}) size 0x([0-9a-f]{1,16}) type ([0-7])$/;
/** Always 16 digits: fewer are the beginning of a value that was cut. */
const FIXED = /^MTRR: Fixed MSR 0x([0-9a-f]{3}) 0x([0-9a-f]{16})$/;
const VARIABLE = /^MTRR: (\d{1,3}) base 0x([0-9a-f]{1,16}) mask 0x([0-9a-f]{1,16}) type ([0-7])$/;
/** What begins as a register does and is none: cut, wrapped or damaged. */
const START = /^MTRR: (?:\d{1,3} base\b|Fixed MSR 0x[0-9a-f]{3}(?: 0x[0-9a-f]{0,15})?$)/;
const WIDTH = /^CPU physical address size: (\d{1,2}) bits$/;
const SELECTED = /^MTRR: (UC|WB) selected as default type\.?$/;
const COUNTS = /^MTRR: default type WB\/UC MTRR counts: (\d{1,3})\/(\d{1,3})\.?/;
const CHECK = /^(Fixed|Variable) MTRRs {0,4}: (Enabled|Disabled)$/;
const DISPLAYED = /^0x([0-9a-f]{16}): (IA32_MTRR[A-Z0-9_]{2,20}|PHYBASE\d{1,2}|PHYMASK\d{1,2})(?::|$)/;
const MEMORY = /^\d{1,3}\. ([0-9a-f]{16})-([0-9a-f]{16}): ([A-Z][A-Z ]{1,40})$/;

const MEMORY_KINDS: Readonly<Record<string, RamKind>> = {
  RAM: 'ram',
  RAMSTAGE: 'ram',
  'CONFIGURATION TABLES': 'acpi',
  RESERVED: 'reserved',
  UNUSABLE: 'unusable',
  'SOFT RESERVED': 'soft-reserved',
};

class CorebootReader implements LineReader {
  readonly #draft: Draft;
  readonly #stages: CorebootStages;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
    this.#stages = new CorebootStages(this.#draft, context.stage);
  }

  read(line: Line): Claim {
    const { text, number } = line;
    if (BANNER.test(text)) {
      this.#stages.finish();
      if (this.#draft.used) this.#draft.startBlock();
      return true;
    }
    const apic = APIC.exec(text);
    const rest = apic ? text.slice(apic[0].length) : text;
    const cpu = apic ? Number(apic[1]) : undefined;
    return (
      this.#readMap(number, rest) ||
      this.#readRegister(number, rest, keptCpu(cpu)) ||
      this.#readEnables(number, rest) ||
      this.#readDisplayed(number, rest) ||
      this.#readMemory(number, rest) ||
      this.#readComplaint(number, rest)
    );
  }

  #readMap(line: number, text: string): boolean {
    const space = SPACE.exec(text);
    if (space) {
      this.#stages.start(line, space[1] !== undefined);
      return true;
    }
    const range = RANGE.exec(text);
    if (!range) return false;
    const start = hexOf(range[1]);
    // Newer versions print the last address, older ones the one after it: the size is the same.
    const size = hexOf(range[3]);
    if (size > 0n && this.#stages.isTaken)
      this.#draft.mapped(line, 'coreboot', start, start + size - 1n, Number(range[4]));
    return true;
  }

  #readRegister(line: number, text: string, cpu: number | undefined): Claim {
    const options = cpu === undefined ? {} : { cpu, label: `apic_id 0x${cpu.toString(16)}` };
    const fixed = FIXED.exec(text);
    if (fixed) {
      const msr = Number.parseInt(fixed[1]!, 16);
      if (!isFixedMsr(msr)) return false;
      this.#fixed(line, msr, hexOf(fixed[2]), options);
      return true;
    }
    const variable = VARIABLE.exec(text);
    if (variable) {
      const type = MEMORY_TYPES.find((known) => known === Number(variable[4]));
      const range = { base: hexOf(variable[2]), mask: hexOf(variable[3]), type };
      this.#stages.range();
      if (this.#stages.isTaken) registerMaskedRange(this.#draft, line, Number(variable[1]), range, options);
      return true;
    }
    if (START.test(text)) return 'more';
    const bits = WIDTH.exec(text)?.[1];
    if (bits === undefined) return this.#readCounts(line, text);
    this.#draft.width(line, Number(bits), 'stated', 'CPU physical address size');
    return true;
  }

  #readCounts(line: number, text: string): boolean {
    const counts = COUNTS.exec(text);
    if (counts) this.#stages.announce(line, { wb: Number(counts[1]), uc: Number(counts[2]) });
    return counts !== null;
  }

  #fixed(line: number, msr: number, value: bigint, options: { cpu?: number; label?: string }): void {
    const before = options.cpu === undefined ? this.#draft.registerSoFar(msr) : undefined;
    if (before && before.value !== value) {
      this.#draft.say(
        'warning',
        line,
        'CPUs write different fixed ranges, and the log does not say which CPU writes which',
      );
    }
    registerRaw(this.#draft, line, msr, value, options);
    if (options.cpu !== undefined && !this.#draft.registerSoFar(msr))
      registerRaw(this.#draft, line, msr, value);
  }

  #readEnables(line: number, text: string): boolean {
    const type = SELECTED.exec(text)?.[1];
    if (type !== undefined) {
      this.#stages.select(type === 'WB' ? 'wb' : 'uc');
      if (this.#stages.isTaken)
        this.#draft.register(line, MSR_DEF_TYPE, BigInt(typeOfWord(type)!), { known: 0xffn });
      this.#draft.silent(line, 'enables', 'coreboot sets both after this line');
      return true;
    }
    const check = CHECK.exec(text);
    if (!check) return false;
    const bit = check[1] === 'Fixed' ? DEF_TYPE_FE : DEF_TYPE_E;
    this.#draft.register(line, MSR_DEF_TYPE, check[2] === 'Enabled' ? bit : 0n, { known: bit });
    return true;
  }

  #readDisplayed(line: number, text: string): boolean {
    const displayed = DISPLAYED.exec(text);
    if (!displayed) return false;
    const msr = msrByName(displayed[2]!);
    if (msr === undefined) return false;
    this.#draft.dropRegisters((known) => known === msr);
    registerRaw(this.#draft, line, msr, hexOf(displayed[1]));
    return true;
  }

  #readMemory(line: number, text: string): boolean {
    const memory = MEMORY.exec(text);
    const kind = MEMORY_KINDS[memory?.[3] ?? ''];
    if (!memory || kind === undefined) return false;
    const start = hexOf(memory[1]);
    // The table is printed more than once; each time it starts again at the bottom.
    if (start === 0n) this.#draft.dropRam('coreboot');
    this.#draft.ram(line, 'coreboot', start, hexOf(memory[2]), { kind, name: memory[3]! });
    return true;
  }

  #readComplaint(line: number, text: string): boolean {
    const complaint = corebootComplaint(text);
    if (!complaint) return false;
    if (complaint.kind === 'ranges-short') this.#stages.leaveRest();
    this.#draft.at(line).complain(complaint);
    this.#draft.say('warning', line, complaint.text);
    return true;
  }

  torn({ text, number }: Line): void {
    const begun = `whose line breaks off: "${text.slice(0, 60)}"`;
    if (text.includes('Fixed MSR')) this.#draft.at(number).torn('fixed-ranges', `a fixed register, ${begun}`);
    else this.#draft.at(number).torn('variable-ranges', `a variable range, ${begun}`);
  }

  finish(): Facts {
    this.#stages.finish();
    return this.#draft.finish('coreboot', 'boot');
  }
}

/** coreboot. */
export const coreboot: LineFormat = {
  name: 'coreboot',
  title: 'coreboot console (cbmem -c)',
  hint: /MTRR|coreboot-|apic_id|physical address size|^\D{0,24}0x[0-9a-f]{16}(?: - 0x|: )|\d\. [0-9a-f]{16}-/,
  open: (context) => new CorebootReader(context),
};
