/** From types to entries and accesses: KVM's columns, leaf bits, the guest's PAT. */
import { PLAN_LEAF, PLAN_NESTED } from '../../../assembly/auto/plan-layout.ts';
import { STATE_IS_NESTED, STATE_VIEW } from '../../../assembly/direct/state-layout.ts';
import {
  CD_IGNORED,
  CD_WB_IPAT,
  EPT_KVM,
  IGNORE_PAT_ALWAYS,
  IGNORE_PAT_QUIRK,
  LEAF_KVM_7_2,
  MTRR_KVM,
  MTRR_NONE,
  SLOT_MAX_LEVEL,
  SLOT_READONLY,
  SLOT_SIZE,
  SWITCH_CR0CD,
  SWITCH_NONCOHERENT_DMA,
  SWITCH_QUIRK_CD_NW_CLEARED,
  SWITCH_QUIRK_IGNORE_GUEST_PAT,
  SWITCH_SELF_SNOOP,
} from '../../../assembly/layout.ts';
import { concat, equal, extract, ite, ule, zeroExtend } from '../bitvectors.ts';
import { accepted, defType, OUT, PLAN, STATE, VIEW, type ViewFields, viewBlock, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and, not, or } from '../conditions.ts';
import { Memory } from '../memory.ts';
import { type Rules, UC } from '../rules.ts';
import { bits, bool, type Term, variable } from '../term.ts';

const type = variable('type', 8);
const pat = variable('pat', 8);
const layout = variable('layout', 32);
const level = variable('level', 32);
const readonly = variable('readonly', 1);
const entryWord = variable('word', 4);
const switches = variable('switches', 6);

const isSet = (bit: number): Term => {
  const at = Math.log2(bit);
  return equal(extract(switches, at, at), bits(1, 1));
};

const isPatType = (rules: Rules): Term => or(rules.isMemoryType(pat), equal(pat, bits(7, 8)));

/** `auto`: a class, which is the type and in bit 3 IPAT. */
function autoEffective({ executor }: Subject, rules: Rules): Claim {
  const memory = new Memory();
  memory.fill(PLAN, bits(0, 8), 0x100);
  const ipat = variable('ipat', 1);
  const cls = zeroExtend(concat(ipat, extract(type, 2, 0)), 32);
  const { result, obligations } = executor().run(
    'auto/abi/autoEffective',
    [word(PLAN), cls, zeroExtend(pat, 32)],
    memory,
  );
  const want = ite(equal(ipat, bits(1, 1)), type, rules.effective(type, pat));
  return {
    about: 'autoEffective: every type, PAT type and IPAT',
    assumed: [rules.isMemoryType(type), isPatType(rules)],
    pairs: [{ got: result!, want: zeroExtend(want, 32) }],
    obligations,
  };
}

/** `direct` where the table stands alone. */
function directEffective({ executor }: Subject, rules: Rules): Claim {
  const args = [zeroExtend(type, 32), zeroExtend(pat, 32)];
  const { result, obligations } = executor().run('direct/combine/combined', args, new Memory());
  return {
    about: 'direct/combine/combined: every type and PAT type',
    assumed: [rules.isMemoryType(type), isPatType(rules)],
    pairs: [{ got: result!, want: zeroExtend(rules.effective(type, pat), 32) }],
    obligations,
  };
}

/** The type of an access through the guest's PAT. */
export const effectiveTypes: Statement = {
  id: 'effective',
  title:
    'An access has the type that the PAT type makes of the memory type; with IPAT the memory type alone.',
  source: 'SDM vol. 3A, "Effective Page-Level Memory Types"',
  *claims(subject, rules) {
    yield autoEffective(subject, rules);
    if (subject.has('direct/combine/combined')) yield directEffective(subject, rules);
  },
  planted: {
    what: 'a PAT type of UC- keeps memory that is WC uncached',
    rules: {
      effective: (memory, guest) =>
        ite(equal(guest, bits(7, 8)), bits(UC, 8), ite(equal(guest, bits(UC, 8)), bits(UC, 8), memory)),
    },
  },
};

const isLayout = ule(layout, word(LEAF_KVM_7_2));
const isLevel = and(ule(word(1), level), ule(level, word(3)));
const isReadonly = equal(readonly, bits(1, 1));

function autoLeaf({ executor }: Subject, rules: Rules): Claim {
  const memory = new Memory();
  memory.store(PLAN + PLAN_NESTED, word(0));
  memory.store(PLAN + PLAN_LEAF, layout);
  const args = [word(PLAN), zeroExtend(entryWord, 32), level, zeroExtend(readonly, 32), word(OUT)];
  const { memory: after, obligations } = executor().run('auto/abi/autoLeafBits', args, memory);
  return {
    about: 'autoLeafBits: every layout, type, IPAT and level',
    assumed: [isLayout, isLevel],
    pairs: [{ got: after.load(OUT, 8), want: rules.leafBits(layout, entryWord, level, isReadonly) }],
    obligations,
  };
}

/** `direct`: bits of a slot, and the bits of a type, which it makes apart. */
function directLeaf({ executor }: Subject, rules: Rules): Claim {
  const slot = OUT;
  const memory = viewBlock({ maxphyaddr: word(46), leaf: layout });
  memory.fill(slot, bits(0, 8), SLOT_SIZE);
  memory.store(STATE + STATE_VIEW, word(VIEW));
  memory.store(STATE + STATE_IS_NESTED, word(0));
  memory.store(slot + SLOT_READONLY, zeroExtend(readonly, 32));
  memory.store(slot + SLOT_MAX_LEVEL, word(3));
  const { result, obligations } = executor().run('direct/entry/slotBits', [word(STATE), word(slot)], memory);
  return {
    about: 'direct/entry/slotBits: every layout',
    assumed: [isLayout],
    pairs: [{ got: result!, want: rules.leafBits(layout, bits(0, 4), word(1), isReadonly) }],
    obligations,
  };
}

/** Bits of a leaf entry. */
export const leaves: Statement = {
  id: 'leaf',
  title: 'A leaf entry has the bits of its layout, the type in 5:3, IPAT in 6, and 7 above level 1.',
  source: 'SDM vol. 3C, "Format of an EPT Page-Table Entry"; arch/x86/kvm/mmu/spte.h',
  *claims(subject, rules) {
    yield autoLeaf(subject, rules);
    yield directLeaf(subject, rules);
  },
  planted: {
    what: 'the bits of KVM 5.13 in the entries of 5.12',
    rules: {
      leafBits: (_layout, entry, _level, ro) =>
        ite(ro, zeroExtend(entry, 64), bits(0x0600_0000_0000_0b07n, 64)),
    },
  },
};

/** PolicyFlags, any of KVM's, as a view block has them. */
const cacheDisable = variable('cacheDisable', 32);
const ignorePat = variable('ignorePat', 32);

function columnsFor(rules: Rules, usesMtrrs: boolean): Term {
  const always = or(equal(ignorePat, word(IGNORE_PAT_ALWAYS)), not(isSet(SWITCH_SELF_SNOOP)));
  const byQuirk = and(equal(ignorePat, word(IGNORE_PAT_QUIRK)), isSet(SWITCH_QUIRK_IGNORE_GUEST_PAT));
  return rules.kvmEntry({
    noncoherentDma: isSet(SWITCH_NONCOHERENT_DMA),
    cacheDisabled: isSet(SWITCH_CR0CD),
    quirkCdNwCleared: isSet(SWITCH_QUIRK_CD_NW_CLEARED),
    ignoresPat: or(always, byQuirk),
    cdGivesIpat: equal(cacheDisable, word(CD_WB_IPAT)),
    cdIsIgnored: equal(cacheDisable, word(CD_IGNORED)),
    mtrrsCount: bool(usesMtrrs),
    mtrrType: type,
  });
}

/** A view under a policy of KVM's that reads the MTRRs or does not. */
function kvmView(usesMtrrs: boolean): ViewFields {
  return {
    maxphyaddr: word(46),
    switches: zeroExtend(switches, 32),
    ept: word(EPT_KVM),
    mtrr: word(usesMtrrs ? MTRR_KVM : MTRR_NONE),
    cacheDisable,
    ignorePat,
  };
}

/** That flags have values that there are. */
const areFlags = (rules: Rules): readonly Term[] => [
  rules.isMemoryType(type),
  ule(cacheDisable, word(CD_IGNORED)),
  ule(ignorePat, word(IGNORE_PAT_QUIRK)),
];

/** `direct`: a frame of a machine whose default is any type and that has no ranges. */
function directEntry({ executor }: Subject, usesMtrrs: boolean, rules: Rules): Claim {
  const run = executor();
  const memory = viewBlock({ ...kvmView(usesMtrrs), writes: [[0x2ff, defType(type)]] });
  const opened = run.run(
    'direct/abi/directOpen',
    [word(VIEW), word(STATE)],
    memory,
    rules.isMemoryType(type),
  );
  const isAccepted = accepted(opened.result!);
  const gfn = variable('gfn', 64);
  const asked = run.run('direct/combine/eptType', [word(STATE), gfn], opened.memory, isAccepted);
  const want = columnsFor(rules, usesMtrrs);
  return {
    about: `directOpen, direct/combine/eptType: policies that ${usesMtrrs ? 'read' : 'do not read'} the MTRRs`,
    assumed: [...areFlags(rules), isAccepted],
    pairs: [{ got: asked.result!, want: zeroExtend(want, 32) }],
    obligations: [...opened.obligations, ...asked.obligations],
  };
}

/** `auto`, where the function stands alone: a class. */
function autoEntry({ executor }: Subject, usesMtrrs: boolean, rules: Rules): Claim {
  const memory = viewBlock(kvmView(usesMtrrs));
  const { result, obligations } = executor().run(
    'auto/ept/eptClass',
    [word(VIEW), zeroExtend(type, 32), word(7)],
    memory,
  );
  const want = columnsFor(rules, usesMtrrs);
  const cls = concat(extract(want, 8, 8), extract(want, 2, 0));
  return {
    about: `auto/ept/eptClass: policies that ${usesMtrrs ? 'read' : 'do not read'} the MTRRs`,
    assumed: areFlags(rules),
    pairs: [{ got: result!, want: zeroExtend(cls, 32) }],
    obligations,
  };
}

/** The columns of vmx_get_mt_mask. */
export const entryTypes: Statement = {
  id: 'mt-mask',
  title:
    "KVM's entry has the type of the first column that applies: no non-coherent DMA, CR0.CD, the guest's MTRRs.",
  source: 'arch/x86/kvm/vmx/vmx.c: vmx_get_mt_mask, 4.7 to 7.1',
  *claims(subject, rules) {
    for (const uses of [true, false]) yield directEntry(subject, uses, rules);
    if (subject.has('auto/ept/eptClass'))
      for (const uses of [true, false]) yield autoEntry(subject, uses, rules);
  },
  planted: {
    what: 'CR0.CD is looked at before non-coherent DMA',
    rules: {
      kvmEntry: (columns) =>
        ite(columns.cacheDisabled, bits(0x100, 16), concat(bits(0, 8), columns.mtrrType)),
    },
  },
};
