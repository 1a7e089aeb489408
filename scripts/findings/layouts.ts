/** Findings about the layouts alone: what each KVM makes of the MTRRs that real firmware writes. */
import { PRESETS, preset } from '../../src/config/index.ts';
import {
  type Difference,
  type Evaluator,
  type Level,
  type Policy,
  policy,
  type Span,
  typeName,
  type Vcpu,
  type View,
  vcpu,
  vcpuOf,
  WrmsrFault,
} from '../../src/index.ts';

const REGION_2M = 512;
const REGION_1G = 2 ** 18;
const OLD = policy('kvm-5.16');
const SDM = policy('sdm');
/** Firmware of VMs comes first in the list of presets; the rest are real machines. */
const FIRMWARE = [
  'seabios-pc',
  'seabios-q35',
  'ovmf-q35',
  'ovmf-gpu',
  'crosvm',
  'firecracker',
  'cloud-hypervisor',
];

/** The MTRRs of a preset's first vCPU, given to a guest with non-coherent DMA and nothing but memory. */
export interface Layout {
  readonly name: string;
  readonly isReal: boolean;
  readonly guest: Vcpu;
}

/** What KVM before 6.11 makes of a layout, against the manual. */
export interface WrongTypes {
  readonly pages: bigint;
  readonly pairs: readonly { readonly manual: string; readonly kvm: string; readonly pages: bigint }[];
  readonly spans: readonly Difference[];
}

function pairsOf(guest: Vcpu): [number, bigint][] {
  return guest.msrs.map(({ msr, value }) => [msr, value]);
}

/** Every shipped layout as the MTRRs of a vCPU with non-coherent DMA and nothing but memory. */
export function layouts(): Layout[] {
  // Confidential guests have no layout.
  return PRESETS.filter(({ confidential }) => !confidential).map(({ name }) => {
    const first = vcpuOf(preset(name), 0);
    const vcnt = first.vcnt === undefined ? {} : { vcnt: first.vcnt };
    const guest = vcpu({ maxphyaddr: first.maxphyaddr, msrs: pairsOf(first), ...vcnt, noncoherentDma: true });
    return { name, isReal: !FIRMWARE.includes(name), guest };
  });
}

/** Opens a layout under a policy; undefined where KVM refuses one of its registers, as a ninth range. */
function open(evaluator: Evaluator, guest: Vcpu, rules: Policy): View | undefined {
  try {
    return evaluator.view(guest, rules);
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

/** Pages by pair of types for which KVM before 6.11 does not say what the manual says. */
export function wrongTypes(evaluator: Evaluator, { guest }: Layout): WrongTypes {
  const manual = evaluator.view(guest, SDM);
  const kvm = open(evaluator, guest, OLD);
  if (!kvm) return { pages: 0n, pairs: [], spans: [] };
  const comparison = manual.compare(kvm, 'mtrr');
  const pairs = comparison.matrix
    .filter(({ a, b }) => a.type !== b.type)
    .map(({ a, b, pages }) => ({ manual: typeName(a.type!), kvm: typeName(b.type!), pages }));
  const result = { pages: comparison.pages, pairs, spans: [...comparison.spans()] };
  manual.dispose();
  kvm.dispose();
  return result;
}

/** Pages that a policy gives another type than the manual. */
export function typesUnlike(evaluator: Evaluator, { guest }: Layout, rules: Policy): bigint {
  const manual = evaluator.view(guest, SDM);
  const other = open(evaluator, guest, rules);
  const pages = other ? manual.compare(other, 'mtrr').pages : 0n;
  manual.dispose();
  other?.dispose();
  return pages;
}

/** Pages of aligned regions that have one EPT entry type throughout, though the level says that they were split. */
function needless(
  types: readonly Span[],
  levels: readonly Span[],
  region: number,
  isSplit: (level: Level) => boolean,
): number {
  let pages = 0;
  for (const span of types) {
    const start = Math.ceil(span.start / region) * region;
    const end = Math.floor(span.end / region) * region;
    for (const part of levels) {
      if (isSplit(part.level!)) pages += Math.max(0, Math.min(end, part.end) - Math.max(start, part.start));
    }
  }
  return pages;
}

/** What KVM 5.16's consistency check maps smaller than its own types ask for. */
export function needlessSplits(
  evaluator: Evaluator,
  { guest }: Layout,
): { readonly regions2M: number; readonly regions1G: number } {
  const view = open(evaluator, guest, OLD);
  if (!view) return { regions2M: 0, regions1G: 0 };
  const types = [...view.spansOf('ept')];
  const levels = [...view.spansOf('levels')];
  view.dispose();
  return {
    regions2M: needless(types, levels, REGION_2M, (level) => level === 1) / REGION_2M,
    regions1G: needless(types, levels, REGION_1G, (level) => level < 3) / REGION_1G,
  };
}

/** Pages whose EPT type or IPAT changes from one release to the next. */
export function upgrade(
  evaluator: Evaluator,
  { guest }: Layout,
  [from, to]: readonly [string, string],
  noncoherentDma: boolean,
): bigint {
  const { vcnt: _, quirks: __, ...state } = guest;
  const changed = vcpu({ ...state, msrs: pairsOf(guest), noncoherentDma });
  const [a, b] = [open(evaluator, changed, policy(from)), open(evaluator, changed, policy(to))];
  const pages = a && b ? a.compare(b, 'ept').pages : 0n;
  a?.dispose();
  b?.dispose();
  return pages;
}
