/** Programs that the lab runs: what is said of one that fails. */
import { describe, expect, it } from 'vitest';
import { run } from '../../lab/run-program.ts';

const failing = (...lines: readonly string[]) =>
  run('sh', ['-c', `printf '%s\\n' "$@" >&2; exit 2`, 'sh', ...lines]);

describe('a program that fails', () => {
  it('is told with its last words', () => {
    expect(() => failing('one', 'two', 'three', 'four')).toThrow(/failed: two \/ three \/ four$/);
  });

  it('is told with what make ran, not with what make says of it', () => {
    const made = [
      'sh: objtool: not found',
      'make[1]: *** [Makefile:3: all] Error 127',
      'make: *** [all] Error 2',
    ];
    expect(() => failing(...made)).toThrow(/failed: sh: objtool: not found$/);
    expect(() => failing('make: *** No targets.  Stop.')).toThrow(
      /failed: make: \*\*\* No targets\. {2}Stop\.$/,
    );
  });
});
