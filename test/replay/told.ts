/** What following a trace comes to, as lines: each departure with its entries and its line, each trouble word for word. */
import { type Evaluator, vm } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import {
  type Departure,
  type Followed,
  type FollowedEntry,
  followTrace,
  type ReplayEvent,
} from '../../src/replay/index.ts';
import { Lines, leaf, NONE, REMOVED } from './lines.ts';

const WB = 6;

/** 16 pages by 4K, and 4 MiB at 1 GiB by 2M; WB by default. */
const GUEST = vm({
  maxphyaddr: 40,
  noncoherentDma: true,
  policy: policyFromText('kvm-6.10'),
  slots: [
    { gfn: 0, count: 16, pfn: 0x40000, maxLevel: 1 },
    { gfn: 0x40000, count: 1024, pfn: 0x80000, maxLevel: 2 },
  ],
  vcpus: [{ msrs: { 0x2ff: 0x806n } }],
});

/** A write. */
export const touch = (start: number, end = start + 1, vcpu = 0): ReplayEvent => ({
  kind: 'touch',
  vcpu,
  range: { start, end },
  access: 'write',
});
/** What the VMM gives vCPU 0. */
export const defType = (value: bigint): ReplayEvent => ({
  kind: 'wrmsr',
  vcpu: 0,
  msr: 0x2ff,
  value,
  by: 'vmm',
});
const entryText = ({ level, type, ipat }: FollowedEntry): string => `${level}:${type}${ipat ? '+ipat' : ''}`;
const side = (entries: readonly FollowedEntry[]): string => entries.map(entryText).join(' ') || '-';
const departureText = ({ kind, space, start, end, before, expected, found, line }: Departure): string =>
  `${kind} ${space}: ${start.toString(16)}-${end.toString(16)} ${side(before)}, expected ${side(expected)}, found ${side(found)}${line === undefined ? '' : `, line ${line}`}`;

/** Everything that was said of a trace, but for the steps that agree. */
export function told(events: readonly ReplayEvent[], lines: Lines, evaluator: Evaluator): readonly string[] {
  const { departure, trouble, steps }: Followed = followTrace(GUEST, events, lines.all, { evaluator });
  return [
    `${steps.length} steps`,
    ...(departure ? [`step ${departure.step}`, ...departure.departures.map(departureText)] : []),
    ...(trouble ? [`${trouble.kind}, line ${trouble.line}: ${trouble.message}`, trouble.remedy] : []),
  ];
}

/** Lines of entries that come and go. */
export const large = (lines: Lines, type = WB, gfn = 0x40000): Lines =>
  lines.change(gfn, 2, NONE, leaf(gfn, 2, type));
export const small = (lines: Lines, gfn: number, type = WB): Lines =>
  lines.change(gfn, 1, NONE, leaf(gfn, 1, type));
export const gone = (lines: Lines, gfn = 0x40000, level = 2, type = WB): Lines =>
  lines.change(gfn, level, leaf(gfn, level, type), REMOVED);
export const begun = (): Lines => large(new Lines().step(1));
