/** Options that no replay starts with, whichever of the three it is. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy, vm } from '../../src/index.ts';
import {
  designNamed,
  followTrace,
  type ReplayEvent,
  type ReplayOptions,
  replay,
  replayDesigns,
} from '../../src/replay/index.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const guest = vm({ maxphyaddr: 36, policy: policy('kvm-6.6'), vcpus: [{}] });
const design = designNamed('first-fault');

type Ask = (machine: unknown, events: unknown, options: unknown) => unknown;
const ASKS: readonly (readonly [string, Ask])[] = [
  ['replay', (machine, events, options) => replay(machine as never, events as never, options as never)],
  [
    'replayDesigns',
    (machine, events, options) =>
      replayDesigns(machine as never, events as never, [design], options as never),
  ],
  [
    'followTrace',
    (machine, events, options) => followTrace(machine as never, events as never, [], options as never),
  ],
];

describe.each(ASKS)('%s', (_, ask) => {
  it.each<[unknown, unknown, Partial<Record<keyof ReplayOptions, unknown>> | undefined, string | RegExp]>([
    [{}, [], { evaluator }, /^vm: expected /],
    [guest, 'touch', { evaluator }, 'events: expected an array or another iterable of events, got "touch"'],
    [guest, [], undefined, 'expected options such as { evaluator }, got nothing'],
    [guest, [], {}, /^evaluator: expected an evaluator/],
    [guest, [], { evaluator, policy: 'kvm-6.6' }, /^policy: expected a policy/],
    [guest, [], { evaluator, every: -1 }, 'every: expected an integer 0..9007199254740991, got -1'],
    [guest, [], { evaluator, every: 0.5 }, 'every: expected an integer 0..9007199254740991, got 0.5'],
    [guest, [], { evaluator, onFault: 'halt' }, 'onFault: expected one of continue, stop, got "halt"'],
    [guest, [], { evaluator, slotZap: 'none' }, 'slotZap: expected one of all, slot, got "none"'],
    [
      guest,
      [],
      { evaluator, eagerSplit: 1 },
      'eagerSplit: expected true or false, got 1 (did you mean true?)',
    ],
    [guest, [], { evaluator, guestPages: { start: 0, end: 1 } }, /^guestPages: expected an array of ranges/],
    [
      guest,
      [],
      { evaluator, guestPages: [{ start: 0 }] },
      'guestPages.0.1: expected a frame number, got nothing',
    ],
    [
      guest,
      [],
      { evaluator, onfault: 'stop' } as object,
      /^onfault: unknown key "onfault" \(did you mean "onFault"\?\)/,
    ],
  ])('%#: refuses', (machine, events, options, message) => {
    expect(() => ask(machine, events, options)).toThrow(message);
  });

  it('takes each that there is', () => {
    const touch: ReplayEvent = { kind: 'touch', vcpu: 0, range: { start: 0, end: 1 }, access: 'read' };
    const options: ReplayOptions = {
      evaluator,
      policy: policy('kvm-6.6'),
      every: 0,
      onFault: 'continue',
      slotZap: 'slot',
      eagerSplit: true,
      guestPages: [],
      start: {},
      design,
    };
    for (const one of [{}, { slotZap: 'all' }, { onFault: 'stop', every: Number.MAX_SAFE_INTEGER }]) {
      expect(() => ask(guest, [touch], { ...options, ...one })).not.toThrow();
    }
  });
});

describe('what holds no entries that can go stale', () => {
  it.each([
    [guest, 'sdm', 'policy: sdm has no rules for zapping entries: expected a KVM, such as kvm-6.6'],
    [
      vm({ maxphyaddr: 36, vendor: 'amd', vcpus: [{}] }),
      'kvm-6.6',
      'vendor: nested page tables of an AMD host carry no type that could go stale: say vendor intel to replay an EPT',
    ],
  ])('%#: is refused', (machine, name, message) => {
    const options = { evaluator, policy: policy(name) };
    expect(() => replay(machine, [], options).next()).toThrow(message);
    expect(() => replayDesigns(machine, [], [design], options)).toThrow(message);
    expect(() => followTrace(machine, [], [], options)).toThrow(message);
  });
});

describe('a write that is refused', () => {
  const events: readonly ReplayEvent[] = [
    { kind: 'report' },
    { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x802n },
    { kind: 'report' },
    { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x803n },
  ];
  const both = [design, designNamed('role')];

  it.each([
    [{}, { events: 4, faults: 2, stoppedAt: undefined }],
    [{ onFault: 'continue' }, { events: 4, faults: 2, stoppedAt: undefined }],
    [{ onFault: 'stop' }, { events: 2, faults: 1, stoppedAt: 1 }],
  ] as const)('%j: %j under every design', (more, expected) => {
    const summaries = replayDesigns(guest, events, both, { evaluator, ...more });
    expect(summaries).toHaveLength(2);
    for (const summary of summaries) expect(summary).toMatchObject(expected);
  });
});
