/** Every fixture opened with `strict`: answered without an assumption, or refused with what is missing. */
import { describe, expect, it } from 'vitest';
import { EptsweepError } from '../../src/errors.ts';
import { type OpenedConfig, openChunks } from '../../src/open/index.ts';
import { FIXTURE_NAMES, fixtureBytes } from '../read/fixture.ts';

async function strictly(name: string): Promise<OpenedConfig | EptsweepError> {
  try {
    return await openChunks([fixtureBytes(name)], { name, strict: true });
  } catch (error) {
    if (error instanceof EptsweepError) return error;
    throw error;
  }
}

/** What is assumed, torn or contradicts itself, or what a text without registers lacks. */
const MISSING =
  /strict: (?:assumed|torn): \S|strict: .* and .*: the first is taken|no MTRR registers: \S|iomem .* root|pat_memtype_list h/;

describe('strict', () => {
  it.each(FIXTURE_NAMES)('%s', async (name) => {
    const opened = await strictly(name);
    if (opened instanceof EptsweepError) {
      expect(opened.message).toMatch(MISSING);
      expect(opened.message).toContain(name);
      return;
    }
    const levels = new Set(opened.evidence?.map(({ level }) => level));
    expect([levels.has('assumed'), levels.has('torn')]).toEqual([false, false]);
  });
});
