/** What decides an answer, taken apart into the single changes that lead from one side of a diff to the other. */
import { COMMITS, type Commit, type CommitId, type Policy, type PolicyFlags } from '../policy/index.ts';
import { frameCount, type Vcpu } from '../vm/index.ts';
import { registerValues, resetValue, withRegisters } from './raw-registers.ts';
import { registerName, variableIndex } from './registers.ts';

/** A vCPU under a policy. */
export interface Setup {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
}

/** One thing in which two setups differ, and how to take it over. */
export interface Change {
  readonly kind: 'register' | 'policy' | 'switch' | 'memory';
  /** `variable range 1`, `CR0.CD`, `c9f65a3f2d92`, `mtrr`: short and stable. */
  readonly name: string;
  /** The commit that made the change, where there is one. */
  readonly commit?: Commit;
  /** In words, from the first setup to the second. */
  readonly text: string;
  /** `setup` with the second side's part in place of its own. */
  readonly apply: (setup: Setup) => Setup;
}

type Flag = keyof PolicyFlags;

/** Flags in the order in which kernels went through their values, with the commit that led to each value. */
const HISTORY: Readonly<Partial<Record<Flag, readonly (readonly [string, CommitId | undefined])[]>>> = {
  cacheDisable: [
    ['wb-ipat', undefined],
    ['wb', 'c9f65a3f2d92'],
    ['ignored', 'e1548088ff54'],
  ],
  levelCheck: [
    ['kvm', undefined],
    ['kvm-noncoherent-dma', 'd5e90a699858'],
    ['none', '0a7b73559b39'],
  ],
};

/** `ignorePat` went to and fro, so that the commit depends on both values. */
const IGNORE_PAT_COMMITS: Readonly<Record<string, CommitId>> = {
  'always without-self-snoop': '377b2f359d1f',
  'without-self-snoop always': '9d70f3fec144',
  'always quirk': 'c9c1e20b4c7d',
  'quirk always': 'c9c1e20b4c7d',
  'without-self-snoop quirk': 'c9c1e20b4c7d',
  'quirk without-self-snoop': 'c9c1e20b4c7d',
};

/** What stands between the manual and a kernel has no commit: it is what KVM is. */
const MODEL_TEXTS: Readonly<Record<string, string>> = {
  'mtrr architectural kvm':
    'KVM folds contiguous ranges by descending base and may stop early; the manual weighs every register that matches',
  'mtrr kvm architectural':
    'the manual weighs every register that matches; KVM folds contiguous ranges by descending base and may stop early',
  'ept identity kvm': 'KVM decides the EPT type by its own rules for MMIO, non-coherent DMA and CR0.CD',
  'ept kvm identity': 'the MTRR type is written as it is, whatever MMIO, non-coherent DMA and CR0.CD say',
  'leaf kvm kvm-suppress-ve': 'KVM sets suppress-#VE (bit 63) in every entry from 6.10 on',
  'leaf kvm-suppress-ve kvm': 'KVM sets suppress-#VE (bit 63) only from 6.10 on',
};

function commitBetween(
  flag: Flag,
  from: string,
  to: string,
): { commit: Commit; isForward: boolean } | undefined {
  if (flag === 'ignorePat') {
    const id = IGNORE_PAT_COMMITS[`${from} ${to}`];
    return id && { commit: COMMITS[id], isForward: from !== 'quirk' };
  }
  // Whatever looked at MTRRs before, kernels with this commit do not.
  if (flag === 'mtrr' && (from === 'none' || to === 'none')) {
    return { commit: COMMITS['0a7b73559b39'], isForward: to === 'none' };
  }
  const values = HISTORY[flag] ?? [];
  const [before, after] = [from, to].map((value) => values.findIndex(([name]) => name === value));
  if (before! < 0 || after! < 0) return undefined;
  const id = values[Math.max(before!, after!)]?.[1];
  return id && { commit: COMMITS[id], isForward: after! > before! };
}

function policyChange(a: Policy, b: Policy, flags: readonly Flag[]): Change {
  const [flag] = flags as [Flag];
  const apply = (setup: Setup): Setup => {
    const taken = Object.fromEntries(flags.map((one) => [one, b.flags[one]]));
    const merged = { ...setup.policy.flags, ...taken } as PolicyFlags;
    const quirks = flags.includes('ignorePat') ? { defaultQuirks: b.defaultQuirks } : {};
    const model = merged.ept === 'kvm' ? 'kvm' : 'sdm';
    return { ...setup, policy: { ...setup.policy, flags: merged, model, ...quirks } };
  };
  const made = commitBetween(flag, a.flags[flag], b.flags[flag]);
  if (made) {
    const { commit, isForward } = made;
    const text = isForward ? commit.effect : `without this commit: ${commit.effect}`;
    return { kind: 'policy', name: commit.id, commit, text, apply };
  }
  const text =
    MODEL_TEXTS[`${flag} ${a.flags[flag]} ${b.flags[flag]}`] ??
    `policy flag ${flag}: ${a.flags[flag]} -> ${b.flags[flag]}`;
  return { kind: 'policy', name: flag, text, apply };
}

/** Flags that differ, those that make sense only together in one group. */
function flagGroups(a: Policy, b: Policy): readonly (readonly Flag[])[] {
  const differing = (Object.keys(a.flags) as Flag[]).filter((flag) => a.flags[flag] !== b.flags[flag]);
  const usesNoMtrr = a.flags.mtrr === 'none' || b.flags.mtrr === 'none';
  // Without MTRRs there is no type to write as it is, and none for a level check to look at.
  const bound: readonly Flag[] =
    usesNoMtrr && differing.includes('mtrr') ? ['mtrr', 'levelCheck', 'ept'] : [];
  const together = bound.filter((flag) => differing.includes(flag));
  const alone = differing.filter((flag) => !together.includes(flag)).map((flag) => [flag]);
  return together.length > 0 ? [together, ...alone] : alone;
}

function policyChanges(a: Policy, b: Policy): Change[] {
  if (a.peer || b.peer) {
    if (a.name === b.name) return [];
    const text = `${b.name} reads the MTRRs by rules of its own, ${a.name} by others`;
    return [{ kind: 'policy', name: b.name, text, apply: (setup) => ({ ...setup, policy: b }) }];
  }
  const changes = flagGroups(a, b).map((flags) => policyChange(a, b, flags));
  const sameIgnorePat = a.flags.ignorePat === b.flags.ignorePat;
  if (sameIgnorePat && `${a.defaultQuirks}` !== `${b.defaultQuirks}`) {
    changes.push({
      kind: 'policy',
      name: 'defaultQuirks',
      text: `quirks enabled by default: ${b.defaultQuirks.join(', ') || 'none'}`,
      apply: (setup) => ({ ...setup, policy: { ...setup.policy, defaultQuirks: b.defaultQuirks } }),
    });
  }
  return changes;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Registers that differ; base and mask of a variable range change together. */
function registerChanges(a: Vcpu, b: Vcpu): Change[] {
  const [left, right] = [registerValues(a), registerValues(b)];
  const groups = new Map<string, number[]>();
  for (const msr of [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y)) {
    const index = variableIndex(msr);
    const name = index === undefined ? registerName(msr) : `variable range ${index}`;
    groups.set(name, [...(groups.get(name) ?? []), msr]);
  }
  const value = (values: Map<number, bigint>, msr: number) => values.get(msr) ?? resetValue(msr);
  return [...groups]
    .filter(([, msrs]) => msrs.some((msr) => value(left, msr) !== value(right, msr)))
    .map(([name, msrs]) => ({
      kind: 'register' as const,
      name,
      text: msrs
        .filter((msr) => value(left, msr) !== value(right, msr))
        .map((msr) => `${registerName(msr)} ${hex(value(left, msr))} -> ${hex(value(right, msr))}`)
        .join(', '),
      apply: (setup: Setup): Setup => {
        const writes = registerValues(setup.vcpu);
        for (const msr of msrs) {
          const taken = right.get(msr);
          if (taken === undefined) writes.delete(msr);
          else writes.set(msr, taken);
        }
        return { ...setup, vcpu: withRegisters(setup.vcpu, writes) };
      },
    }));
}

type SwitchKey = 'cr0cd' | 'guestHasMtrr' | 'noncoherentDma' | 'selfSnoop' | 'quirks' | 'vcnt';
const SWITCHES: readonly (readonly [SwitchKey, string])[] = [
  ['cr0cd', 'CR0.CD'],
  ['guestHasMtrr', 'CPUID MTRR'],
  ['noncoherentDma', 'non-coherent DMA'],
  ['selfSnoop', 'self-snoop'],
  ['quirks', 'quirks'],
  ['vcnt', 'VCNT'],
];

function switchText(value: boolean | number | readonly string[] | undefined): string {
  if (value === undefined) return 'default';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'number' ? `${value}` : value.join('+') || 'none';
}

function switchChanges(a: Vcpu, b: Vcpu): Change[] {
  return SWITCHES.filter(([key]) => switchText(a[key]) !== switchText(b[key])).map(([key, name]) => ({
    kind: 'switch',
    name,
    text: `${name} ${switchText(a[key])} -> ${switchText(b[key])}`,
    apply: (setup) => ({ ...setup, vcpu: { ...setup.vcpu, [key]: b[key] } }),
  }));
}

function memoryChanges(a: Vcpu, b: Vcpu): Change[] {
  const differs = (key: 'slots' | 'mmio'): boolean => JSON.stringify(a[key]) !== JSON.stringify(b[key]);
  const change = (key: 'slots' | 'mmio', name: string, text: string): Change => ({
    kind: 'memory',
    name,
    text,
    apply: (setup) => ({ ...setup, vcpu: { ...setup.vcpu, [key]: b[key] } }),
  });
  return [
    ...(differs('slots') ? [change('slots', 'slots', 'the memory slots differ')] : []),
    ...(differs('mmio') ? [change('mmio', 'MMIO', 'the ranges that the host backs by MMIO differ')] : []),
  ];
}

/**
 * Everything in which two setups differ. All changes applied to `a` give a setup that answers as `b` does, if
 * both have one address width.
 */
export function changesBetween(a: Setup, b: Setup): readonly Change[] {
  if (frameCount(a.vcpu.maxphyaddr) !== frameCount(b.vcpu.maxphyaddr)) return [];
  return [
    ...policyChanges(a.policy, b.policy),
    ...registerChanges(a.vcpu, b.vcpu),
    ...switchChanges(a.vcpu, b.vcpu),
    ...memoryChanges(a.vcpu, b.vcpu),
  ];
}
