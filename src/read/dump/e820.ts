/** Memory maps in kernel logs: Linux's e820 lines, old (end exclusive) and new (inclusive), and Xen's. */
import type { Draft } from '../facts/draft.ts';
import type { RamKind, RamSource } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim } from '../reader.ts';
import { hexOf } from '../words.ts';

const OWNER = '(BIOS-e820|BIOS-88|BIOS-e801|modified|user|Xen|reserve setup_data)';
const NEW_LINE = new RegExp(
  `^${OWNER}: \\[mem 0x([0-9a-fA-F]{1,16})-0x([0-9a-fA-F]{1,16})\\]\\s{1,4}(\\S.{0,80})$`,
);
const OLD_LINE = new RegExp(`^${OWNER}: ([0-9a-f]{16}) - ([0-9a-f]{16}) \\((\\S.{0,60})\\)$`);
const TORN_LINE = new RegExp(
  `^${OWNER}: (?:\\[mem(?: [0-9a-fA-Fx-]{0,40}\\]?)?|[0-9a-f]{16} -(?: [0-9a-f]{16})?)$`,
);
const CHANGE_LINE =
  /^(?:e820: |e820 )?(?:update|remove|reserve)(?: range:)? (?:\[mem )?(?:0x)?[0-9a-f]{8,16}/;

/** RAM that the kernel takes out of use: inclusive in brackets, end exclusive with a spaced dash before. */
const UPDATE_LINE =
  /^e820:? update (?:range: |\[mem )(?:0x)?([0-9a-f]{8,16})(?: - |-)(?:0x)?([0-9a-f]{8,16})(\]?) \(?usable\)? ==> \(?reserved\)?$/;

const XEN_NEW_LINE = /^\[([0-9a-f]{16}), ([0-9a-f]{16})\] \((\S.{0,60})\)$/;
const XEN_OLD_LINE = /^([0-9a-f]{16}) - ([0-9a-f]{16}) \((\S.{0,60})\)$/;
const XEN_HEADER = /^(?:Xen-e820 RAM map:|Multiboot-e[0-9]{3} RAM map:|PVH-e820 RAM map:|EFI RAM map:)$/;
const XEN_NEAR = 256;

/** The first counts: "unusable" holds "usable". */
const KINDS: readonly (readonly [RegExp, RamKind])[] = [
  [/unusable/i, 'unusable'],
  [/usable|System RAM/i, 'ram'],
  [/ACPI (?:data|tables)/i, 'acpi'],
  [/ACPI N/i, 'nvs'],
  [/soft.reserved/i, 'soft-reserved'],
  [/persistent/i, 'persistent'],
  [/reserved/i, 'reserved'],
];

/** The kind that an e820 word stands for. */
export function kindOfE820(word: string): RamKind {
  return KINDS.find(([pattern]) => pattern.test(word))?.[1] ?? 'other';
}

function sourceOf(owner: string): RamSource {
  if (owner.startsWith('BIOS')) return 'e820';
  return owner === 'Xen' ? 'e820-xen' : 'e820-modified';
}

/** The end of a range that is written one past it; an empty range ends before it starts. */
function lastOf(exclusive: bigint): bigint {
  return exclusive - 1n;
}

/** Reads Linux's e820 lines. */
export function readE820(draft: Draft, { text, number }: Line): Claim {
  const modern = NEW_LINE.exec(text);
  if (modern) {
    const [, owner, start, end, name] = modern;
    draft.ram(number, sourceOf(owner!), hexOf(start), hexOf(end), { kind: kindOfE820(name!), name: name! });
    return true;
  }
  const old = OLD_LINE.exec(text);
  if (old) {
    const [, owner, start, end, name] = old;
    draft.ram(number, sourceOf(owner!), hexOf(start), lastOf(hexOf(end)), {
      kind: kindOfE820(name!),
      name: name!,
    });
    return true;
  }
  if (TORN_LINE.test(text)) return 'more';
  if (!CHANGE_LINE.test(text)) return false;
  const update = UPDATE_LINE.exec(text);
  if (update) {
    const [, start, end, bracket] = update;
    const last = bracket === ']' ? hexOf(end) : lastOf(hexOf(end));
    draft.ram(number, 'e820-update', hexOf(start), last, { kind: 'reserved', name: 'usable ==> reserved' });
  }
  return true;
}

/** Reads Xen's RAM map: inclusive in brackets since 4.16, end exclusive with a dash before. */
export class XenE820 {
  readonly #draft: Draft;
  #header = Number.NEGATIVE_INFINITY;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  read({ text, number, xen }: Line): boolean {
    if (XEN_HEADER.test(text)) {
      this.#header = number;
      return true;
    }
    if (!xen && number - this.#header > XEN_NEAR) return false;
    const modern = XEN_NEW_LINE.exec(text);
    const [, start, end, name] = modern ?? XEN_OLD_LINE.exec(text) ?? [];
    if (name === undefined) return false;
    const last = modern ? hexOf(end) : lastOf(hexOf(end));
    this.#draft.ram(number, 'e820', hexOf(start), last, { kind: kindOfE820(name), name });
    return true;
  }
}
