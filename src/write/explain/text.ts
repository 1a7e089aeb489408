/** An explanation as text: what decides, rule by rule, and what would change it. */

import type {
  Access,
  Change,
  EntryStory,
  Explanation,
  FrameAnswer,
  HostFacts,
  KnownRegisters,
  KvmStory,
  LinuxStory,
  ManualStory,
} from '../../explain/index.ts';
import { MSR_DEF_TYPE, msrName } from '../../msr/index.ts';
import type { Vendor } from '../../policy/index.ts';
import { overlap } from '../../ranges.ts';
import { type GfnRange, type MtrrType, PAT_TYPES, type PatType, typeName, UC_MINUS } from '../../types.ts';
import { confidentialAssumptions, hostAssumptions } from '../../vm/index.ts';
import { eptText, hexText, levelText } from '../../words.ts';
import { styled } from '../format/ansi.ts';
import { hostFactsLines } from '../host-facts.ts';
import { hostLinuxLines } from './linux-host.ts';
import {
  changesByOutcome,
  foldText,
  knownSuffix,
  knownText,
  obstacleText,
  outcomeText,
  rangeText,
  registerName,
  registerText,
  stepText,
} from './words.ts';

/** What {@link explainLines} takes beside the explanation. */
export interface ExplainTextOptions {
  /** The frames that share the explanation, where more than one. */
  readonly span?: GfnRange;
  /** Whose: `ovmf-q35 vCPU 0-7`. */
  readonly subject: string;
  readonly colour?: boolean;
  /** What a dump says of its machine beside the MTRRs. */
  readonly host?: HostFacts | undefined;
  /** How the registers of a dump are known. */
  readonly known?: KnownRegisters | undefined;
  /** Labels of the sections to tell; default: all. */
  readonly only?: readonly string[];
}

const LABEL_WIDTH = 12;
const TEXT_WIDTH = 108;

/** Lines under one label. */
type Section = readonly [label: string, lines: readonly string[]];

/** Words joined to lines no longer than the text is wide; words are never broken. */
function wrapped(words: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + separator.length + word.length <= width) {
      lines[lines.length - 1] = `${last}${separator}${word}`;
    } else lines.push(word);
  }
  return lines;
}

function missesText(misses: readonly number[]): string[] {
  return misses.length === 0 ? [] : [`no match: ${misses.map((index) => `#${index}`).join(', ')}`];
}

/** What the manual's lookup comes to, in a sentence. */
export function manualVerdict({ rule, type, types, precedence }: ManualStory): string {
  const name = typeName(type);
  if (rule === 'disabled') return 'UC: the MTRRs are off (DEF_TYPE.E=0)';
  if (rule === 'fixed') return `${name}: below 1 MiB the fixed range decides`;
  if (rule === 'default') return `${name}: no variable range matches, the default type`;
  if (rule === 'tom2') return `${name}: no variable range matches, below TOP_MEM2 the default is WB`;
  const collision = types.map(typeName).join(' and ');
  switch (precedence) {
    case 'one-type':
      return `${name}: all ranges that match are ${name}`;
    case 'uc-wins':
      return `UC: ranges of ${collision} overlap, UC wins`;
    case 'wt-over-wb':
      return 'WT: ranges of WT and WB overlap, WT wins';
    default:
      return `undefined: the manual does not say what ${collision} give together`;
  }
}

/** Where the MTRRs are off, the register that says so. */
function enablesText(known: KnownRegisters | undefined): readonly string[] {
  const { enables } = known ?? {};
  return enables ? [`${msrName(MSR_DEF_TYPE)}.E  (MSR ${hexText(MSR_DEF_TYPE)}, ${knownText(enables)})`] : [];
}

function manualSection({ manual, policy }: Explanation, { known }: ExplainTextOptions): Section {
  const registers =
    manual.rule === 'disabled'
      ? enablesText(known)
      : manual.matches.map((match) => registerText(match, known));
  return [policy.traits.mtrrLabel, [manualVerdict(manual), ...registers, ...missesText(manual.misses)]];
}

function kvmVerdict({ rule, type, steps }: KvmStory): string {
  const name = typeName(type);
  const [only, second] = steps;
  if (only && !second) return `${name}: ${registerName(only.register)} alone touches the page`;
  if (rule === 'disabled') return `${name}: the MTRRs are off (DEF_TYPE.E=0)`;
  if (rule === 'fixed') return `${name}: the fixed range decides`;
  return rule === 'default' ? `${name}: no range touches the page, the default type` : name;
}

function kvmSection(
  { kvm, manual, usesMtrr }: Explanation,
  { known }: ExplainTextOptions,
): Section | undefined {
  if (!kvm) return undefined;
  const agrees = kvm.type === manual.type;
  // Where nothing depends on it, the fold is worth telling only if it goes wrong.
  if (!usesMtrr && agrees) return undefined;
  const verdict = `${kvmVerdict(kvm)}${agrees ? '' : `, unlike the manual (${typeName(manual.type)})`}${usesMtrr ? '' : '; not used here'}`;
  const steps =
    kvm.steps.length === 1
      ? []
      : kvm.steps.map(
          ({ register, ...step }) =>
            `${registerText(register).split('  ')[0]}${knownSuffix(register, known)}: ${foldText({ register, ...step })}`,
        );
  const unseen = kvm.unseen
    .map((one) => `${registerName(one)} ${typeName(one.type)}${knownSuffix(one, known)}`)
    .join(', ');
  return ["KVM's fold", [verdict, ...steps, ...(unseen === '' ? [] : [`never looked at: ${unseen}`])]];
}

function slotSection({ level: { slot } }: Explanation): Section {
  if (!slot) return ['slot', ['none: the page is not mapped']];
  const { gfn, count, pfn, readonly, maxLevel } = slot;
  const kind = readonly ? 'read-only' : 'writable';
  const where = `${rangeText({ start: gfn, end: gfn + count })} -> host ${hexText(BigInt(pfn) << 12n)}`;
  return ['slot', [`${where}, ${kind}, up to ${levelText(maxLevel)}`]];
}

function eptSection({ ept, policy, vcpu }: Explanation): Section {
  const result = ept.type === -1 ? 'undefined' : eptText(ept.type, ept.ipat);
  const steps = ept.steps.map(stepText);
  if (vcpu.vendor === 'amd') return ['NPT', steps];
  return ['EPT', policy.flags.ept === 'identity' ? [`${result}: ${steps[0]}`] : [result, ...steps]];
}

function levelSection(
  { level: { level, tries } }: Explanation,
  { known }: ExplainTextOptions,
): Section | undefined {
  if (level === 0) return undefined;
  const lines = tries
    .filter(({ obstacles }) => obstacles.length > 0)
    .flatMap((one) =>
      one.obstacles.map((obstacle, index) => {
        const what = `${levelText(one.level)} ${rangeText(one.region).replace(/ \(.*/, '')}`;
        return `${index === 0 ? `no ${what}` : '   and'}: ${obstacleText(obstacle, known)}`;
      }),
    );
  return ['level', [levelText(level), ...lines]];
}

function entryText({ entry, fields, pfn }: EntryStory, level: number): string[] {
  if (entry === null) return ['none: no type is defined'];
  const one = (name: string) => fields.find((field) => field.name === name)?.value === 1n;
  const flags = fields
    .filter(({ bits, value }) => !bits.includes(':') && value === 1n)
    .map(({ name }) => name);
  const type = fields.find(({ name }) => name === 'memory type');
  const words = [
    ...flags.filter((name) => name !== 'IPAT' && name !== 'large page'),
    ...(type ? [`type ${typeName(Number(type.value))} (5:3)`, `IPAT ${Number(one('IPAT'))} (6)`] : []),
    ...(level > 1 ? [`large page (7)`] : []),
    `host frame ${hexText(pfn)}`,
  ];
  return [hexText(entry), ...wrapped(words, ', ', TEXT_WIDTH - LABEL_WIDTH)];
}

function entrySection({ entry, level }: Explanation): Section | undefined {
  return entry ? ['entry', entryText(entry, level.level)] : undefined;
}

function row(title: string, cells: readonly string[]): string {
  return [title.padEnd(18), ...cells.map((cell) => cell.padEnd(4))].join(' ').trimEnd();
}

const shortName = (type: number): string => (type === -1 ? '?' : typeName(type));

function nestedText(hostType: MtrrType | undefined): string {
  const host = hostType === undefined ? 'not stated' : typeName(hostType);
  return `the PAT type of the guest; UC- is UC unless the host's MTRR is WC (it is ${host})`;
}

function accessSection({ access }: Explanation, { known }: ExplainTextOptions): Section {
  const { rule, byType, byIndex, pat } = access;
  const why = {
    'cr0-cd': 'CR0.CD=1 makes every access UC',
    ipat: 'IPAT: the page tables of the guest do not count',
    combined: 'the entry type and the PAT type combined',
    nested: nestedText(access.hostType),
    undefined: 'undefined, as the MTRR type is',
  }[rule];
  const order: readonly PatType[] = [0, UC_MINUS, 1, 4, 5, 6];
  const sorted = order.map((type) => byType[PAT_TYPES.indexOf(type)]!);
  const open = sorted.filter(({ wasUndefined }) => wasUndefined);
  const lines = [
    why,
    row(
      'PAT type',
      sorted.map((one) => typeName(one.pat)),
    ),
    row(
      'gets',
      sorted.map((one: Access) => shortName(one.type)),
    ),
    row(
      'PAT MSR index',
      byIndex.map((_, index) => `${index}`),
    ),
    row(
      `0x${pat.toString(16).padStart(16, '0')}`,
      byIndex.map((one) => typeName(one.pat)),
    ) + (known?.pat ? `  (${knownText(known.pat)})` : ''),
    row(
      'gets',
      byIndex.map((one) => shortName(one.type)),
    ),
  ];
  return ['access', open.length === 0 ? lines : [...lines, formerlyUndefined(open)]];
}

function formerlyUndefined(open: readonly Access[]): string {
  const cells = open.map(({ pat, type }) => `PAT ${typeName(pat)} -> ${typeName(type)}`).join(', ');
  return `older manuals called these combinations undefined: ${cells}`;
}

/** A confidential guest's. */
function forcedText({ rule, pciHole }: LinuxStory): string {
  const hole = pciHole ? `but the PCI hole ${rangeText(pciHole)}, UC` : 'for there is no PCI hole';
  const why = `it reads no MTRRs and counts all as WB ${hole}`;
  return rule === 'forced-wb' ? `a WB request stays WB: ${why}` : `a WB request becomes UC-: ${why}`;
}

function linuxSection({ linux, manual, access }: Explanation): Section | undefined {
  if (!linux) return undefined;
  const then = access.byType[PAT_TYPES.indexOf(linux.granted)]!.type;
  const gets = `an access gets ${typeName(then)}`;
  if (linux.rule === 'untracked') {
    return ['guest Linux', [`the ISA hole is not tracked: a WB request stays WB; ${gets}`]];
  }
  if (linux.rule === 'forced-wb' || linux.rule === 'forced-uc') {
    return ['guest Linux', [forcedText(linux), gets]];
  }
  const text =
    linux.rule === 'wb-mtrr'
      ? `a WB request stays WB: the MTRR type is WB; ${gets}`
      : `a WB request becomes UC-: the MTRR type is ${typeName(manual.type)}, not WB; ${gets}`;
  return ['guest Linux', [text]];
}

function hostLinuxSection({ hostLinux }: Explanation): Section | undefined {
  return hostLinux && ['host Linux', hostLinuxLines(hostLinux)];
}

/** KeyIDs always, SMRAM where what is told lies in it. */
function factSections({ gfn, vcpu }: Explanation, { host, span }: ExplainTextOptions): readonly Section[] {
  if (!host) return [];
  const { smram } = host;
  const isInside = smram !== undefined && overlap(span ?? { start: gfn, end: gfn + 1 }, smram);
  const shown = isInside ? host : { ...host, smram: undefined };
  return hostFactsLines(shown, vcpu.maxphyaddr).map(([label, text]): Section => [label, [text]]);
}

function outcomeLines(effects: readonly { readonly change: Change; readonly outcome: string }[]): string[] {
  return [...changesByOutcome(effects)].flatMap(([outcome, texts]) => [
    `-> ${outcome}:`,
    ...wrapped(texts, ' | ', TEXT_WIDTH - LABEL_WIDTH - 4).map((line) => `   ${line}`),
  ]);
}

function changesSection({ changes }: Explanation): Section | undefined {
  if (!changes) return undefined;
  if (changes.length === 0) return ['would change', ['nothing: no single change would alter this']];
  const effects = changes.map((effect) => ({ change: effect.change, outcome: outcomeText(effect) }));
  return ['would change', outcomeLines(effects)];
}

/** Worth a section of its own only where the entry does not follow the guest's MTRRs anyway. */
function guestChangesSection({ guestChanges, usesMtrr }: Explanation): Section | undefined {
  if (!guestChanges || guestChanges.length === 0 || usesMtrr) return undefined;
  const effects = guestChanges.map(({ change, type }) => ({
    change,
    outcome: `guest MTRR ${typeName(type)}, the entry as it is`,
  }));
  return ['guest alone', outcomeLines(effects)];
}

function leafTypeText(vendor: Vendor, { type, ipat }: FrameAnswer): string {
  if (vendor === 'amd') return 'NPT, no type';
  return type === -1 ? 'undefined' : eptText(type, ipat);
}

function headline(
  { gfn, policy, answer, pat, level, vcpu }: Explanation,
  { subject, span }: ExplainTextOptions,
): string[] {
  const place =
    span && span.end - span.start > 1
      ? `GPA ${rangeText(span)}, told at its first page`
      : `GPA ${hexText(BigInt(gfn) << 12n)} (gfn ${hexText(gfn)})`;
  const type = leafTypeText(vcpu.vendor, answer);
  const mapped = level.level === 0 ? 'not mapped' : `${levelText(level.level)} page`;
  const access = `${typeName(pat)} access: ${typeName(answer.effective)}`;
  return [`${place}, ${subject}, policy ${policy.name}`, `${type}, ${mapped}, ${access}`];
}

/**
 * Lines that tell an explanation.
 *
 * @example
 * const view = createEvaluatorSync().view(vcpu({ maxphyaddr: 36 }), policy('sdm'));
 * const [first] = explainLines(explain(view, 0x100), { subject: 'guest vCPU 0' });
 * first; // 'GPA 0x100000 (gfn 0x100), guest vCPU 0, policy sdm'
 */
export function* explainLines(
  explanation: Explanation,
  options: ExplainTextOptions,
): Generator<string, void, undefined> {
  const bold = (text: string) => styled('bold', text, options.colour === true);
  const [place, answer] = headline(explanation, options);
  yield bold(place!);
  yield `  ${bold('answer'.padEnd(LABEL_WIDTH))} ${answer}`;
  const sections = [
    slotSection(explanation),
    manualSection(explanation, options),
    ...factSections(explanation, options),
    // Of a machine there is no guest to speak of.
    explanation.hostLinux ? hostLinuxSection(explanation) : linuxSection(explanation),
    kvmSection(explanation, options),
    eptSection(explanation),
    levelSection(explanation, options),
    entrySection(explanation),
    accessSection(explanation, options),
    changesSection(explanation),
    guestChangesSection(explanation),
  ];
  for (const section of sections) {
    if (!section || options.only?.includes(section[0]) === false) continue;
    const [label, lines] = section;
    for (const [index, line] of lines.entries()) {
      yield `  ${index === 0 ? bold(label.padEnd(LABEL_WIDTH)) : ' '.repeat(LABEL_WIDTH)} ${line}`.trimEnd();
    }
  }
  const { policy, vcpu } = explanation;
  const ofGuest = confidentialAssumptions(vcpu.confidential, policy);
  const ofHost = hostAssumptions(vcpu, policy, ['effective', 'leaf']);
  for (const sentence of [...policy.assumptions, ...ofGuest, ...ofHost]) yield `  assumed: ${sentence}`;
}
