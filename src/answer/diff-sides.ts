/** The two sides of a diff, and what each of its columns is: resolved from what was asked. */

import { type OpenedSide, type Side, tileSource } from '../diff/index.ts';
import type { Evaluator } from '../engine/index.ts';
import { InputRangeError } from '../errors.ts';
import { openSafely, openView, vcpuIndex } from '../open/open-view.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import type { Policy, Quirk, Vendor } from '../policy/index.ts';
import { PEERS, policyFromText, QUIRKS, requireVendor, VENDORS } from '../policy/index.ts';
import { vcpu, vcpuGroups, vcpuOf } from '../vm/index.ts';
import { idsText } from '../words.ts';

/** Opens a side that is the config itself: a refused write is an error at its line. */
export function requireSide(side: Side, opened: OpenedConfig, byPage: boolean): OpenedSide {
  const view = openSafely(opened, side.index, side.policy, () => side.engine.view(side.vcpu, side.policy));
  return { ...side, view, source: byPage ? tileSource(view) : view, fault: undefined };
}

/** What a diff starts from. */
export interface DiffBase {
  readonly opened: OpenedConfig;
  /** Position of the vCPU. */
  readonly index: number;
  /** Ids of all that were asked about and are in its state, where several vCPUs were. */
  readonly ids?: readonly number[] | undefined;
  readonly policy: Policy;
  /** Whether `--policy` was given: it then holds for another config too. */
  readonly isPolicyGiven: boolean;
  readonly engine: Evaluator;
  /** Another config, by the name that it was asked by. */
  readonly open: (name: string) => Promise<OpenedConfig>;
  /** The same text opened once more, for another of its states or boots. */
  readonly reopen: (change: { readonly stage?: string; readonly boot?: number }) => Promise<OpenedConfig>;
  /** An engine by name, with a memory of its own. */
  readonly otherEngine: (name: string) => Evaluator;
}

/** The config's own side. */
export function baseSide({ opened, index, ids, policy, engine }: DiffBase, label: string): Side {
  const { id } = opened.vm.vcpus[index]!;
  return {
    label,
    config: opened.vm.name,
    id,
    ...(ids && { ids }),
    vcpu: vcpuOf(opened.vm, index),
    policy,
    engine,
    index,
  };
}

/** The config on a host of that make. */
function onVendor(base: DiffBase, vendor: Vendor): Side {
  requireVendor(base.policy, vendor);
  const side = baseSide(base, VENDOR_LABELS[vendor]);
  return { ...side, vcpu: vcpu({ ...side.vcpu, vendor }) };
}

const VENDOR_LABELS: Readonly<Record<Vendor, string>> = { intel: 'Intel', amd: 'AMD' };

const AGAINST = /^(policy|vcpu|config|set|engine|vendor|stage|boot):(.+)$/s;

/** The state of the registers that was taken, as the reader calls it. */
function takenStage({ facts }: OpenedConfig): string {
  return facts?.stages.find(({ taken }) => taken)?.name ?? 'as read';
}

function takenBoot({ facts }: OpenedConfig): string {
  const taken = Math.max(0, ...(facts?.recognised ?? []).map((one) => one.taken));
  return taken > 0 ? `boot ${taken}` : 'as read';
}

/** Another config's side: the same vCPU by id, each under its own policy unless one is asked for. */
function sideOf(other: OpenedConfig, label: string, base: DiffBase): Side {
  const { opened, index, policy, engine, isPolicyGiven } = base;
  const { id } = opened.vm.vcpus[index]!;
  const same = other.vm.vcpus.findIndex((one) => one.id === id);
  const at = Math.max(0, same);
  const policyOfOther = isPolicyGiven ? policy : other.vm.policy;
  const side = baseSide({ ...base, opened: other, index: at, policy: policyOfOther }, label);
  // A write that the other config gets refused is that config's error, with its place.
  openView(engine, other, at, side.policy).dispose();
  return side;
}

/** Both sides of `--against`. */
export interface AgainstSides {
  readonly sides: readonly [Side, Side];
  /** What the second side is of, where that is another input than the first. */
  readonly other?: OpenedConfig;
}

/** Another config, or this one with changes. */
function againstOpened(other: OpenedConfig, base: DiffBase): readonly [Side, Side] {
  const { vm } = base.opened;
  const [left, right] = vm.name === other.vm.name ? ['a', 'b'] : [vm.name, other.vm.name];
  return [baseSide(base, left!), sideOf(other, right!, base)];
}

/** What is held against itself never differs, which says nothing. */
function againstItself(text: string, why: string): InputRangeError {
  return new InputRangeError('against', `--against "${text}": ${why}, so that nothing would be compared`);
}

/**
 * Both sides of `--against`.
 *
 * @param text - `policy:P`, `vcpu:N`, `config:FILE`, `stage:S`, `boot:N`, `set:PATH=VALUE`, `engine:E` or `vendor:V`
 * @param base - what it starts from
 * @returns the config's side and the other one
 * @throws InputRangeError for anything else
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const base = { opened, index: 0, policy: policy('sdm'), isPolicyGiven: false, engine: createEvaluatorSync() };
 * (await sidesAgainst('policy:kvm-5.16', base)).sides.map((side) => side.policy.name); // ['sdm', 'kvm-5.16']
 */
export async function sidesAgainst(text: string, base: DiffBase): Promise<AgainstSides> {
  const [, what, which = ''] = AGAINST.exec(text) ?? [];
  const { opened, index, policy, engine } = base;
  const { vm } = opened;
  switch (what) {
    case 'policy': {
      const other = policyFromText(which);
      if (other.name === policy.name) throw againstItself(text, `the policy is ${policy.name} anyway`);
      return { sides: [baseSide(base, policy.name), { ...baseSide(base, other.name), policy: other }] };
    }
    case 'vcpu': {
      const other = vcpuIndex(vm, which);
      if (other === index) throw againstItself(text, 'that is the vCPU that is compared (--vcpu)');
      const side = baseSide({ ...base, index: other }, vm.vcpus[other]!.name);
      return { sides: [baseSide(base, vm.vcpus[index]!.name), side] };
    }
    case 'config': {
      const other = await base.open(which);
      return { sides: againstOpened(other, base), other };
    }
    case 'stage': {
      const other = await base.reopen({ stage: which });
      return { sides: [baseSide(base, takenStage(opened)), sideOf(other, which, base)], other };
    }
    case 'boot': {
      if (!/^[1-9]\d{0,8}$/.test(which))
        throw new InputRangeError('against', `--against boot:${which}: expected a number from 1`);
      const other = await base.reopen({ boot: Number(which) });
      return { sides: [baseSide(base, takenBoot(opened)), sideOf(other, `boot ${which}`, base)], other };
    }
    case 'set': {
      if (!/^[^=]+=/.test(which))
        throw new InputRangeError('against', `--against "${text}": expected set:PATH=VALUE`);
      const { withSettings } = await import('../open/settings.ts');
      return { sides: againstOpened(withSettings(opened, [which]), base) };
    }
    case 'engine': {
      const other = base.otherEngine(which);
      const label = other.engine === engine.engine ? `${other.engine} again` : other.engine;
      return { sides: [baseSide(base, engine.engine), { ...baseSide(base, label), engine: other }] };
    }
    case 'vendor': {
      const vendor = VENDORS.find((one) => one === which);
      if (!vendor)
        throw new InputRangeError('against', `no vendor "${which}": expected ${VENDORS.join(' or ')}`);
      if (vendor === vm.host.vendor) throw againstItself(text, `the host is ${VENDOR_LABELS[vendor]} anyway`);
      return { sides: [onVendor(base, vm.host.vendor), onVendor(base, vendor)] };
    }
    default:
      throw new InputRangeError(
        'against',
        `--against "${text}": expected policy:NAME, vcpu:N, config:FILE, stage:NAME, boot:N, set:PATH=VALUE, vendor:intel|amd or engine:reference|direct|auto`,
      );
  }
}

/** All sets of quirks, those with more first. */
const QUIRK_SETS: readonly (readonly Quirk[])[] = [QUIRKS, ...QUIRKS.map((quirk) => [quirk]), []];

/** A column that is held against nothing, or against itself, would always agree. */
function requireSeveral(text: string, names: readonly string[]): void {
  const policies = names.map((name) => policyFromText(name).name);
  const twice = policies.find((name, index) => policies.indexOf(name) !== index);
  if (twice !== undefined) throw new InputRangeError('across', `--across "${text}": ${twice} is there twice`);
  if (names.length < 2)
    throw new InputRangeError('across', `--across "${text}": expected two kernels or more`);
}

/**
 * The columns of `--across`.
 *
 * @param text - `kernels=5.16,6.8,...`, `vcpus`, `vendors`, `peers`, `ncdma` or `quirks`
 * @param base - what it starts from
 * @returns a side a column
 * @throws InputRangeError for anything else
 * @example
 * const opened = await presetOrConfig('ovmf-q35');
 * const base = { opened, index: 0, policy: policy('sdm'), isPolicyGiven: false, engine: createEvaluatorSync() };
 * sidesAcross('kernels=5.16,6.16', base).map((side) => side.policy.name); // ['kvm-5.16', 'kvm-6.16']
 */
export function sidesAcross(text: string, base: DiffBase): readonly Side[] {
  const [what, list] = text.split('=', 2);
  if (what === 'kernels' && list) {
    const names = list.split(',').map((name) => name.trim());
    requireSeveral(text, names);
    return names.map((name) => ({ ...baseSide(base, name), policy: policyFromText(name) }));
  }
  if (list === undefined) {
    const side = baseSide(base, '');
    switch (what) {
      case 'vcpus': {
        const { vm } = base.opened;
        if (vm.vcpus.length === 1)
          throw new InputRangeError('across', `--across vcpus: ${vm.name} has one vCPU to compare`);
        return vcpuGroups(vm).map(({ indexes }) => ({
          ...side,
          label: `vCPU ${idsText(indexes.map((index) => vm.vcpus[index]!.id))}`,
          ids: indexes.map((index) => vm.vcpus[index]!.id),
          id: vm.vcpus[indexes[0]!]!.id,
          vcpu: vcpuOf(vm, indexes[0]!),
          index: indexes[0]!,
        }));
      }
      case 'ncdma':
        return [false, true].map((noncoherentDma) => ({
          ...side,
          label: noncoherentDma ? 'non-coherent DMA' : 'no non-coherent DMA',
          vcpu: { ...side.vcpu, noncoherentDma },
        }));
      case 'peers':
        return ['sdm', ...PEERS.map(({ name }) => name)].map((name) => ({
          ...side,
          label: name.replace('peer-', ''),
          policy: policyFromText(name),
        }));
      case 'vendors':
        return VENDORS.map((vendor) => onVendor(base, vendor));
      case 'quirks':
        return QUIRK_SETS.map((quirks) => ({
          ...side,
          label: quirks.join('+') || 'no quirk',
          vcpu: { ...side.vcpu, quirks },
        }));
    }
  }
  throw new InputRangeError(
    'across',
    `--across "${text}": expected kernels=5.16,6.8,..., vcpus, vendors, peers, ncdma or quirks`,
  );
}
