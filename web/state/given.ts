/** What somebody gave the page. */
import type { Input, ReadingOptions } from '../worker/protocol.ts';

/** What was given, to be opened again with other options. */
export interface Given {
  readonly input: Input;
  readonly options: ReadingOptions;
}

/** What an input is called. */
export function inputName(input: Input): string {
  return 'preset' in input ? input.preset : input.name;
}
