/** A config is told from a dump by the one key that every config has. */
import { describe, expect, it } from 'vitest';
import { looksLikeConfig } from '../../src/read/looks-like-config.ts';

/** So much of a text is looked at. */
const LOOKED_AT = 1 << 20;

describe('a config', () => {
  it.each([
    'maxphyaddr: 46',
    '# of a machine\nmaxphyaddr: 46',
    '{"maxphyaddr": 46}',
    '{"msrs":{}, \'maxphyaddr\':46}',
    '  maxphyaddr : 46',
  ])('is %j', (text) => {
    expect(looksLikeConfig(text)).toBe(true);
  });

  it.each(['', 'maxphyaddr 46', 'the maxphyaddr: 46', 'xmaxphyaddr: 46', 'maxphyaddr46: 1'])(
    'is not %j',
    (text) => {
      expect(looksLikeConfig(text)).toBe(false);
    },
  );

  it('is looked for in the first mebibyte', () => {
    const key = 'maxphyaddr:';
    const behind = (length: number) => `${'#'.repeat(length - 1)}\n${key} 46\n`;
    expect(looksLikeConfig(behind(LOOKED_AT - key.length))).toBe(true);
    expect(looksLikeConfig(behind(LOOKED_AT - key.length + 1))).toBe(false);
  });
});
