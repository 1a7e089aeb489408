/** Why a trace cannot be judged to its end, and what helps, word for word. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/index.ts';
import { LEAF, Lines, leaf, NONE } from './lines.ts';
import { begun, defType, gone, large, small, told, touch } from './told.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const [WT, WB] = [4, 6];

describe('a trace that cannot be judged to its end', () => {
  const events = [touch(0x40000), defType(0x804n), touch(0x40000)];
  const two = () => gone(begun().step(2));

  it.each<[string, () => Lines, readonly string[]]>([
    [
      'lost 7',
      () => two().lost(7).step(3),
      [
        '1 steps',
        'lost-events, line 5: the recorder lost 7 events in step 2, so that nothing from there on can be judged',
        'record with a larger buffer (buffer_size_kb), or fewer events of other kinds',
      ],
    ],
    [
      'lost 1',
      () => two().lost(1),
      [
        '1 steps',
        'lost-events, line 5: the recorder lost 1 event in step 2, so that nothing from there on can be judged',
        'record with a larger buffer (buffer_size_kb), or fewer events of other kinds',
      ],
    ],
    [
      'lost',
      () => new Lines().lost(),
      [
        '0 steps',
        'lost-events, line 1: the recorder lost events before step 1, so that nothing from there on can be judged',
        'record with a larger buffer (buffer_size_kb), or fewer events of other kinds',
      ],
    ],
    [
      'the file ends early',
      two,
      [
        '1 steps',
        'cut, line undefined: the trace ends in step 2, which may not be whole and was not judged',
        'give the whole trace of the whole scenario',
      ],
    ],
    [
      'the mark of the end comes early',
      () => two().end(),
      [
        '2 steps',
        'cut, line 5: "eptsweep end" comes in step 2, and the scenario goes on',
        'give the whole trace of the whole scenario',
      ],
    ],
    [
      'the mark of the end comes first',
      () => new Lines().end(),
      [
        '0 steps',
        'cut, line 1: "eptsweep end" comes before step 1, and the scenario goes on',
        'give the whole trace of the whole scenario',
      ],
    ],
    [
      'another run follows',
      () => two().step(1),
      [
        '1 steps',
        'out-of-order, line 5: step 1 comes after step 2 (line 3): expected step 3',
        'give the trace of one run: empty the buffer before each (echo > trace)',
      ],
    ],
    [
      'a mark is missing',
      () => begun().step(3),
      [
        '0 steps',
        'out-of-order, line 3: step 3 comes after step 1 (line 1): expected step 2',
        'write "eptsweep step N" to trace_marker before event N, each once, and cut nothing out',
      ],
    ],
    [
      'the first mark is missing',
      () => new Lines().step(2),
      [
        '0 steps',
        'out-of-order, line 1: step 2 comes first: expected step 1',
        'write "eptsweep step N" to trace_marker before event N, each once, and cut nothing out',
      ],
    ],
    [
      'a mark comes twice',
      () => two().step(2),
      [
        '1 steps',
        'out-of-order, line 5: step 2 comes after step 2 (line 3): expected step 3',
        'write "eptsweep step N" to trace_marker before event N, each once, and cut nothing out',
      ],
    ],
    [
      'there are more steps',
      () => large(two().step(3), WT).step(4),
      [
        '3 steps',
        'too-many-steps, line 7: step 4, but the scenario has 3 events',
        'give the scenario that was run (eptsweep replay SCENARIO lists its events), and end it with "eptsweep end"',
      ],
    ],
    [
      'it begins too late',
      () => large(new Lines()).step(1),
      [
        '0 steps',
        'started-before, line 1: gfn 0x40000 is mapped before step 1, and a scenario begins with nothing mapped',
        'write "eptsweep step 1" before a vCPU first runs',
      ],
    ],
    [
      "it begins too late, behind a page of the kernel's own",
      () => large(small(new Lines(), 0x100)).step(1),
      [
        '0 steps',
        'started-before, line 2: gfn 0x40000 is mapped before step 1, and a scenario begins with nothing mapped',
        'write "eptsweep step 1" before a vCPU first runs',
      ],
    ],
    [
      'it begins too late, outside of slots',
      () => large(small(new Lines(), 0x100).step(1)).end(),
      [
        '1 steps',
        'cut, line 4: "eptsweep end" comes in step 1, and the scenario goes on',
        'give the whole trace of the whole scenario',
      ],
    ],
    [
      'an entry goes that never came',
      () => gone(new Lines().step(1), 3, 1),
      [
        '0 steps',
        'unknown-entry, line 2: an entry of gfn 0x3, level 1, goes in step 1 that no line has shown to come',
        'record from before the VM is made, with a buffer that loses nothing, all events that capture trace names',
      ],
    ],
    [
      'an entry goes that never came, outside of slots',
      () => gone(begun(), 0x100, 1).step(2),
      [
        '1 steps',
        'cut, line undefined: the trace ends in step 2, which may not be whole and was not judged',
        'give the whole trace of the whole scenario',
      ],
    ],
    [
      'a table goes that never came, in SMM',
      () => new Lines().step(1).change(0x40000, 2, leaf(0x40000, 2, WB), NONE, 1),
      [
        '0 steps',
        'unknown-entry, line 2: an entry of gfn 0x40000, level 2, goes in step 1 that no line has shown to come',
        'record from before the VM is made, with a buffer that loses nothing, all events that capture trace names',
      ],
    ],
    [
      'there are no marks',
      () => begun2(),
      [
        '0 steps',
        'no-marks, line undefined: no line says which event of the scenario its entries belong to',
        'write "eptsweep step N" to trace_marker before event N (eptsweep capture trace shows how)',
      ],
    ],
    [
      'nothing was recorded',
      () => new Lines().step(1).step(2).step(3).end(),
      [
        '0 steps',
        'no-changes, line undefined: no line shows an entry that comes or goes',
        'record kvmmmu:kvm_tdp_mmu_spte_changed (eptsweep capture trace shows how) of a KVM with its TDP MMU on (kvm.tdp_mmu=Y)',
      ],
    ],
    [
      'nothing is there',
      () => new Lines(),
      [
        '0 steps',
        'no-changes, line undefined: no line shows an entry that comes or goes',
        'record kvmmmu:kvm_tdp_mmu_spte_changed (eptsweep capture trace shows how) of a KVM with its TDP MMU on (kvm.tdp_mmu=Y)',
      ],
    ],
    [
      'an address space that no KVM has',
      () =>
        begun()
          .change(1, 1, leaf(1, 1, WB), NONE, 2)
          .step(2),
      [
        '1 steps',
        'cut, line undefined: the trace ends in step 2, which may not be whole and was not judged',
        'give the whole trace of the whole scenario',
      ],
    ],
    [
      'a line breaks off',
      () => odd(begun()),
      [
        '0 steps',
        'odd-line, line 3: cut off or unreadable in step 1: "kvm_tdp_mmu_spte_ch"',
        'give the whole file as the kernel printed it',
      ],
    ],
    [
      'the first line breaks off',
      () => odd(new Lines()),
      [
        '0 steps',
        'odd-line, line 1: cut off or unreadable before step 1: "kvm_tdp_mmu_spte_ch"',
        'give the whole file as the kernel printed it',
      ],
    ],
    [
      'it is another kernel',
      () =>
        new Lines()
          .step(1)
          .change(0x40000, 2, 0n, leaf(0x40000, 2, WB, 0, LEAF & ~(1n << 63n)))
          .step(2),
      [
        '0 steps',
        "other-kernel, line 2: entry 0x600000080000bb7 has KVM's own bits where releases 5.13 to 6.9 have them, not kvm-6.10",
        'name the kernel that ran (--policy), or kvm-6.10+leaf=kvm where its distribution brought that back',
      ],
    ],
  ])('%s', (_, lines, expected) => {
    expect(told(events, lines(), evaluator)).toEqual(expected);
  });

  function begun2(): Lines {
    return large(new Lines());
  }
  function odd(lines: Lines): Lines {
    lines.all.push({ kind: 'odd', line: lines.all.length + 1, text: 'kvm_tdp_mmu_spte_ch' });
    return lines;
  }
});
