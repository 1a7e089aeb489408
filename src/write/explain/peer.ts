/** How another system comes to its type, as text and as JSON. */

import type { KnownRegisters, ManualStory, PeerStory, RegisterMatch, XenEntry } from '../../explain/index.ts';
import { PEERS, type Policy, XEN_EPT_PEER } from '../../policy/index.ts';
import { type GfnRange, typeName } from '../../types.ts';
import { eptText, hexText } from '../../words.ts';
import { styled } from '../format/ansi.ts';
import type { JsonValue } from '../format/column.ts';
import { evidenceJson } from '../json/basis.ts';
import { addressJson, rangeJson } from '../json/vocabulary.ts';
import { manualVerdict } from './text.ts';
import { knownSuffix, rangeText, registerText } from './words.ts';

/** A story with its place. */
export interface ToldPeer {
  readonly story: PeerStory;
  readonly policy: Policy;
  /** The frames that get this type; the story is that of the first. */
  readonly span: GfnRange;
  /** Whose: `ovmf-q35 vCPU 0-7`. */
  readonly subject: string;
  /** Ids of the vCPUs. */
  readonly vcpus: readonly number[];
  /** How the registers of a dump are known. */
  readonly known?: KnownRegisters | undefined;
}

const LABEL_WIDTH = 12;

function verdict({ rule, type, steps }: PeerStory): string {
  const name = typeName(type);
  switch (rule) {
    case 'disabled':
      return type === -1
        ? 'no answer while the MTRRs are off (DEF_TYPE.E=0)'
        : `${name}: the MTRRs are off (DEF_TYPE.E=0)`;
    case 'first-mib':
      return `${name}: all of the first MiB, whatever its fixed ranges say`;
    case 'fixed':
      return `${name}: below 1 MiB the fixed range decides`;
    case 'tom2':
      return `${name}: below TOP_MEM2, whatever the variable ranges say`;
    case 'default':
      return `${name}: no range ${steps.length > 0 ? 'that covers the page counts' : 'covers the page'}, the default type`;
    default:
      return steps.length === 1
        ? `${name}: one range covers the page`
        : `${name}: of the ranges in register order`;
  }
}

function stepText(
  { register, type, isLast }: PeerStory['steps'][number],
  index: number,
  known: KnownRegisters | undefined,
): string {
  const what = `${registerText(register).split('  ')[0]}${knownSuffix(register, known)}`;
  const end = isLast ? ', the search ends' : '';
  if (type === undefined) return `${what}: does not count`;
  return `${what}: ${index === 0 ? 'first' : 'then'} ${typeName(type)}${end}`;
}

function missesText(misses: readonly number[]): string[] {
  return misses.length === 0 ? [] : [`no match: ${misses.map((index) => `#${index}`).join(', ')}`];
}

function manualLines(manual: ManualStory, known: KnownRegisters | undefined): string[] {
  const matches = manual.rule === 'disabled' ? [] : manual.matches;
  return [manualVerdict(manual), ...matches.map((match) => registerText(match, known))];
}

const ENTRY_TEXTS: Readonly<Record<XenEntry['rule'], string>> = {
  mmio: 'direct MMIO of a passed-through device, UC',
  'no-device': 'no device is passed through: WB, the PAT of the guest ignored',
  merged: "the guest's MTRR type merged with the host's",
};

function* entryLines({ rule, type, ipat, host }: XenEntry): Generator<string, void, undefined> {
  const unknown = rule === 'merged' && !host ? ', taken to be the same' : '';
  yield `${eptText(type, ipat)}: ${ENTRY_TEXTS[rule]}${unknown}`;
  if (!host) return;
  yield `host frame ${hexText(host.pfn)} is ${typeName(host.type)} by the host's own MTRRs`;
  yield* host.matches.map((match) => registerText(match));
}

function answerText({ type, entry }: PeerStory): string {
  if (entry) return eptText(entry.type, entry.ipat);
  return type === -1 ? 'none' : typeName(type);
}

/**
 * Lines that tell how a peer comes to its type.
 *
 * @param told - the story and its place
 * @param colour - whether labels are bold
 */
export function* peerLines(told: ToldPeer, colour: boolean): Generator<string, void, undefined> {
  const { story, policy, span, subject, known } = told;
  const bold = (text: string) => styled('bold', text, colour);
  const isOne = span.end - span.start === 1;
  const first = `GPA ${hexText(BigInt(story.gfn) << 12n)} (gfn ${hexText(story.gfn)})`;
  yield bold(
    `${isOne ? first : `GPA ${rangeText(span)}, told at its first page`}, ${subject}, policy ${policy.name}`,
  );
  const { type } = story.entry ?? story;
  const unlike = type === story.manual.type ? '' : `, unlike the manual (${typeName(story.manual.type)})`;
  const title = [...PEERS, XEN_EPT_PEER].find(({ name }) => name === policy.name)?.title ?? policy.name;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['answer', [`${answerText(story)}${unlike}`]],
    ...(story.entry ? [['EPT', [...entryLines(story.entry)]] as const] : []),
    [
      'peer',
      [
        verdict(story),
        ...(story.match && story.rule !== 'disabled' ? [registerText(story.match, known)] : []),
        ...story.steps.map((step, index) => stepText(step, index, known)),
        ...missesText(story.misses),
      ],
    ],
    ['manual', manualLines(story.manual, known)],
    ['who', [title, `docs/policies/${policy.name}.md: its rules, and where they differ`]],
  ];
  for (const [label, lines] of sections) {
    for (const [index, line] of lines.entries()) {
      yield `  ${index === 0 ? bold(label.padEnd(LABEL_WIDTH)) : ' '.repeat(LABEL_WIDTH)} ${line}`;
    }
  }
}

/** A told story as a JSON value, in the place of an explanation in `eptsweep/explain@2`. */
export function peerJson({ story, span, vcpus, known }: ToldPeer): JsonValue {
  const evidenceOf = (register: RegisterMatch) => {
    const evidence = known?.of(register);
    return evidence && { evidence: evidenceJson(evidence) };
  };
  const { gfn, type, rule, match, steps, misses, manual, entry } = story;
  return {
    gpa: addressJson(gfn),
    gfn,
    range: rangeJson(span),
    vcpus,
    answer: {
      type: typeName(entry?.type ?? type),
      ...(entry && { ipat: entry.ipat === 1, rule: entry.rule }),
      ...(entry?.host && { host: { pfn: entry.host.pfn, type: typeName(entry.host.type) } }),
    },
    peer: {
      rule,
      ...(match && { register: match.name, ...evidenceOf(match) }),
      steps: steps.map((step) => ({
        register: step.register.name,
        sees: typeName(step.register.type),
        type: step.type === undefined ? null : typeName(step.type),
        isLast: step.isLast,
        ...evidenceOf(step.register),
      })),
      misses,
    },
    mtrr: { manual: { type: typeName(manual.type), rule: manual.rule } },
  };
}
