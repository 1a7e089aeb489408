/** A leaf that a fault installed, bit for bit but for the host's frame. */
import { hexText } from '../../src/words.ts';
import type { TableEffects } from './entry-table.ts';
import type { MachineState } from './machine-state.ts';

/** Bits 51:12, the host's own affair. */
export const FRAME = 0x000ffffffffff000n;
const WRITE = 1n << 1n;
const EXECUTE = 1n << 2n;
const DIRTY = 1n << 9n;
const MMU_WRITABLE = 1n << 58n;
/** What dirty logging decides, by who writes when. */
const LOGGED = WRITE | DIRTY | MMU_WRITABLE;

/** How a leaf compares. */
export interface LeafVerdict {
  readonly agrees: boolean;
  /** It differs from a first fault only as one does that takes the place of a table. */
  readonly replaces: boolean;
  readonly expected: string;
  readonly found: string;
}

function shown(level: number, entry: bigint): string {
  return `level ${level}, ${hexText(entry & ~FRAME)}`;
}

/** Holds an installed leaf against what a vCPU's state demands. */
export function holdLeaf(
  state: MachineState,
  vcpu: number,
  leaf: TableEffects['installed'][number],
  nxHugePages: boolean,
): LeafVerdict {
  const slot = state.slotAt(leaf.gfn);
  const view = state.view(vcpu);
  let [level, entry]: [number, bigint] = [0, 0n];
  if (slot?.dirtyLog) [level, entry] = [1, view.entryAt(leaf.gfn)];
  else if (slot) {
    const [span] = view.spansOf('leaf', { range: { start: leaf.gfn, end: leaf.gfn + 1 } });
    [level, entry] = [span!.level, span!.entry ?? 0n];
  }
  if (nxHugePages && level > 1) entry &= ~EXECUTE;
  const ignored = FRAME | (slot?.dirtyLog ? LOGGED : 0n);
  const differing = (entry ^ leaf.entry) & ~ignored;
  const sameLevel = level === leaf.level;
  return {
    agrees: sameLevel && differing === 0n,
    replaces: sameLevel && differing === DIRTY && leaf.overWritable,
    expected: shown(level, entry),
    found: shown(leaf.level, leaf.entry),
  };
}
