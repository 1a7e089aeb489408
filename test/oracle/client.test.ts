import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OracleClient, type OracleClientOptions, type OracleReply } from '../../src/oracle/client.ts';
import { policy } from '../../src/policy/index.ts';
import type { Want } from '../../src/types.ts';
import { vcpu } from '../../src/vm/index.ts';

const program = fileURLToPath(new URL('programs/misbehaving.mjs', import.meta.url));
const guest = vcpu({ maxphyaddr: 36 });
/** Long enough for a Node process to start on a busy machine. */
const PATIENT_MS = 60_000;

let client: OracleClient | undefined;
afterEach(async () => {
  await client?.close();
  client = undefined;
  vi.useRealTimers();
});

/** From here on the client's time is what the test lets pass, however busy the machine is. */
function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
}

function start(plans: string, options: Partial<OracleClientOptions> = {}): OracleClient {
  const command = `'${process.execPath}' '${program}' ${plans.replaceAll('*', "'*'")}`;
  client = new OracleClient({ command, timeoutMs: PATIENT_MS, slowMs: PATIENT_MS, ...options });
  return client;
}

function ask(asked: OracleClient, count: number, want: Want = 'ept'): Promise<OracleReply[]> {
  const question = { want, policy: policy('sdm'), vcpu: guest, query: { range: { start: 0, end: 64 } } };
  return Promise.all(Array.from({ length: count }, () => asked.ask(question)));
}

/** Each reply in a word: what was answered, or how it failed. */
function inWords(replies: OracleReply[]): string[] {
  return replies.map((reply) => (reply.outcome === 'failed' ? reply.kind : reply.outcome));
}

function kinds(asked: OracleClient): [string, number][] {
  return asked.problems.map(({ kind, count }) => [kind, count]);
}

describe('a program that behaves', () => {
  it('is asked many questions at once, and reported for nothing', async () => {
    const asked = start('', { maxInFlight: 8 });
    const replies = await ask(asked, 300);
    expect(new Set(inWords(replies))).toEqual(new Set(['spans']));
    expect(replies[299]).toEqual({
      outcome: 'spans',
      spans: [{ start: 0, end: 64, type: 6, ipat: 0 }],
      truncated: false,
    });
    expect(asked.problems).toEqual([]);
  });

  it('may refuse: that is an answer', async () => {
    const asked = start('null-id@1');
    const [first, second] = await ask(asked, 2, 'leaf');
    expect(first).toMatchObject({ outcome: 'error', error: { code: 'bad-json' } });
    expect(second).toMatchObject({ outcome: 'spans', spans: [{ level: 1, entry: 0x37n }] });
    expect(asked.problems).toEqual([]);
  });
});

describe('a program that misbehaves is reported, and asked on', () => {
  it('crash: the request that it fell over fails, the ones behind it are asked again', async () => {
    const asked = start('crash@2:3');
    expect(inWords(await ask(asked, 5))).toEqual(['spans', 'crash', 'spans', 'spans', 'spans']);
    expect(kinds(asked)).toEqual([['crash', 1]]);
    expect(asked.problems[0]).toMatchObject({
      message: 'the program ended: exit code 3; its last words: assertion failed: gfn < end',
      request: expect.stringContaining('"id":2'),
    });
  });

  it('end without a question open: told as a crash, nothing is lost', async () => {
    const asked = start('quit@1');
    expect(inWords(await ask(asked, 1))).toEqual(['spans']);
    await expect.poll(() => kinds(asked), { timeout: PATIENT_MS }).toEqual([['crash', 1]]);
    expect(inWords(await ask(asked, 3))).toEqual(['spans', 'spans', 'spans']);
  });

  it('hang: it is stopped and started anew', async () => {
    stopTime();
    const asked = start('hang@2');
    const first = ask(asked, 1);
    const others = ask(asked, 3);
    await first;
    vi.advanceTimersByTime(PATIENT_MS);
    expect(inWords([...(await first), ...(await others)])).toEqual(['spans', 'hang', 'spans', 'spans']);
    expect(kinds(asked)).toEqual([['hang', 1]]);
  });

  const garbage: [string, string[], string][] = [
    ['garbage@2', ['spans', 'garbage', 'spans'], 'Segmentation fault'],
    ['half@2', ['spans', 'garbage', 'spans'], '"spans":['],
    ['gap@2', ['spans', 'garbage', 'spans'], 'asked was 0x40'],
    ['wrong-id@2', ['spans', 'garbage', 'spans'], '1002'],
    ['log@2', ['spans', 'garbage', 'spans'], 'evaluating request 2'],
    ['garbage@*', ['garbage', 'garbage', 'garbage'], 'Segmentation fault'],
  ];
  it.each(garbage)('garbage: %s', async (plan, words, said) => {
    const asked = start(plan);
    expect(inWords(await ask(asked, 3))).toEqual(words);
    expect(kinds(asked)).toEqual([['garbage', words.filter((word) => word === 'garbage').length]]);
    expect(asked.problems[0]!.message).toContain(said);
  });

  it('garbage: a second answer to one request does not cost the next one its own', async () => {
    const asked = start('twice@2');
    const replies = [...(await ask(asked, 1)), ...(await ask(asked, 1))];
    expect(inWords(replies)).toEqual(['spans', 'spans']);
    await expect.poll(() => kinds(asked), { timeout: PATIENT_MS }).toEqual([['garbage', 1]]);
    expect(inWords(await ask(asked, 1))).toEqual(['spans']);
  });

  it('out of order: matched by id all the same', async () => {
    const asked = start('swap@2');
    expect(inWords(await ask(asked, 4))).toEqual(['spans', 'spans', 'spans', 'spans']);
    expect(kinds(asked)).toEqual([['out-of-order', 1]]);
  });

  it('slow: the answer counts', async () => {
    stopTime();
    const asked = start('', { slowMs: 300 });
    await ask(asked, 1);
    expect(kinds(asked)).toEqual([]);
    const reply = ask(asked, 1);
    vi.advanceTimersByTime(300);
    expect(inWords(await reply)).toEqual(['spans']);
    expect(kinds(asked)).toEqual([['slow', 1]]);
  });

  it('tells each kind apart in one run, once', async () => {
    const seen: string[] = [];
    const asked = start('garbage@2 crash@4 swap@6 garbage@8 crash@10', {
      onProblem: ({ kind }) => seen.push(kind),
    });
    const words = inWords(await ask(asked, 12));
    expect(words.filter((word) => word === 'spans')).toHaveLength(8);
    expect(seen).toEqual(['garbage', 'crash', 'out-of-order']);
    expect(kinds(asked)).toEqual([
      ['garbage', 2],
      ['crash', 2],
      ['out-of-order', 1],
    ]);
  });
});

describe('a program that is of no use', () => {
  it('is not started for ever', async () => {
    const asked = start('crash@*');
    expect(inWords(await ask(asked, 50))).toEqual(Array(50).fill('crash'));
    expect(kinds(asked)).toEqual([['crash', 3]]);
    expect(asked.givenUp).toContain('not started again');
    expect(inWords(await ask(asked, 1))).toEqual(['crash']);
  });

  it('does not exist', async () => {
    client = new OracleClient({ command: '/nonexistent/hypervisor --oracle' });
    expect(inWords(await ask(client, 5))).toEqual(Array(5).fill('crash'));
    expect(client.problems[0]!.message).toMatch(/exit code 127.*not found/);
  });

  it('prints without being asked', async () => {
    const asked = start('flood@1');
    expect(inWords(await ask(asked, 1))).toEqual(['garbage']);
    await expect.poll(() => asked.givenUp, { timeout: PATIENT_MS }).toContain('nobody asked for');
  });

  it('is closed with questions open: they fail', async () => {
    const asked = start('hang@1');
    const reply = ask(asked, 2);
    await asked.close();
    expect(inWords(await reply)).toEqual(['crash', 'crash']);
  });
});

describe('a question that the protocol cannot say', () => {
  it('is refused before anything is sent', async () => {
    const twice = vcpu({ maxphyaddr: 36, msrs: [[0x200, 6n] as const, [0x200, 0n] as const] });
    const asked = start('');
    await expect(asked.ask({ want: 'ept', policy: policy('sdm'), vcpu: twice })).rejects.toMatchObject({
      path: 'msrs.0x200',
    });
  });
});
