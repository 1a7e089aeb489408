/** What follows from a design, in plain words: what breaks, for whom, and what it costs. */
import type {
  Danger,
  DesignResult,
  RefusedVcpus,
  StateDifference,
  WithoutVcpuReason,
  WrongEntries,
} from '../../share/index.ts';
import { countText, hexText, idsText, pagesText, plural } from '../../words.ts';

const REASONS: Readonly<Record<WithoutVcpuReason, string>> = {
  mmio: 'host MMIO is UC',
  'no-noncoherent-dma': 'no non-coherent DMA',
  'mtrr-unused': 'this release uses no guest MTRRs',
  nested: 'nested page tables carry no type, the vCPUs agree by construction',
  'needs-cd-and-mtrr': 'CR0.CD and MTRRs of a vCPU are needed',
  'needs-mtrr': 'MTRRs of a vCPU are needed',
};

/** Why pages can, or cannot, be answered without a vCPU. */
export function withoutVcpuText(reason: WithoutVcpuReason): string {
  return REASONS[reason];
}

/** A register on which vCPUs differ. */
export function differenceText(difference: StateDifference): string {
  switch (difference.kind) {
    case 'msr':
      return `MSR ${hexText(difference.msr)} ${hexText(difference.value)} instead of ${hexText(difference.expected)}`;
    case 'cr0cd':
      return `CR0.CD=${difference.value ? 1 : 0}`;
    case 'guest-has-mtrr':
      return `CPUID ${difference.value ? 'with' : 'without'} MTRR`;
    case 'vcnt':
      return `${difference.value ?? 8} variable ranges`;
  }
}

/** Texts with commas; long lists are cut. */
export function shortList(texts: readonly string[], most: number): string {
  const more = texts.length - most;
  return more > 0 ? `${texts.slice(0, most).join(', ')} and ${more} more` : texts.join(', ');
}

/** Ids in short: long lists are cut. */
export function shortIds(ids: readonly number[]): string {
  return shortList(idsText(ids).split(','), 6);
}

const EFFECTS: Readonly<Record<Danger, string>> = {
  'cacheable-for-uc': 'can be cached that must not be, so that devices and CPUs see stale data',
  'uc-for-cacheable': 'can be uncached that need not be, which is slow and not wrong',
  other: 'can get another type',
  'ipat-only': "can differ in whether the guest's PAT counts",
};

/** What breaks, and for whom: the most pages for any vCPU. */
function breakTexts({ byVcpu }: WrongEntries): readonly string[] {
  return (Object.keys(EFFECTS) as readonly Danger[]).flatMap((danger) => {
    const hit = byVcpu.filter(({ byDanger }) => byDanger[danger] > 0n);
    if (hit.length === 0) return [];
    // Pages fit into a number, whatever they are counted in.
    const most = Math.max(...hit.map(({ byDanger }) => Number(byDanger[danger])));
    const ids = hit.flatMap((one) => one.ids).sort((a, b) => a - b);
    return [`${pagesText(most)} of vCPU ${shortIds(ids)} ${EFFECTS[danger]}`];
  });
}

function differingIds(differing: readonly RefusedVcpus[]): readonly number[] {
  return differing.flatMap(({ ids }) => ids).sort((a, b) => a - b);
}

function uniformText({ refused, withoutEffect }: Extract<DesignResult, { design: 'uniform' }>): string {
  const ids = differingIds(refused);
  const idle = differingIds(withoutEffect);
  const refuses =
    ids.length === 0 ? 'refuses no vCPU' : `refuses ${plural(ids.length, 'vCPU')} (${shortIds(ids)})`;
  if (idle.length === 0) return refuses;
  return `${refuses}; registers of vCPU ${shortIds(idle)} differ without effect on any page that can be mapped`;
}

function roleText(result: Extract<DesignResult, { design: 'role' }>): string {
  const { roles, bits, free, fits, moreRoots, moreBytes, tablePages } = result;
  if (moreRoots === 0) return 'costs nothing: one role is enough';
  const more = tablePages.perRole - tablePages.shared;
  const release = free && (free.isExact ? free.countedIn : `${free.countedIn}, the nearest counted`);
  const room = free
    ? `${plural(bits, 'bit')} of ${free.free} free (${release})${fits ? '' : ': does not fit'}`
    : plural(bits, 'bit');
  return `costs ${plural(moreRoots, 'more root')}, ${plural(more, 'more table page')} (${pagesText(moreBytes >> 12n)}); ${plural(roles, 'role')}, ${room}`;
}

/** What a design takes, beside what it gets wrong. */
export function costText(result: DesignResult): string {
  switch (result.design) {
    case 'first-fault':
      return 'costs nothing';
    case 'vcpu0':
      return `vCPU ${result.id} decides for all, its writes alone zap`;
    case 'role':
      return roleText(result);
    case 'uniform':
      return uniformText(result);
    case 'max-cd':
      return result.on ? 'a vCPU has CR0.CD=1, which counts for all' : 'no vCPU has CR0.CD=1';
    case 'zap-on-cd':
    case 'fine-zap':
      return 'other zaps than first-fault (see replay --design)';
    case 'try-without-vcpu':
      return result.parts
        .map(({ reason, pages }) => `${pagesText(pages)}: ${withoutVcpuText(reason)}`)
        .join('; ');
  }
}

/** What follows from a design, in a line. */
export function consequenceText(result: DesignResult): string {
  const wrong = result.design === 'first-fault' ? result.anyOrder : result.wrong;
  const breaks = breakTexts(wrong);
  const isAsFirstFault = ['zap-on-cd', 'fine-zap', 'try-without-vcpu'].includes(result.design);
  const broken = isAsFirstFault ? 'breaks what first-fault breaks' : breaks.join('; ');
  const what = breaks.length > 0 ? broken : 'nothing breaks';
  return `${result.design}: ${what}; ${costText(result)}`;
}

/** Registers that keep a vCPU from being like the first. */
export function refusedTexts(refused: readonly RefusedVcpus[], limit: number): readonly string[] {
  const lines = refused.slice(0, limit).map(({ ids, differences, pages }) => {
    const effect = pages === 0n ? 'no page differs' : `${countText(pages)} pages differ`;
    return `vCPU ${shortIds(ids)}: ${shortList(differences.map(differenceText), 3)}; ${effect}`;
  });
  const more = refused.length - lines.length;
  return more > 0 ? [...lines, `... and ${countText(more)} more states`] : lines;
}
