/** What a page shows first, for each command that writes one. */
import type { Policy } from '../../policy/index.ts';
import { type GfnRange, type PatType, typeName, type Want } from '../../types.ts';
import { frameCount, type Vm, vcpuGroups } from '../../vm/index.ts';
import type { Embedded } from '../../write/page/embedded.ts';
import { vmConfigLines } from '../../write/registers/vm-config.ts';
import { UsageError } from '../output/exit.ts';
import type { PageInput } from './page-input.ts';

type Lanes = NonNullable<Embedded['lanes']>;

/** What of the answers the page repeats. */
export interface Shown {
  readonly policy: Policy;
  /** Id of the vCPU; undefined: the first. */
  readonly vcpu?: number | undefined;
  readonly range?: GfnRange;
  readonly want?: Want | undefined;
  readonly pat?: PatType;
}

/** The range, where it is not all of the space. */
function partOf(vm: Vm, range: GfnRange | undefined): Pick<Embedded, 'range'> {
  const isWhole = range === undefined || (range.start === 0 && range.end === frameCount(vm.maxphyaddr));
  return isWhole ? {} : { range: { start: range.start, end: range.end } };
}

function laneOf({ policy, vcpu }: Shown): Lanes[number] {
  return { policy: policy.name, ...(vcpu !== undefined && { vcpu }) };
}

/**
 * `map -f html`.
 *
 * @param vcpus - ids, a lane each; none: the first vCPU, unnamed
 */
export function mapPage(
  { opened, embedded }: PageInput,
  shown: Shown,
  vcpus: readonly number[] = [],
): Embedded {
  const { want, pat, range } = shown;
  return {
    view: 'map',
    ...embedded,
    lanes: vcpus.length === 0 ? [laneOf(shown)] : vcpus.map((vcpu) => laneOf({ ...shown, vcpu })),
    ...(want && { want }),
    ...(pat !== undefined && { pat: typeName(pat) }),
    ...partOf(opened.vm, range),
  };
}

/** `explain -f html`, of the first page of the range. */
export function explainPage(
  input: PageInput,
  { range, ...shown }: Shown & { readonly range: GfnRange },
  vcpus: readonly number[],
): Embedded {
  return { ...mapPage(input, shown, vcpus), view: 'why', at: range.start };
}

/** `check -f html`. */
export function checkPage({ embedded }: PageInput, policy: Policy | undefined): Embedded {
  return { view: 'findings', ...embedded, ...(policy && { checkedAgainst: policy.name }) };
}

/** `share -f html`. */
export function sharePage(input: PageInput, shown: Shown, designs: readonly string[] | undefined): Embedded {
  return { ...mapPage(input, shown), view: 'share', ...(designs && { designs }) };
}

/** Lanes of the columns of `--across`. */
function lanesAcross(text: string, vm: Vm, base: Lanes[number]): Lanes {
  const [what, list = ''] = text.split('=', 2);
  switch (what) {
    case 'kernels':
      return list.split(',').map((name) => ({ ...base, policy: name.trim() }));
    case 'vcpus':
      return vcpuGroups(vm).map(({ indexes }) => ({ ...base, vcpu: vm.vcpus[indexes[0]!]!.id }));
    case 'ncdma':
      return [false, true].map((on) => ({ ...base, set: [`noncoherentDma=${on}`] }));
    case 'vendors':
      return ['intel', 'amd'].map((vendor) => ({ ...base, set: [`host.vendor=${vendor}`] }));
    default:
      throw new UsageError(
        `-f html: --across "${text}" is no lanes of a page: kernels=..., vcpus, vendors or ncdma are`,
      );
  }
}

/** Lanes of the two sides of `--against`. */
function lanesAgainst(text: string, base: Lanes[number], hasOther: boolean): Lanes {
  const [, what, which = ''] = /^(\w+):(.*)$/s.exec(text) ?? [];
  switch (what) {
    case 'policy':
      return [base, { ...base, policy: which }];
    case 'vcpu':
      return [base, { ...base, vcpu: Number(/\d+/.exec(which)?.[0] ?? 0) }];
    case 'set':
      return [base, { ...base, set: [which] }];
    case 'vendor':
      return [base, { ...base, set: [`host.vendor=${which}`] }];
    default:
      if (hasOther) return [base, { ...base, input: 1 }];
      throw new UsageError(
        `-f html: "${text}" is no lane of a page: policy:, vcpu:, set:, vendor: and config: are`,
      );
  }
}

/** `diff -f html`: the sides as lanes, differing cells outlined. */
export function diffPage(
  input: PageInput,
  shown: Shown,
  { against, across }: { readonly against?: string | undefined; readonly across?: string | undefined },
  other: PageInput | undefined,
): Embedded {
  const base = laneOf(shown);
  const lanes =
    across === undefined
      ? lanesAgainst(against ?? '', base, other !== undefined)
      : lanesAcross(across, input.opened.vm, base);
  const inputs = [...input.embedded.inputs, ...(other?.embedded.inputs ?? [])];
  return { ...mapPage(input, shown), inputs, lanes };
}

/**
 * `replay -f html`.
 *
 * @param vm - before the first event: what the map shows
 */
export function replayPage(
  scenario: { readonly name: string; readonly text?: string },
  vm: Vm,
  { vcpus, designs }: Pick<Embedded, 'vcpus' | 'designs'>,
): Embedded {
  return {
    view: 'replay',
    inputs: [{ name: vm.name, text: `${[...vmConfigLines(vm)].join('\n')}\n` }],
    lanes: [{ policy: vm.policy.name }],
    scenario,
    ...(vcpus !== undefined && { vcpus }),
    ...(designs && { designs }),
  };
}
