/** What came inside of the document: `eptsweep page` and `-f html` write it there. */
import { EMBEDDED_ID, type Embedded, embeddedOf } from '../../src/write/index.ts';
import { patNamed } from '../draw/type-names.ts';
import type { Input, Lane, ReadingOptions } from '../worker/protocol.ts';
import { dataBlock } from './start-worker.ts';
import { TABS, type ViewState } from './view-state.ts';

/** A lane of one of several inputs, by the position of that: left out for the first. */
export type PlacedLane = Lane & { readonly input?: number };

/** An input to open, and what to look at. */
export interface EmbeddedInput {
  readonly input: Input;
  readonly options: ReadingOptions;
  readonly view: Partial<ViewState>;
  /** Further inputs, which are held against the first. */
  readonly others: readonly Input[];
  readonly lanes: readonly PlacedLane[] | undefined;
}

/**
 * Reads the block.
 *
 * @returns undefined where it is empty, or holds no input
 * @throws SyntaxError, TypeError where somebody has edited it
 */
export function embeddedInput(): EmbeddedInput | undefined {
  const embedded = embeddedOf(dataBlock(EMBEDDED_ID) ?? '');
  const [input, ...others] = embedded?.inputs ?? [];
  if (!embedded || !input) return undefined;
  return { input, options: embedded.options ?? {}, view: viewIn(embedded), others, lanes: embedded.lanes };
}

function viewIn({ view, lanes, range, ...rest }: Embedded): Partial<ViewState> {
  const { want, at, scenario, designs, checkedAgainst, vcpus } = rest;
  const pat = patNamed(rest.pat);
  const tab = TABS.find((one) => one === view);
  const own = lanes?.filter((lane) => (lane.input ?? 0) === 0);
  return {
    ...(tab && { tab }),
    ...(own && { lanes: own.map(({ policy, vcpu, set }) => laneOf(policy, vcpu, set)) }),
    ...(want && { want }),
    ...(pat !== undefined && { pat }),
    ...(at !== undefined && { at }),
    ...(range && { window: range }),
    ...(scenario && { scenario }),
    ...(vcpus !== undefined && { vcpus }),
    ...(designs && { designs }),
    ...(checkedAgainst !== undefined && { checkedAgainst }),
  };
}

function laneOf(policy: string, vcpu: number | undefined, set: readonly string[] | undefined): Lane {
  return { policy, ...(vcpu !== undefined && { vcpu }), ...(set && { set }) };
}
