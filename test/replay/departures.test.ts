/** Each way in which a kernel departs: entries before, as expected and as found, with the line that shows it. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import { LEAF, Lines, leaf, NONE, TABLE } from './lines.ts';
import { begun, defType, gone, large, small, told, touch } from './told.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const [UC, WT, WB] = [0, 4, 6];
const REPORT: ReplayEvent = { kind: 'report' };

describe('a kernel that departs', () => {
  const LARGE = touch(0x40000);
  const WRITES = [LARGE, defType(0x804n), LARGE];

  it.each<[string, readonly ReplayEvent[], () => Lines, readonly string[]]>([
    [
      'leaves what a write zaps',
      WRITES,
      () => begun().step(2).step(3).end(),
      ['2 steps', 'step 2', 'left 0: 40000-40200 2:6, expected -, found 2:6'],
    ],
    [
      'zaps what stays',
      [LARGE, REPORT],
      () => gone(begun().step(2)).end(),
      ['2 steps', 'step 2', 'zapped 0: 40000-40200 2:6, expected 2:6, found -'],
    ],
    [
      'installs nothing',
      [LARGE, REPORT],
      () => small(new Lines().step(1), 0x100).step(2).end(),
      ['1 steps', 'step 1', 'not-installed 0: 40000-40200 -, expected 2:6, found -'],
    ],
    [
      'installs less',
      [touch(1, 4)],
      () => small(small(new Lines().step(1), 1), 3).end(),
      ['1 steps', 'step 1', 'not-installed 0: 2-3 -, expected 1:6, found -'],
    ],
    [
      'installs more',
      [LARGE],
      () => small(begun(), 1).end(),
      ['1 steps', 'step 1', 'installed 0: 1-2 -, expected -, found 1:6, line 3'],
    ],
    [
      'installs more, at two places',
      [LARGE],
      () => small(small(small(begun(), 1), 2), 4).end(),
      [
        '1 steps',
        'step 1',
        'installed 0: 1-3 -, expected -, found 1:6, line 3',
        'installed 0: 4-5 -, expected -, found 1:6, line 5',
      ],
    ],
    [
      'installs an entry and zaps it at once',
      [touch(1)],
      () => gone(small(new Lines().step(1), 1), 1, 1).end(),
      ['1 steps', 'step 1', 'zapped 0: 1-2 -, expected 1:6, found -'],
    ],
    [
      'installs a page right behind a slot',
      [touch(1)],
      () => small(small(new Lines().step(1), 1), 16).end(),
      ['1 steps'],
    ],
    [
      'installs another type',
      WRITES,
      () => large(gone(begun().step(2)).step(3), UC).end(),
      ['3 steps', 'step 3', 'type 0: 40000-40200 -, expected 2:4, found 2:0, line 6'],
    ],
    [
      'installs another type between two that are right',
      [touch(0, 3)],
      () => small(small(small(new Lines().step(1), 0), 2), 1, UC).end(),
      ['1 steps', 'step 1', 'type 0: 1-2 -, expected 1:6, found 1:0, line 4'],
    ],
    [
      'installs another type, and one in SMM too',
      [touch(1)],
      () => small(new Lines().step(1).change(1, 1, NONE, leaf(1, 1, WB), 1), 1, UC).end(),
      [
        '1 steps',
        'step 1',
        'type 0: 1-2 -, expected 1:6, found 1:0, line 3',
        'installed 1: 1-2 -, expected -, found 1:6, line 2',
      ],
    ],
    [
      'installs another type and IPAT',
      [touch(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, UC, 1))
          .end(),
      ['1 steps', 'step 1', 'type 0: 1-2 -, expected 1:6, found 1:0+ipat, line 2'],
    ],
    [
      'installs IPAT too',
      [touch(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, WB, 1))
          .end(),
      ['1 steps', 'step 1', 'ipat 0: 1-2 -, expected 1:6, found 1:6+ipat, line 2'],
    ],
    [
      'installs a small one',
      [LARGE],
      () => small(new Lines().step(1), 0x40000).end(),
      [
        '1 steps',
        'step 1',
        'level 0: 40000-40001 -, expected 2:6, found 1:6, line 2',
        'not-installed 0: 40001-40200 -, expected 2:6, found -',
      ],
    ],
    [
      'installs a large one',
      [touch(2)],
      () => large(new Lines().step(1), WB, 0).end(),
      [
        '1 steps',
        'step 1',
        'installed 0: 0-2 -, expected -, found 2:6, line 2',
        'level 0: 2-3 -, expected 1:6, found 2:6, line 2',
        'installed 0: 3-200 -, expected -, found 2:6, line 2',
      ],
    ],
    [
      'installs an entry that lacks A',
      [touch(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, WB, 0, LEAF & ~0x100n))
          .end(),
      ['1 steps', 'step 1', 'bits 0: 1-2 -, expected 1:6, found 1:6, line 2'],
    ],
    [
      'installs an entry that lacks A, with another type',
      [touch(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, UC, 0, LEAF & ~0x100n))
          .end(),
      [
        '1 steps',
        'step 1',
        'type 0: 1-2 -, expected 1:6, found 1:0, line 2',
        'bits 0: 1-2 -, expected 1:0, found 1:0, line 2',
      ],
    ],
    [
      'zaps and installs again',
      [LARGE, REPORT],
      () => large(gone(begun().step(2))).end(),
      ['2 steps', 'step 2', 'refaulted 0: 40000-40200 2:6, expected 2:6, found 2:6, line 5'],
    ],
    [
      'zaps and installs again with another type',
      [LARGE, REPORT],
      () => large(gone(begun().step(2)), UC).end(),
      ['2 steps', 'step 2', 'type 0: 40000-40200 2:6, expected 2:6, found 2:0, line 5'],
    ],
    [
      'splits',
      [LARGE, REPORT],
      () =>
        begun()
          .step(2)
          .change(0x40000, 2, leaf(0x40000, 2, WB), TABLE)
          .end(),
      ['2 steps', 'step 2', 'split 0: 40000-40200 2:6, expected 2:6, found 1:6'],
    ],
    [
      'does not split',
      [LARGE, { kind: 'dirty-log', gfn: 0x40000, on: true }],
      () => begun().step(2).end(),
      ['2 steps', 'step 2', 'not-split 0: 40000-40200 2:6, expected 1:6, found 2:6'],
    ],
    [
      'changes a type',
      [LARGE, REPORT],
      () =>
        begun()
          .step(2)
          .change(0x40000, 2, leaf(0x40000, 2, WB), leaf(0x40000, 2, WT))
          .end(),
      ['2 steps', 'step 2', 'type 0: 40000-40200 2:6, expected 2:6, found 2:4, line 4'],
    ],
    [
      'keeps one of two',
      [touch(0x40000, 0x40400), defType(0x804n)],
      () => gone(large(begun(), WB, 0x40200).step(2), 0x40200).end(),
      ['2 steps', 'step 2', 'left 0: 40000-40200 2:6, expected -, found 2:6'],
    ],
    [
      'has an entry in SMM',
      [{ kind: 'smi', vcpu: 0 }, touch(1)],
      () => small(new Lines().step(1).step(2), 1).end(),
      [
        '2 steps',
        'step 2',
        'installed 0: 1-2 -, expected -, found 1:6, line 3',
        'not-installed 1: 1-2 -, expected 1:6, found -',
      ],
    ],
    [
      'has an entry of SMM outside',
      [touch(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, WB), 1)
          .end(),
      [
        '1 steps',
        'step 1',
        'not-installed 0: 1-2 -, expected 1:6, found -',
        'installed 1: 1-2 -, expected -, found 1:6, line 2',
      ],
    ],
    [
      'lets one of two roots go',
      [touch(1), { kind: 'smi', vcpu: 0 }, touch(1), defType(0x800n)],
      () =>
        gone(
          small(new Lines().step(1), 1)
            .step(2)
            .step(3)
            .change(1, 1, NONE, leaf(1, 1, WB), 1)
            .step(4),
          1,
          1,
        ).end(),
      ['4 steps', 'step 4', 'left 1: 1-2 1:6, expected -, found 1:6'],
    ],
  ])('%s', (_, events, lines, expected) => {
    expect(told(events, lines(), evaluator)).toEqual(expected);
  });
});
