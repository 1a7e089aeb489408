/** What of a machine is looked at, and which lanes a map begins with. */
import type { GfnRange, PatType, Want } from '../../src/index.ts';
import { patNamed } from '../draw/type-names.ts';
import type { Catalogue, Lane, Machine } from '../worker/protocol.ts';

/** The panels below the map, in their order. */
export const TABS = [
  'why',
  'walk',
  'findings',
  'spans',
  'diff',
  'share',
  'replay',
  'read',
  'capture',
] as const;
/** A panel. */
export type Tab = (typeof TABS)[number];

/** Lanes of a map, at most: one a digit key. */
export const MOST_LANES = 9;

/** What is looked at. */
export interface ViewState {
  readonly lanes: readonly Lane[];
  readonly want: Want;
  /** PAT type of accesses, for effective types. */
  readonly pat: PatType;
  readonly scale: 'log' | 'true';
  /** Undefined: the whole space. */
  readonly window: GfnRange | undefined;
  /** Frame of the page that is asked about. */
  readonly at: number | undefined;
  /** Index of the lane that is asked about. */
  readonly lane: number;
  readonly tab: Tab;
  /** What is replayed; default: the usual scenario. */
  readonly scenario?: { readonly name: string; readonly text?: string };
  /** Another number of vCPUs for the scenario. */
  readonly vcpus?: number | undefined;
  /** Designs that are replayed, or shared; default: the usual. */
  readonly designs?: readonly string[];
  /** The release that findings hold the layout against; default: the usual. */
  readonly checkedAgainst?: string;
}

/** Nothing is chosen yet. */
export const FIRST_VIEW: ViewState = {
  lanes: [],
  want: 'ept',
  pat: patNamed('WB')!,
  scale: 'log',
  window: undefined,
  at: undefined,
  lane: 0,
  tab: 'why',
};

/** Kernels that a machine is shown under besides its own policy: the oldest rule, and the newest. */
function usualKernels({ policies }: Catalogue): string[] {
  const kernels = policies.filter(({ kind }) => kind === 'kernel').map(({ name }) => name);
  return [...new Set([kernels[0], kernels.at(-1)])].filter((name) => name !== undefined);
}

/** A lane for each state that vCPUs are in; of machines with one state, for each kernel of interest. */
export function usualLanes({ policy, groups }: Machine, catalogue: Catalogue | undefined): Lane[] {
  if (groups.length > 1) {
    return groups.slice(0, 4).map(({ ids }) => ({ policy, vcpu: ids[0]! }));
  }
  const policies = [policy, ...(catalogue ? usualKernels(catalogue) : [])];
  return [...new Set(policies)].map((name) => ({ policy: name }));
}

/** Whether two lanes ask the same. */
export function isSameLane(one: Lane, other: Lane): boolean {
  return (
    one.policy === other.policy &&
    one.vcpu === other.vcpu &&
    one.machine === other.machine &&
    (one.set ?? []).join('\n') === (other.set ?? []).join('\n')
  );
}

/** The part of a view that lies in a space of so many frames. */
export function viewWithin(view: ViewState, frames: number): ViewState {
  const { at, window, lanes, lane } = view;
  const end = Math.min(window?.end ?? frames, frames);
  return {
    ...view,
    at: at !== undefined && at < frames ? at : undefined,
    window: window && window.start < end ? { start: window.start, end } : undefined,
    lane: lane < lanes.length ? lane : 0,
  };
}
