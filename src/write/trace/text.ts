/** What came of a trace, for people. */

import { type Author, chosenPolicy, decodeEntry, type TraceReport } from '../../trace/index.ts';
import { countText, hexText, plural } from '../../words.ts';
import { styled } from '../format/ansi.ts';
import { type TextStyle, tableLines } from '../format/table.ts';
import {
  causesText,
  decodedText,
  distinctionText,
  expectationText,
  leafText,
  pageText,
  policiesText,
  STRETCH_TABLE,
  saidText,
} from './words.ts';

/** How it is printed. */
export interface TraceTextOptions extends TextStyle {
  /** Stretches that are listed. */
  readonly limit: number;
}

const LABEL = 11;
const OUTSIDE_TEXTS = {
  'nested-paging':
    "these are nested page tables of an AMD host: they carry no EPT memory type, and AMD combines the guest's PAT with the host's MTRRs",
  'shadow-paging':
    'these are shadow page tables (EPT is off, or not used for this guest): they carry no EPT memory type',
} as const;

function* labelled(label: string, lines: readonly string[]): Generator<string> {
  for (const [at, line] of lines.entries())
    yield `${(at === 0 ? label : '').padEnd(LABEL)} ${line}`.trimEnd();
}

function whoText({ vcpus: { count, states, judged, named } }: TraceReport): string {
  const who = count === 1 ? '1 vCPU' : plural(count, 'vCPU');
  if (named !== undefined && states > 1) return `${who}, held against ${named}`;
  if (states === 1) return who;
  const some = judged < states ? `the first ${judged} of ` : '';
  return `${who} in ${some}${states} states: right is what any of them gives`;
}

function kindsText({ tally }: TraceReport): string {
  const kinds = [
    [tally.kind('leaf'), tally.kind('leaf') === 1 ? 'leaf' : 'leaves'],
    [tally.kind('non-leaf'), 'non-leaf'],
    [tally.kind('not-present'), 'not present'],
    [tally.kind('removed'), 'removed'],
    [tally.kind('mmio'), 'MMIO (no slot)'],
  ] as const;
  const some = kinds.filter(([count]) => count > 0).map(([count, name]) => `${countText(count)} ${name}`);
  return `${countText(tally.entries)}${some.length > 0 ? `: ${some.join(', ')}` : ''}`;
}

/** What was there and not judged. */
function* noteLines({ source, tally, apicPages }: TraceReport): Generator<string> {
  if (tally.smm > 0)
    yield `${plural(tally.smm, 'entry', 'entries')} of address space 1, SMM's: counted, not judged`;
  if (source.foreignEntries > 0) {
    yield `${plural(source.foreignEntries, 'walk')} through the guest's own page tables, no EPT: not judged`;
  }
  if (source.splits > 0)
    yield `${plural(source.splits, 'large entry', 'large entries')} split: 512 children each, with the type of the whole`;
  if (source.otherEvents > 0) yield `${plural(source.otherEvents, 'other event')} skipped`;
  if (source.lostEvents > 0)
    yield `${plural(source.lostEvents, 'event')} lost by the recorder: record with larger buffers`;
  const { truncated, overlong } = source;
  if (truncated.first) {
    const { line, text } = truncated.first;
    yield `${plural(truncated.count, 'line')} cut off or unreadable, the first is ${source.file}:${line}: ${text}`;
  }
  if (overlong.first) {
    yield `${plural(overlong.count, 'line')} ${overlong.first.text}, skipped; the first is ${source.file}:${overlong.first.line}`;
  }
  if (apicPages > 0)
    yield `${plural(apicPages, 'entry', 'entries')} of KVM's own APIC page (0xfee00000), which needs no slot`;
}

/** Leaves that say less than they could, all of it legal. */
function* legalLines({ tally, fits }: TraceReport): Generator<string> {
  const open = fits[0]?.candidate.undefinedTypes ?? 0;
  if (open > 0)
    yield `${plural(open, 'leaf', 'leaves')} where the manual leaves the type undefined: not judged`;
  if (tally.writeProtected > 0)
    yield `${countText(tally.writeProtected)} write-protected (dirty logging, read-only memory)`;
  if (tally.notExecutable > 0) yield `${countText(tally.notExecutable)} not executable (NX huge pages, MBEC)`;
  if (tally.executeOnly > 0)
    yield `${countText(tally.executeOnly)} execute-only: legal only where the CPU has it`;
  if (tally.accessTracked > 0)
    yield `${countText(tally.accessTracked)} access-tracked (hardware without A/D bits)`;
}

const SOFTWARE_TEXTS: Readonly<Record<NonNullable<Author['software']>, string>> = {
  'before-5.13': ', host-writable and MMU-writable in bits 10 and 11: before 5.13',
  'since-5.13': '',
  'since-7.2': ', host-writable and MMU-writable in bits 53 and 55: 7.2 or later',
};

/** What the entries show of the release that wrote them. */
function authorText({ software, suppressesVe }: Author): string {
  if (software && software !== 'since-5.13') return SOFTWARE_TEXTS[software];
  if (suppressesVe === undefined) return '';
  return suppressesVe
    ? ', all with bit 63 (suppress #VE): 6.10 or later'
    : ', none with bit 63 (suppress #VE): before 6.10';
}

function* fitLines(report: TraceReport): Generator<string> {
  const { fits, best, distinctions, author, refused, isNamed } = report;
  if (isNamed) return;
  const rows = fits.map(({ policies, ruledOut, wrong }) => ({
    wrong: `${countText(wrong)} wrong`,
    text: policies.length > 0 ? policiesText(policies, false) : policiesText(ruledOut, false),
    isRuledOut: policies.length === 0,
  }));
  const width = Math.max(...rows.map(({ wrong }) => wrong.length));
  yield* labelled(
    'policies',
    rows.map(
      ({ wrong, text, isRuledOut }) =>
        `${wrong.padStart(width)}  ${text}${isRuledOut ? '  (their layout speaks against: see below)' : ''}`,
    ),
  );
  const ruledOut = fits.some((fit) => fit.ruledOut.length > 0);
  if (ruledOut && author.isKvm) {
    yield* labelled('', [`these are KVM's entries${authorText(author)}`]);
  }
  if (refused.length > 0) yield* labelled('', [`left out, a register is refused: ${refused.join(', ')}`]);
  if (best.length > 1) {
    yield* labelled('', ['several fit equally; what would tell them apart:']);
    const texts = distinctions.map(distinctionText);
    yield* labelled('', texts.length > 0 ? texts : ['nothing that an EPT entry of this VM could show']);
  } else if ((best[0]?.policies.length ?? 0) > 1) {
    yield* labelled('', ['these answer alike for every page of this VM']);
  }
}

function chosenText({ fits }: TraceReport): string {
  return chosenPolicy(fits[0]!).name;
}

function* firstLines(report: TraceReport): Generator<string> {
  const first = report.fits[0]!.candidate.findings.first;
  if (!first) return;
  const { source, config, why, vcpus } = report;
  const vcpu = vcpus.named === undefined ? '' : ` --vcpu ${vcpus.named}`;
  const { line, gfn, level, entry, causes, found } = first;
  const where = hexText(BigInt(gfn) << 12n);
  yield* labelled('first', [
    `${source.file}:${line}: GPA ${where} (gfn ${hexText(gfn)}), ${pageText(level)} entry ${hexText(entry)}`,
    `${causesText(causes)}: ${saidText(found, causes)}, ${expectationText(first)}`,
    decodedText(decodeEntry(entry, level, chosenPolicy(report.fits[0]!).flags.leaf)),
    ...why,
    `more: eptsweep explain ${config} ${where} --policy ${chosenText(report)}${vcpu}`,
  ]);
}

/** Where most entries differ in IPAT, the config rather than KVM is wrong. */
function* hintLines({ tally, fits }: TraceReport): Generator<string> {
  const { findings } = fits[0]!.candidate;
  const ipat = findings.causes().find(({ id }) => id === 'ipat');
  if (!ipat || ipat.entries * 2 < tally.kind('leaf') || chosenPolicy(fits[0]!).flags.ept !== 'kvm') return;
  const clear = tally.leaves().reduce((sum, one) => sum + (one.ipat === 0 ? one.entries : 0), 0);
  yield clear * 2 > tally.kind('leaf')
    ? 'most leaves have IPAT clear: does the VM have non-coherent DMA (a passed-through device), or the quirk ignore-guest-pat off?'
    : 'most leaves have IPAT set: is there really non-coherent DMA, as the config says?';
}

function* wrongLines(report: TraceReport, { limit, ...style }: TraceTextOptions): Generator<string> {
  const { findings } = report.fits[0]!.candidate;
  const causes = findings.causes();
  yield '';
  yield* firstLines(report);
  yield '';
  const width = Math.max(...causes.map(({ id }) => id.length));
  for (const { id, title, entries, stretches, pages } of causes) {
    yield `${id.padEnd(width)}  ${plural(entries, 'entry', 'entries')} in ${plural(stretches, 'stretch', 'stretches')}, ${plural(pages, 'page')}: ${title}`;
  }
  yield* hintLines(report);
  yield '';
  const stretches = findings.stretches();
  yield* tableLines(STRETCH_TABLE, stretches.slice(0, limit), style);
  if (stretches.length > limit) {
    yield `... ${countText(stretches.length - limit)} more stretches; --limit lists more`;
  }
  if (findings.dropped > 0) {
    yield `... and ${plural(findings.dropped, 'entry', 'entries')} in stretches too many to keep`;
  }
}

function verdict(report: TraceReport): string {
  const { tally, fits, source } = report;
  const judged = tally.kind('leaf');
  const wrong = fits[0]!.candidate.findings.entries;
  const lost = source.truncated.count > 0 ? ' that could be read' : '';
  if (wrong === 0 && judged === 0) return 'nothing to judge: no leaf entry';
  if (wrong === 0)
    return `no mismatch: ${plural(judged, 'leaf', 'leaves')}${lost}, right under ${chosenText(report)}`;
  return `${plural(wrong, 'entry', 'entries')} WRONG under ${chosenText(report)}`;
}

/** Lines for people. */
export function* traceLines(
  report: TraceReport,
  options: TraceTextOptions,
): Generator<string, void, undefined> {
  const { source, name, maxphyaddr, tally, outside, statesSlots, isNamed } = report;
  const bold = (text: string) => styled('bold', text, options.colour === true);
  const policy = isNamed ? `policy ${chosenText(report)}` : 'no policy named: all are tried';
  yield `${name}: ${policy}, ${whoText(report)}, ${maxphyaddr} address bits`;
  yield `${source.file}: ${source.format}, ${plural(source.lines, 'line')}`;
  yield '';
  yield* labelled('entries', [kindsText(report), ...noteLines(report)]);
  const leaves = tally.leaves().map(leafText);
  if (outside) {
    yield '';
    yield bold(`outside of the model: ${OUTSIDE_TEXTS[outside]}; nothing was judged`);
    return;
  }
  if (leaves.length > 0) yield* labelled('leaves', [...leaves, ...legalLines(report)]);
  yield* labelled('assumed', [
    "the config's registers, devices and slots hold for the whole trace",
    ...(statesSlots ? [] : ['memory everywhere: the config states no slots']),
  ]);
  yield* fitLines(report);
  const { findings } = report.fits[0]!.candidate;
  if (findings.entries > 0) yield* wrongLines(report, options);
  yield '';
  yield bold(verdict(report));
}
