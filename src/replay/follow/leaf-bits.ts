/** The bits of a leaf entry that no type, level or host frame decides: access, A and D, and KVM's own by release. */
import type { Evaluator, View } from '../../engine/index.ts';
import { type Policy, policy } from '../../policy/index.ts';
import { DIRTY, EXECUTE, IPAT, LARGE_PAGE, TYPE_MASK, WRITE } from '../../trace/entry.ts';
import type { LeafLayout } from '../../trace/layout.ts';
import type { Vcpu } from '../../vm/index.ts';
import type { Departure } from './departures.ts';
import type { EntryChange } from './live-line.ts';
import { valueOfLeaf } from './live-table.ts';

/** Bits 51:12 are the host's affair; type and IPAT are held against the model with the step's outcome. */
const COMPARED = ~(0xffffffffff000n | BigInt(TYPE_MASK | IPAT)) & 0xffffffffffffffffn;
const TYPE_BITS = BigInt(TYPE_MASK | IPAT);
const X = BigInt(EXECUTE);

/** Releases that install the same bits, and one of them. Those of 4.7 to 5.3 differ in bits that a first fault leaves 0. */
const LAYOUTS: readonly { readonly layout: LeafLayout; readonly first: string; readonly releases: string }[] =
  [
    { layout: 'kvm-5.4', first: 'kvm-5.4', releases: '4.7 to 5.12' },
    { layout: 'kvm', first: 'kvm-5.13', releases: '5.13 to 6.9' },
    { layout: 'kvm-suppress-ve', first: 'kvm-6.10', releases: '6.10 to 7.1' },
    { layout: 'kvm-7.2', first: 'kvm-7.2', releases: '7.2 and later' },
  ];

/** What the bits of one entry come to. */
export type BitsVerdict =
  | { readonly kind: 'right' }
  /** A large page without X: the mitigation nx_huge_pages. */
  | { readonly kind: 'not-executable' }
  /** It took the place of a table, and W and D follow other rules then. */
  | { readonly kind: 'replaced-table' }
  | { readonly kind: 'other-kernel'; readonly releases: string; readonly layout: LeafLayout }
  | { readonly kind: 'wrong'; readonly expected: bigint };

function fromHere(bits: bigint, change: EntryChange): bigint {
  const large = change.level > 1 ? BigInt(LARGE_PAGE) : 0n;
  return (bits & COMPARED) | large | (change.after & ~COMPARED & ~TYPE_BITS);
}

/** Judges leaves that were installed. */
export class LeafBits {
  readonly #evaluator: Evaluator;
  readonly #policy: Policy;
  readonly #nxHugePages: boolean | undefined;
  #open: { readonly vcpu: Vcpu; readonly view: View } | undefined;

  /** @param nxHugePages - whether large leaves have no X; undefined: both will do */
  constructor(evaluator: Evaluator, policy: Policy, nxHugePages: boolean | undefined) {
    this.#evaluator = evaluator;
    this.#policy = policy;
    this.#nxHugePages = nxHugePages;
  }

  #entry(vcpu: Vcpu, policy: Policy, gfn: number): bigint {
    if (policy !== this.#policy) {
      const view = this.#evaluator.view(vcpu, policy);
      try {
        return view.entryAt(gfn);
      } finally {
        view.dispose();
      }
    }
    if (this.#open?.vcpu !== vcpu) {
      this.close();
      this.#open = { vcpu, view: this.#evaluator.view(vcpu, policy) };
    }
    return this.#open.view.entryAt(gfn);
  }

  /** Lets go of the state that was asked last: the leaves of a step have one in common. */
  close(): void {
    this.#open?.view.dispose();
    this.#open = undefined;
  }

  /**
   * Judges one.
   *
   * @param vcpu - of the VM as it is after the step
   * @param replacesTable - it took the place of a table
   */
  judge(change: EntryChange, vcpu: Vcpu, replacesTable: boolean): BitsVerdict {
    const small = this.#entry(vcpu, this.#policy, change.gfn);
    const usual = fromHere(small, change);
    const isWithoutX = (change.after & X) === 0n;
    const mayLackX = change.level > 1 && this.#nxHugePages !== false;
    const expected = change.level > 1 && this.#nxHugePages ? usual & ~X : usual;
    let different = ((mayLackX && isWithoutX ? usual & ~X : expected) ^ change.after) & COMPARED;
    if (replacesTable && different !== 0n) {
      different &= ~BigInt(WRITE | DIRTY);
      if (different === 0n) return { kind: 'replaced-table' };
    }
    if (different === 0n) return { kind: isWithoutX ? 'not-executable' : 'right' };
    const other = LAYOUTS.find(({ first }) => {
      const entry = fromHere(this.#entry(vcpu, policy(first), change.gfn), change);
      return entry !== usual && ((entry ^ change.after) & COMPARED) === 0n;
    });
    if (other) return { kind: 'other-kernel', ...other };
    return { kind: 'wrong', expected: expected | (change.after & TYPE_BITS) };
  }
}

/** An entry with wrong bits, as a departure. */
export function bitsDeparture(change: EntryChange, frames: number, expected: bigint): Departure {
  const value = valueOfLeaf(change.after, change.level);
  const entry = {
    level: (value >> 4) as 1 | 2 | 3,
    type: value & 7,
    ipat: (value & 8) === 0 ? 0 : 1,
  } as const;
  return {
    kind: 'bits',
    space: change.space,
    start: change.gfn,
    end: change.gfn + frames,
    before: [],
    expected: [entry],
    found: [entry],
    line: change.line,
    entry: change.after,
    expectedEntry: expected,
  };
}
