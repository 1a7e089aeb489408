/** The words of an explanation: registers, changes, obstacles, outcomes. */
import type {
  BranchStep,
  Change,
  ChangeEffect,
  FoldStep,
  KnownRegisters,
  LevelObstacle,
  PatReason,
  RegisterMatch,
} from '../../explain/index.ts';
import { shortMsrName } from '../../msr/index.ts';
import type { GfnRange } from '../../types.ts';
import { typeName } from '../../types.ts';
import type { Evidence } from '../../vm/index.ts';
import { addresses, eptText, hexText, idsText, levelText, pagesText } from '../../words.ts';

/** Inclusive addresses and size: `0xa0000-0xbffff (128K)`. */
export function rangeText({ start, end }: GfnRange): string {
  return `${addresses({ start, end })} (${pagesText(end - start)})`;
}

/** A register in short: `#1`, `FIX16K_A0000[2]`, `default`. */
export function registerName({ kind, index, name, byte, msrs }: RegisterMatch): string {
  if (kind === 'variable') return `#${index}`;
  if (kind === 'fixed') return `${msrs.map(shortMsrName).join()}[${byte}]`;
  return kind === 'default' ? 'default type' : name;
}

/** How something is known, in short: `read at boot.log:12`, `inferred`. */
export function knownText({ level, at }: Evidence): string {
  const isInText = level === 'read' || level === 'torn';
  return at && isInText ? `${level} at ${at.file}:${at.line}` : level;
}

/** The same behind a register, in brackets; empty where nothing was read. */
export function knownSuffix(register: RegisterMatch, known: KnownRegisters | undefined): string {
  const evidence = known?.of(register);
  return evidence ? ` (${knownText(evidence)})` : '';
}

/**
 * A register with all that it says.
 *
 * @param match - the register
 * @param known - how the registers of a dump are known
 */
export function registerText(match: RegisterMatch, known?: KnownRegisters): string {
  const { kind, type, range, msrs } = match;
  const evidence = known?.of(match);
  const numbers = msrs.map((msr) => hexText(msr)).join('/') + (evidence ? `, ${knownText(evidence)}` : '');
  switch (kind) {
    case 'variable': {
      const holes = match.hasHoles ? ', mask with holes' : '';
      return `#${match.index} ${typeName(type)} ${rangeText(range)}  base ${hexText(match.base!)} mask ${hexText(match.mask!)} (MSR ${numbers}${holes})`;
    }
    case 'fixed':
      return `${match.name} byte ${match.byte} ${typeName(type)} ${rangeText(range)}  (MSR ${numbers})`;
    case 'tom2':
      return `TOP_MEM2 ${typeName(type)} ${rangeText(range)}  SYSCFG.Tom2ForceMemTypeWB (MSR ${numbers})`;
    default:
      return `default type ${typeName(type)}  IA32_MTRR_DEF_TYPE (MSR ${numbers})`;
  }
}

/** What a step of KVM's fold did. */
export function foldText({ rule, type }: FoldStep): string {
  switch (rule) {
    case 'first':
      return `first: ${typeName(type)}`;
    case 'same':
      return 'the same: go on';
    case 'uc-stops':
      return 'UC: stop';
    case 'wb-with-wt':
      return 'WB with WT: WT, go on';
    default:
      return 'any other pair: WB, stop';
  }
}

const PAT_REASONS: Readonly<Record<PatReason, string>> = {
  always: 'WB + IPAT, always',
  'self-snoop': 'WB, guest PAT honoured since the CPU has self-snoop',
  'no-self-snoop': 'WB + IPAT since the CPU lacks self-snoop',
  'quirk-on': 'WB + IPAT since quirk ignore-guest-pat is on',
  'quirk-off': 'WB, guest PAT honoured since quirk ignore-guest-pat is off',
  'quirk-stuck-without-self-snoop':
    'WB + IPAT: without self-snoop the quirk ignore-guest-pat cannot be turned off',
};

function findingOf({ question, applies, patReason, quirkOn, isIgnored }: BranchStep): string {
  switch (question) {
    case 'nested':
      return "an AMD host's leaves carry no type: the host's PAT entry 0, WB, and the guest's PAT counts";
    case 'identity':
      return 'the MTRR type as it is, IPAT clear';
    case 'host-mmio':
      return applies ? 'host MMIO page: UC, IPAT clear' : 'host MMIO page? no';
    case 'no-noncoherent-dma':
      return applies
        ? `no non-coherent DMA: ${PAT_REASONS[patReason!]}`
        : 'no non-coherent DMA? no, the VM has it';
    case 'cr0-cd':
      if (!applies) return isIgnored ? 'CR0.CD=1? no longer looked at' : 'CR0.CD=1? no';
      return `CR0.CD=1, quirk cd-nw-cleared ${quirkOn ? 'on' : 'off'}`;
    case 'guest-mtrr':
      return applies ? "the guest's MTRR type, IPAT clear" : "guest's MTRR type? no longer used";
    default:
      return 'else: WB, IPAT clear';
  }
}

/** A question of the policy, what was found, and its commits. */
export function stepText(step: BranchStep): string {
  const commits = step.commits.map(({ id, since }) => `${id}, ${since}`).join('; ');
  return `${findingOf(step)}${commits === '' ? '' : `  [${commits}]`}`;
}

/** Longest list of registers on a line. */
const LIST_WIDTH = 70;

/** Fixed ranges of one type that follow on are told as one. */
function runsOfFixed(registers: readonly RegisterMatch[]): readonly RegisterMatch[] {
  const runs: RegisterMatch[] = [];
  for (const register of registers) {
    const last = runs.at(-1);
    const joins = last?.kind === 'fixed' && register.kind === 'fixed' && last.type === register.type;
    if (joins) runs[runs.length - 1] = { ...last, range: { ...last.range, end: register.range.end } };
    else runs.push(register);
  }
  return runs;
}

/** `#1 WB`, with its level where no line says it. */
function listedRegister(one: RegisterMatch, known: KnownRegisters | undefined): string {
  const name = one.kind === 'fixed' ? `fixed ${rangeText(one.range).replace(/ .*/, '')}` : registerName(one);
  const evidence = known?.of(one);
  const level = evidence && evidence.level !== 'read' ? ` (${evidence.level})` : '';
  return `${name} ${typeName(one.type)}${level}`;
}

function registerList(registers: readonly RegisterMatch[], known: KnownRegisters | undefined): string {
  const runs = runsOfFixed(registers);
  const words: string[] = [];
  for (const one of runs) {
    const word = listedRegister(one, known);
    if (words.length > 0 && words.join(', ').length + word.length > LIST_WIDTH) break;
    words.push(word);
  }
  const rest = runs.length - words.length;
  return words.join(', ') + (rest > 0 ? `, ${rest} more` : '');
}

/** What keeps a page from being larger. */
export function obstacleText(obstacle: LevelObstacle, known?: KnownRegisters): string {
  switch (obstacle.kind) {
    case 'slot-edge': {
      const { gfn, count } = obstacle.slot;
      return `leaves the slot ${rangeText({ start: gfn, end: gfn + count })}`;
    }
    case 'slot-max-level':
      return `the slot's largest level is ${levelText(obstacle.maxLevel)}`;
    case 'not-congruent':
      return `GFN and PFN are not congruent (offsets ${hexText(obstacle.gfnOffset)} and ${hexText(obstacle.pfnOffset)} pages)`;
    case 'mmio-mixed':
      return `host MMIO in a part of it: ${obstacle.ranges.slice(0, 2).map(rangeText).join(', ')}`;
    case 'mmio-4k':
      return 'host MMIO, which this release maps by 4K pages alone';
    case 'types-differ': {
      const at = hexText(BigInt(obstacle.at) << 12n);
      return obstacle.type === obstacle.other
        ? `the type is undefined at ${at}`
        : `${typeName(obstacle.type)} becomes ${typeName(obstacle.other)} at ${at}`;
    }
    case 'types-mixed': {
      const alarm = obstacle.isFalseAlarm ? '; a false alarm: all its pages have one type' : '';
      return `MTRR check: types mixed, ${registerList(obstacle.registers, known)}${alarm}`;
    }
    default: {
      const { type, defaultType, registers, isFalseAlarm } = obstacle;
      const why = isFalseAlarm ? 'a false alarm: all its pages have one type' : 'the rest is default';
      return `MTRR check: a gap in ${registerList(registers, known)} (${typeName(type)} against default ${typeName(defaultType)}); ${why}`;
    }
  }
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}

/** A change in words. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case 'quirk':
      return `quirk ${change.quirk} ${onOff(change.on)}`;
    case 'noncoherent-dma':
      return `non-coherent DMA ${onOff(change.on)}`;
    case 'self-snoop':
      return change.on ? 'host with self-snoop' : 'host without self-snoop';
    case 'cr0-cd':
      return `CR0.CD=${Number(change.on)}`;
    case 'guest-has-mtrr':
      return change.on ? 'guest CPUID with MTRR' : 'guest CPUID without MTRR';
    case 'variable-range':
      return `variable #${change.index} ${onOff(change.on)}`;
    case 'register-bit':
      return `${change.bit}=${Number(change.on)}`;
    case 'register-reset':
      return `${shortMsrName(change.msr)}=0`;
    case 'host-mmio':
      return change.on ? 'this page host MMIO' : `host RAM at ${rangeText(change.range)}`;
    case 'policy':
      return `policy ${change.name}`;
    case 'vendor':
      return 'an Intel host';
    default:
      return `vCPU ${idsText(change.ids)}`;
  }
}

/** What a change leads to: the parts of the answer that differ. */
export function outcomeText({ differs, answer, fault }: ChangeEffect): string {
  if (!answer) return `refused: #GP on WRMSR ${hexText(fault!.msr)} <- ${hexText(fault!.value)}`;
  const parts: string[] = [];
  if (differs.includes('ept')) parts.push(`EPT ${eptText(answer.type, answer.ipat)}`);
  if (differs.includes('effective')) parts.push(`access ${typeName(answer.effective)}`);
  if (differs.includes('level'))
    parts.push(answer.level === 0 ? 'not mapped' : `${levelText(answer.level)} page`);
  return parts.join(', ');
}

/** Changes by outcome, outcomes in the order in which they first appear, vCPUs of one outcome joined. */
export function changesByOutcome(
  effects: readonly { readonly change: Change; readonly outcome: string }[],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, { texts: string[]; ids: number[] }>();
  for (const { change, outcome } of effects) {
    const group = groups.get(outcome) ?? { texts: [], ids: [] };
    groups.set(outcome, group);
    if (change.kind === 'vcpu') group.ids.push(...change.ids);
    else group.texts.push(changeText(change));
  }
  return new Map(
    [...groups].map(([outcome, { texts, ids }]) => [
      outcome,
      ids.length > 0 ? [...texts, `vCPU ${idsText(ids)}`] : texts,
    ]),
  );
}
