/** Whose fault is told of a text that is neither: the dump's that it was going to be, or the config's. */
import { describe, expect, it } from 'vitest';
import { openText } from '../../src/open/index.ts';

/** A list of registers whose download was cut. */
const CUT_DUMP = '{"entries": [{"index": 767, "data": 3078},\n{"index": 512,';
const CUT_CONFIG = '{"name": "guest",\n"vcpus": [';

describe('a text that cannot be opened', () => {
  it.each([
    ['state.json', CUT_DUMP, /^state\.json:2: the JSON breaks off here/],
    ['state.txt', CUT_DUMP, /^state\.txt:2: the JSON breaks off here/],
    ['guest.json', CUT_CONFIG, /^guest\.json:2:\d+: /],
    ['guest.txt', CUT_CONFIG, /^guest\.txt:2:\d+: /],
    ['guest.yaml', 'memory: 4G\n', /^guest\.yaml:1:1: .*memory/],
    [
      'guest.txt',
      'memory: 4G\n',
      /^guest\.txt: no MTRR, PAT or memory-map text that is known here in 1 line;/,
    ],
  ])('%s %j', async (name, text, message) => {
    await expect(openText(text, { name })).rejects.toThrow(message);
  });
});
