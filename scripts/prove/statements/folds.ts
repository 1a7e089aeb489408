/** Overlaps: how each engine makes one type of the ranges that hold a page, whatever the ranges are. */
import {
  RULE_SIZE as PLAN_RULE_SIZE,
  RULE_TYPE as PLAN_RULE_TYPE,
  PLAN_RULES,
} from '../../../assembly/auto/plan-layout.ts';
import {
  RULE_END,
  RULE_MASK,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
} from '../../../assembly/direct/state-layout.ts';
import { band, concat, equal, extract, ite, ule, ult, zeroExtend } from '../bitvectors.ts';
import { PLAN, STATE, viewBlock, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and } from '../conditions.ts';
import type { Window } from '../memory.ts';
import { folded, type Match, RULES, type Rules, WB, WT } from '../rules.ts';
import { bits, bool, type Term, variable } from '../term.ts';
import {
  areTypes,
  atom,
  byDefault,
  fallback,
  planBlock,
  stateBlock,
  tom2,
  types,
  undefinedAsByte,
} from './fold-blocks.ts';
import { autoKvmOfAll, autoManualOfAll, directKvmOfAll, directManualOfAll } from './fold-inductions.ts';

const gfn = variable('gfn', 64);

/** `direct` over rules of any mask and value. */
function directManual({ executor }: Subject, count: number, rules: Rules): Claim {
  const ofRules = types(count);
  const fields = ofRules.map((_, index) => ({
    mask: variable(`frames${index}`, 64),
    value: variable(`value${index}`, 64),
  }));
  const memory = stateBlock(false, count, (to, at, index) => {
    to.store(at + RULE_MASK, fields[index]!.mask);
    to.store(at + RULE_VALUE, fields[index]!.value);
    to.store(at + RULE_TYPE, zeroExtend(ofRules[index]!, 32));
  });
  const { result, obligations } = executor().run('direct/mtrr/mtrrType', [word(STATE), gfn], memory);
  const matches = fields.map(({ mask, value }, index) => ({
    holds: equal(band(gfn, mask), value),
    type: ofRules[index]!,
  }));
  return {
    about: `direct/mtrr/mtrrType: ${count} rules`,
    assumed: areTypes(ofRules, rules),
    pairs: [{ got: result!, want: zeroExtend(folded(rules.overlap, matches, fallback), 32) }],
    obligations,
    any: matches.map(({ holds }) => holds),
  };
}

/** `direct` over intervals in any order, so in every order. */
function directKvm({ executor }: Subject, count: number, rules: Rules): Claim {
  const ofRules = types(count);
  const ends = ofRules.map(
    (_, index) => [variable(`start${index}`, 64), variable(`end${index}`, 64)] as const,
  );
  const memory = stateBlock(true, count, (to, at, index) => {
    to.store(at + RULE_START, ends[index]![0]);
    to.store(at + RULE_END, ends[index]![1]);
    to.store(at + RULE_TYPE, zeroExtend(ofRules[index]!, 32));
  });
  const { result, obligations } = executor().run('direct/mtrr/mtrrType', [word(STATE), gfn], memory);
  const matches = ends.map(([start, end], index) => ({
    holds: and(ule(start, gfn), ult(gfn, end)),
    type: ofRules[index]!,
  }));
  return {
    about: `direct/mtrr/mtrrType: ${count} intervals`,
    assumed: areTypes(ofRules, rules),
    pairs: [{ got: result!, want: zeroExtend(folded(rules.kvmFold, matches, fallback), 32) }],
    obligations,
    any: ends.flatMap(([start, end]) => [atom(ule(start, gfn)), atom(ult(gfn, end))]),
  };
}

/** `auto` over a set of matching rules: bit i is rule i. */
function autoFold({ executor }: Subject, count: number, isKvm: boolean, rules: Rules): Claim {
  const ofRules = types(count);
  const memory = planBlock(isKvm);
  const table: Window = {
    start: PLAN + PLAN_RULES + PLAN_RULE_TYPE,
    end: PLAN + PLAN_RULES + count * PLAN_RULE_SIZE,
    stride: PLAN_RULE_SIZE,
  };
  ofRules.forEach((type, index) => {
    memory.store(table.start + index * PLAN_RULE_SIZE, zeroExtend(type, 32));
  });
  const held = variable('held', count);
  const args = [word(PLAN), zeroExtend(held, 64), zeroExtend(tom2, 32)];
  const { result, obligations } = executor({ windows: [table], rounds: count + 1 }).run(
    'auto/fold/foldRules',
    args,
    memory,
  );
  const matches: Match[] = ofRules.map((type, index) => ({
    holds: equal(extract(held, index, index), bits(1, 1)),
    type,
  }));
  const want = isKvm ? folded(rules.kvmFold, matches, byDefault) : folded(rules.overlap, matches, byDefault);
  return {
    about: `auto/fold/foldRules: ${count} rules`,
    assumed: areTypes(ofRules, rules),
    pairs: [{ got: undefinedAsByte(result!), want: zeroExtend(want, 32) }],
    obligations,
  };
}

/** Sets of ranks that are asked about at a time: of more at once the solver takes longer than one by one. */
const SETS_AT_ONCE = 32;

/** The batch kernel: a set of ranks, the highest first, and their types, a nibble each; every set is run by itself. */
function batchKvm({ executor }: Subject, count: number, first: number, rules: Rules): Claim {
  const ofRanks = types(count);
  const packed = ofRanks.map((type) => extract(type, 3, 0)).reduce((low, next) => concat(next, low));
  const memory = viewBlock({ maxphyaddr: word(46) });
  const sets = Array.from({ length: SETS_AT_ONCE }, (_, index) => {
    const held = first + index;
    const args = [word(held), zeroExtend(packed, 64), zeroExtend(fallback, 32)];
    const { result, obligations } = executor().run('batch/types/kvmType', args, memory);
    const matches = ofRanks.map((type, rank): Match => ({ holds: bool((held >> rank) % 2 === 1), type }));
    const want = folded(rules.kvmFold, matches.reverse(), fallback);
    return { got: result!, want: zeroExtend(want, 32), obligations };
  });
  return {
    about: `batch/types/kvmType: sets ${first} to ${first + SETS_AT_ONCE - 1} of ${count} ranks`,
    assumed: areTypes(ofRanks, rules),
    pairs: sets,
    obligations: sets.flatMap(({ obligations }) => obligations),
  };
}

/** The batch kernel: how many ranges of each type there are, a byte a type. */
function batchManual({ executor }: Subject, rules: Rules): Claim {
  const counts = [0, 1, 4, 5, 6].map((type) => ({ type, count: variable(`count${type}`, 8) }));
  const byte = (at: number): Term => counts.find(({ type }) => type === at)?.count ?? bits(0, 8);
  const word64 = Array.from({ length: 8 }, (_, at) => byte(at)).reduce((low, next) => concat(next, low));
  const memory = viewBlock({ maxphyaddr: word(46) });
  const args = [word64, zeroExtend(fallback, 32)];
  const { result, obligations } = executor().run('batch/types/manualType', args, memory);
  const matches = counts.map(({ type, count }) => ({
    holds: ult(bits(0, 8), count),
    type: bits(type, 8),
  }));
  return {
    about: 'batch/types/manualType: any number of ranges of each type',
    assumed: areTypes([], rules),
    pairs: [
      {
        got: undefinedAsByte(result!),
        want: zeroExtend(folded(rules.overlap, matches, fallback), 32),
      },
    ],
    obligations,
  };
}

/** Overlaps by the manual. */
export const overlaps: Statement = {
  id: 'overlaps',
  title:
    'Of overlapping ranges UC wins, WT wins over WB, equal types stay, and other mixtures are undefined.',
  source: 'SDM vol. 3A, "MTRR Precedences"',
  *claims(subject, rules) {
    for (const count of [0, 1, 8]) yield directManual(subject, count, rules);
    for (const count of [1, 4]) yield autoFold(subject, count, false, rules);
    yield directManualOfAll(subject, rules);
    yield autoManualOfAll(subject, rules);
    if (subject.has('batch/types/manualType')) yield batchManual(subject, rules);
  },
  planted: {
    what: 'WB wins over WT',
    rules: {
      overlap: {
        ...RULES.overlap,
        last: (so, byDefault) =>
          ite(equal(so.held, bits((1 << WT) | (1 << WB), 8)), bits(WB, 8), RULES.overlap.last(so, byDefault)),
      },
    },
  },
};

/** KVM's fold, in every order of the ranges. */
export const kvmFolds: Statement = {
  id: 'kvm-fold',
  title:
    'KVM 4.7 to 6.10 folds the ranges of a page one by one: it stops at UC, and at WB where a pair is not WB with WT.',
  source: 'arch/x86/kvm/mtrr.c: kvm_mtrr_get_guest_memory_type',
  *claims(subject, rules) {
    for (const count of [0, 2, 8]) yield directKvm(subject, count, rules);
    for (const count of [1, 4]) yield autoFold(subject, count, true, rules);
    yield directKvmOfAll(subject, rules);
    yield autoKvmOfAll(subject, rules);
    if (!subject.has('batch/types/kvmType')) return;
    for (let set = 0; set < 1 << 8; set += SETS_AT_ONCE) yield batchKvm(subject, 8, set, rules);
  },
  planted: {
    what: 'a pair of unlike types ends it with the type of the later range',
    rules: {
      kvmFold: {
        ...RULES.kvmFold,
        step: (so, { holds, type }) => ({ type: ite(holds, type, so.type), ended: so.ended }),
      },
    },
  },
};
