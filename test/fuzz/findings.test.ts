/** VMs on which engines once disagreed, as the fuzzer left them. */

import { afterAll, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { compareEngines, emptyTally, type Subject } from '../../src/fuzz/index.ts';
import { ENGINE_NAMES, policy, vcpu } from '../../src/index.ts';

const engines = ENGINE_NAMES.map((name) => createEvaluatorSync({ engine: name }));
afterAll(() => {
  for (const engine of engines) engine.dispose();
});

interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly gfn: number;
}

const CASES: readonly Case[] = [
  {
    name: 'a policy that looks at no MTRR has no set of types',
    subject: { vcpu: vcpu({ maxphyaddr: 36 }), policy: policy('kvm-6.12.77'), pat: 6 },
    gfn: 0,
  },
  {
    name: 'TOP_MEM2 that decides for Linux 6.5 is the whole set of types',
    subject: {
      vcpu: vcpu({
        maxphyaddr: 46,
        msrs: { 0x2ff: 0x800n, 0xc0010010: 0x61300an, 0xc001001d: 0xba4800000n },
      }),
      policy: policy('peer-linux-6.5'),
      pat: 6,
    },
    gfn: 0xba47ff,
  },
  {
    // The last of these is the second of its type: the reference took it for one that adds nothing.
    name: 'Xen goes by the last register of an overlap that the manual leaves undefined',
    subject: {
      vcpu: vcpu({
        maxphyaddr: 36,
        msrs: {
          0x200: 0x510000006n,
          0x201: 0xff8000800n,
          0x202: 0x510000001n,
          0x203: 0xff8000800n,
          0x204: 0x514260006n,
          0x205: 0xffffe0800n,
          0x2ff: 0x800n,
        },
      }),
      policy: policy('peer-xen'),
      pat: 6,
    },
    gfn: 0x514270,
  },
];

it.each(CASES)('$name', ({ subject, gfn }) => {
  const probe = { windows: [{ start: gfn, end: gfn + 4096 }], frames: [gfn, gfn + 1] };
  expect(compareEngines(engines, subject, probe, emptyTally()).disagreements).toEqual([]);
});
