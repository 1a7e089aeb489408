/** The whole way of `direct`, as it is shipped: registers are written, and a page is asked for its type. */
import { EPT_IDENTITY, EPT_KVM, MTRR_ARCHITECTURAL, MTRR_KVM } from '../../../assembly/layout.ts';
import { add, band, bnot, bor, equal, extract, ite, lshr, ule, ult } from '../bitvectors.ts';
import { accepted, defType, halves, OUT, type Pair, pairs, STATE, VIEW, viewBlock, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and } from '../conditions.ts';
import { registerConfig } from '../config.ts';
import { folded, isFrame, isWidth, type Match, type Rules } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';
import { address, gfn, maxphyaddr, physical } from './registers.ts';

const fallback = variable('default', 8);

interface Lookup {
  readonly type: Term;
  readonly assumed: readonly Term[];
  readonly obligations: readonly Term[];
}

/** The type of a frame of a machine with some pairs of base and mask, and a default, that are accepted. */
function lookup({ executor }: Subject, writes: Pair['writes'], isKvm: boolean): Lookup {
  const run = executor();
  const memory = viewBlock({
    maxphyaddr,
    mtrr: word(isKvm ? MTRR_KVM : MTRR_ARCHITECTURAL),
    ept: word(isKvm ? EPT_KVM : EPT_IDENTITY),
    writes: [...writes, [0x2ff, defType(fallback)]],
  });
  const opened = run.run('direct/abi/directOpen', [word(VIEW), word(STATE)], memory);
  const isAccepted = accepted(opened.result!);
  const args = [word(STATE), ...halves(gfn), word(1), word(OUT)];
  const asked = run.run('direct/abi/directMtrrTypesScalar', args, opened.memory, isAccepted);
  return {
    type: asked.memory.load(OUT, 1),
    assumed: [isWidth(maxphyaddr), isFrame(gfn, maxphyaddr), isAccepted],
    obligations: [...opened.obligations, ...asked.obligations],
  };
}

/** A match, and the register by which KVM sorts it. */
interface Sorted extends Match {
  readonly base: Term;
}

function* ordersOf(matches: readonly Sorted[]): Generator<Sorted[]> {
  if (matches.length === 0) yield [];
  for (const first of matches) {
    for (const rest of ordersOf(matches.filter((one) => one !== first))) yield [first, ...rest];
  }
}

/** KVM's fold over that order of the ranges whose base registers descend. Equal ones are of one type: either will do. */
function foldDescending(matches: readonly Sorted[], fold: Rules['kvmFold']): Term {
  const [first, ...others] = [...ordersOf(matches)].map((order) => ({
    descends: and(...order.slice(1).map(({ base }, index) => ule(base, order[index]!.base))),
    type: folded(fold, order, fallback),
  }));
  return others.reduce((type, order) => ite(order.descends, order.type, type), first!.type);
}

function* lookupClaims(
  subject: Subject,
  isKvm: boolean,
  patterns: readonly string[],
  want: (on: readonly Pair[]) => Term,
): Generator<Claim> {
  for (const pattern of patterns) {
    const all = pairs(pattern);
    const { type, ...rest } = lookup(
      subject,
      all.flatMap(({ writes }) => writes),
      isKvm,
    );
    const about = `directOpen, directMtrrTypesScalar: pairs ${pattern || 'none'}, any default, any width`;
    yield { ...rest, about, pairs: [{ got: type, want: want(all.filter(({ isOn }) => isOn)) }] };
  }
}

/** Pages by the manual, from the registers on. */
export const byManual: Statement = {
  id: 'manual',
  title:
    'By the manual a range holds the pages whose masked address is its masked base; overlaps by precedence.',
  source: 'SDM vol. 3A, "Variable Range MTRRs", "MTRR Precedences"',
  claims: (subject, { maskHolds, overlap }) =>
    lookupClaims(subject, false, ['', 'v', 'vv', 'v-v', 'vvvvvvvv'], (on) => {
      const matches = on.map(({ base, mask }) => ({
        holds: maskHolds(base, mask, address, physical),
        type: extract(base, 7, 0),
      }));
      return folded(overlap, matches, fallback);
    }),
  planted: {
    what: 'a range holds no page but its base',
    rules: {
      maskHolds: (base, _mask, at, space) => {
        const frames = band(space, bits(~0xfffn, 64));
        return equal(band(at, frames), band(base, frames));
      },
    },
  },
  config: (model) => registerConfig(model, 1, 'sdm'),
};

/** Pages by KVM 4.7 to 6.10, from the registers on. */
export const byKvm: Statement = {
  id: 'kvm',
  title:
    'KVM 4.7 to 6.10 reads a range from its base to the last page its mask leaves open, and folds by descending base.',
  source: 'arch/x86/kvm/mtrr.c: var_mtrr_range, kvm_mtrr_get_guest_memory_type',
  claims: (subject, { convexRange, kvmFold }) =>
    lookupClaims(subject, true, ['', 'v', 'vv', 'v-v', 'vvv'], (on) => {
      const matches = on.map(({ base, mask }) => {
        const { start, end } = convexRange(base, mask, physical);
        return { holds: and(ule(start, gfn), ult(gfn, end)), type: extract(base, 7, 0), base };
      });
      return foldDescending(matches, kvmFold);
    }),
  planted: {
    what: 'a range starts where base and mask agree',
    rules: {
      convexRange: (base, mask, space) => {
        const frame = (value: Term): Term => lshr(band(value, space), bits(12, 64));
        return { start: frame(band(base, mask)), end: add(frame(bor(base, bnot(mask))), bits(1, 64)) };
      },
    },
  },
  config: (model) => registerConfig(model, 1, 'kvm-5.16'),
};
