/** What came inside of the document: `eptsweep page` and `-f html` write it there. */
import type { GfnRange, Want } from '../../src/index.ts';
import type { Input, Lane, ReadingOptions } from '../worker/protocol.ts';
import { dataBlock } from './start-worker.ts';
import { TABS, type ViewState } from './view-state.ts';

/** An input to open, and what to look at. */
export interface EmbeddedInput {
  readonly input: Input;
  readonly options: ReadingOptions;
  readonly view: Partial<ViewState>;
}

/** Id of the block. */
const EMBEDDED_ID = 'eptsweep-embedded';

/** What the block says. */
interface Embedded extends Pick<ViewState, 'scenario' | 'designs' | 'checkedAgainst'> {
  readonly view: string;
  readonly inputs: readonly Input[];
  readonly options?: ReadingOptions;
  readonly lanes?: readonly Lane[];
  readonly want?: Want;
  readonly at?: number;
  readonly range?: GfnRange;
}

/**
 * Reads the block.
 *
 * @returns undefined where it is empty
 * @throws SyntaxError for what is no JSON
 */
export function embeddedInput(): EmbeddedInput | undefined {
  const text = dataBlock(EMBEDDED_ID);
  if (text === undefined) return undefined;
  const { view, inputs, options = {}, range, lanes, want, at, ...rest } = JSON.parse(text) as Embedded;
  const [input] = inputs;
  if (!input) return undefined;
  const tab = TABS.find((one) => one === view);
  const { scenario, designs, checkedAgainst } = rest;
  return {
    input,
    options,
    view: {
      ...(tab && { tab }),
      ...(lanes && { lanes }),
      ...(want && { want }),
      ...(at !== undefined && { at }),
      ...(range && { window: range }),
      ...(scenario && { scenario }),
      ...(designs && { designs }),
      ...(checkedAgainst !== undefined && { checkedAgainst }),
    },
  };
}
