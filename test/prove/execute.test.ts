import { beforeAll, describe, expect, it } from 'vitest';
import {
  DIRECT_STATE_SIZE,
  RULE_MASK,
  RULE_SIZE,
  RULE_TYPE,
  RULE_VALUE,
  STATE_RULE_COUNT,
  STATE_RULES,
} from '../../assembly/direct/state-layout.ts';
import { VARIABLE_COUNT_MAX, VIEW_HEADER_SIZE, WRITE_SIZE } from '../../assembly/layout.ts';
import { add, extract } from '../../scripts/prove/bitvectors.ts';
import { OUT, STATE, VIEW, viewBlock, word } from '../../scripts/prove/blocks.ts';
import { type Claim, refutation, type Subject } from '../../scripts/prove/claim.ts';
import { Memory } from '../../scripts/prove/memory.ts';
import { type Build, readModule } from '../../scripts/prove/module.ts';
import { RULES } from '../../scripts/prove/rules.ts';
import { subjectOf } from '../../scripts/prove/run.ts';
import { stateBlock } from '../../scripts/prove/statements/fold-blocks.ts';
import { STATEMENTS } from '../../scripts/prove/statements/index.ts';
import { bits, type Term, variable } from '../../scripts/prove/term.ts';
import { worth } from '../../scripts/prove/walk.ts';
import { WASM_BASE64 } from '../../src/wasm/binary.ts';

const BUILD = process.env['EPTSWEEP_WASM'] === 'debug' ? 'debug' : 'release';
let subject: Subject;

beforeAll(async () => {
  subject = subjectOf(await readModule(BUILD as Build));
}, 120_000);

/** The Wasm itself, run by the engine of this process. */
function instance(): { memory: WebAssembly.Memory; exports: Record<string, (...args: number[]) => number> } {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  const abort = (): never => {
    throw new Error('abort');
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  return { memory, exports: exports as never };
}

/** A machine of two ranges, one of them with a hole, and a default. */
const WRITES: readonly [number, bigint][] = [
  [0x200, 0x80000000n],
  [0x201, 0xff_c000_0800n],
  [0x202, 0x6n],
  [0x203, 0xff_4000_0800n],
  [0x2ff, 0x804n],
];

describe('the executor', () => {
  it('gives for known values what the Wasm gives', () => {
    const memory = viewBlock({
      maxphyaddr: word(40),
      writes: WRITES.map(([msr, value]) => [msr, bits(value, 64)]),
    });
    const run = subject.executor();
    const opened = run.run('direct/abi/directOpen', [word(VIEW), word(STATE)], memory);
    expect(opened.result).toBe(word(-1));

    const real = instance();
    const bytes = new Uint8Array(real.memory.buffer);
    for (let at = 0; at < VIEW_HEADER_SIZE + WRITES.length * WRITE_SIZE; at++) {
      bytes[VIEW + at] = Number(memory.byte(VIEW + at)!.value);
    }
    expect(real.exports['directOpen']!(VIEW, STATE) | 0).toBe(-1);
    // What the state holds when it is opened: all but the scratch of its lanes and types.
    for (let at = 0; at < DIRECT_STATE_SIZE; at++) {
      expect(Number(opened.memory.byte(STATE + at)!.value), `byte ${at}`).toBe(bytes[STATE + at]);
    }
    for (const gfn of [0, 0x7ffff, 0x80000, 0xbffff, 0xc0000, 0x100000, 0x40000]) {
      const args = [word(STATE), word(gfn), word(0), word(1), word(OUT)];
      const asked = run.run('direct/abi/directMtrrTypesScalar', args, opened.memory);
      real.exports['directMtrrTypesScalar']!(STATE, gfn, 0, 1, OUT);
      expect(asked.memory.load(OUT, 1)).toBe(bits(bytes[OUT]!, 8));
    }
  });

  it('gives for unknown values a term that is what the Wasm gives for each of them', () => {
    const gfn = variable('gfn', 64);
    const memory = viewBlock({
      maxphyaddr: word(40),
      writes: WRITES.map(([msr, value]) => [msr, bits(value, 64)]),
    });
    const run = subject.executor();
    const opened = run.run('direct/abi/directOpen', [word(VIEW), word(STATE)], memory);
    const halves = [extract(gfn, 31, 0), extract(gfn, 63, 32)];
    const args = [word(STATE), ...halves, word(1), word(OUT)];
    const asked = run.run('direct/abi/directMtrrTypesScalar', args, opened.memory);
    const type: Term = asked.memory.load(OUT, 1);

    const real = instance();
    const bytes = new Uint8Array(real.memory.buffer);
    for (let at = 0; at < VIEW_HEADER_SIZE + WRITES.length * WRITE_SIZE; at++) {
      bytes[VIEW + at] = Number(memory.byte(VIEW + at)!.value);
    }
    real.exports['directOpen']!(VIEW, STATE);
    for (let frame = 0; frame < 0x200000; frame += 0x7fff) {
      real.exports['directMtrrTypesScalar']!(STATE, frame, 0, 1, OUT);
      expect(worth(type, new Map([['gfn', BigInt(frame)]])), `frame ${frame}`).toBe(BigInt(bytes[OUT]!));
    }
  });

  it('does not read what nobody wrote', () => {
    expect(() =>
      subject.executor().run('direct/abi/directType', [word(STATE), word(0), word(0)], new Memory()),
    ).toThrow(/reads 0x[0-9a-f]+, which nobody wrote/);
  });
});

describe('a loop that is cut', () => {
  const memory = stateBlock(false, 0, () => {});

  it('has its locals as variables, and what a round makes of them', () => {
    const count = variable('count', 32);
    const start = word(STATE + STATE_RULES);
    memory.store(STATE + STATE_RULE_COUNT, count);
    const [mask, value] = [variable('mask', 64), variable('value', 64)];
    const rule = variable('rule', 32);
    const entries = [
      { at: add(rule, word(RULE_MASK)), value: mask },
      { at: add(rule, word(RULE_VALUE)), value },
      { at: add(rule, word(RULE_TYPE)), value: word(4) },
    ];
    const run = subject.executor({ cuts: (initial) => initial.includes(start), entries });
    const gfn = variable('gfn', 64);
    const { cuts, result } = run.run('direct/mtrr/mtrrType', [word(STATE), gfn], memory);
    const [cut] = cuts;
    const place = (initial: Term): number => cut!.initial.indexOf(initial);
    const [at, left] = [place(start), place(count)];
    expect(cut!.back!.next[at]).toBe(add(cut!.now[at]!, word(RULE_SIZE)));
    const model = new Map([
      [cut!.now[at]!.name, BigInt(STATE + STATE_RULES)],
      ['rule', BigInt(STATE + STATE_RULES)],
      [cut!.now[left]!.name, 3n],
      ['gfn', 0x1234n],
      ['mask', 0xff00n],
      ['value', 0x1200n],
    ]);
    // The locals are the walk's place, how many are left, and the set of types, which WT joins.
    expect(worth(cut!.back!.next[left]!, model)).toBe(2n);
    const ofTypes = cut!.back!.next.filter((_, index) => index !== at && index !== left);
    expect(ofTypes.map((term) => worth(term, model))).toContain(1n << 4n);
    model.set('value', 0x1300n);
    expect(ofTypes.map((term) => worth(term, model))).not.toContain(1n << 4n);
    // Where none is left, the default is given.
    model.set(cut!.now[left]!.name, 0n).set('default', 5n);
    expect(worth(result!, model)).toBe(5n);
  });
});

describe('an induction', () => {
  it('stands for every rule that a list can have', () => {
    const claims = STATEMENTS.filter(({ id }) =>
      ['placing', 'sorting', 'overlaps', 'kvm-fold', 'level'].includes(id),
    )
      .flatMap((one): Claim[] => [...one.claims(subject, RULES)])
      .filter(({ about }) => about.includes(`up to ${VARIABLE_COUNT_MAX} `));
    expect(claims.map(({ about }) => about.replace(/:.*/, ''))).toEqual(
      expect.arrayContaining([
        'direct/rules/writeRules',
        'direct/mtrr/mtrrType',
        'auto/fold/foldRules',
        'direct/level/isMappable',
        'auto/level/regionIsLeaf',
      ]),
    );
    // Each holds without anything being known: the question is not answered by being written down.
    for (const claim of claims) expect(refutation(claim).op).not.toBe('const');
  });
});

describe('statements', () => {
  it('have names, and each a planted error that says something else', () => {
    const ids = STATEMENTS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { planted } of STATEMENTS) {
      expect(Object.keys(planted.rules), planted.what).toHaveLength(1);
    }
  });

  it('hold for values at random, and their planted errors do not always', () => {
    for (const statement of STATEMENTS.filter(({ id }) => ['leaf', 'effective', 'mt-mask'].includes(id))) {
      const right = [...statement.claims(subject, RULES)].map(refutation);
      const wrong = [...statement.claims(subject, { ...RULES, ...statement.planted.rules })].map(refutation);
      let refuted = 0;
      let seed = 1;
      const next = (): bigint => {
        seed = (seed * 48271) % 2147483647;
        return BigInt(seed >> 4);
      };
      for (let round = 0; round < 300; round++) {
        const model = new Map(
          [
            'type',
            'pat',
            'layout',
            'level',
            'readonly',
            'word',
            'switches',
            'cacheDisable',
            'ignorePat',
            'ipat',
          ].map((name) => [name, next() % 8n] as const),
        );
        for (const one of right) expect(worth(one, model)).toBe(0n);
        if (wrong.some((one) => worth(one, model) === 1n)) refuted += 1;
      }
      expect(refuted, statement.id).toBeGreaterThan(0);
    }
  });
});
