import { PassThrough, Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serveStreams } from '../../src/cli/oracle.ts';
import { MAX_LINE_BYTES, serve } from '../../src/oracle/index.ts';
import { fakeEngine } from './fake-engine.ts';

const encoder = new TextEncoder();
const request = (id: unknown) => JSON.stringify({ id, maxphyaddr: 36, range: [0, 1] });

async function answers(chunks: Iterable<Uint8Array>): Promise<{ id: unknown; error?: { code: string } }[]> {
  let text = '';
  for await (const some of serve(fakeEngine(), chunks)) {
    expect(some.endsWith('\n')).toBe(true);
    text += some;
  }
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

function outcomes(found: { id: unknown; error?: { code: string } }[]): unknown[] {
  return found.map(({ id, error }) => error?.code ?? id);
}

describe('a stream of requests', () => {
  it('answers in order, skips blank lines, takes CRLF and a last line without newline', async () => {
    const text = `${request(1)}\n\n  \t\r\n${request('two')}\r\n\r\n[]\n${request(3)}`;
    expect(outcomes(await answers([encoder.encode(text)]))).toEqual([1, 'two', 'bad-request', 3]);
  });

  it('answers nothing to nothing', async () => {
    expect(await answers([])).toEqual([]);
    expect(await answers([encoder.encode('\n\r\n   ')])).toEqual([]);
  });

  it('goes on after a line that is no UTF-8, after one that is no JSON', async () => {
    const broken = Uint8Array.of(0x22, 0xff, 0xfe, 0x22, 0x0a);
    expect(outcomes(await answers([broken, encoder.encode(`{\n${request(4)}\n`)]))).toEqual([
      'bad-json',
      'bad-json',
      4,
    ]);
  });

  it('does not care how the stream is cut, inside a character either', async () => {
    const bytes = encoder.encode(
      [request('\u00e9\u{1f600}'), '{}', '', request(2), 'x', request(3)].join('\n'),
    );
    const whole = await answers([bytes]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((end, index) => bytes.slice(edges[index], end));
        expect(await answers(chunks)).toEqual(whole);
      }),
    );
  });
});

describe('a line beyond 16 MiB', () => {
  it('is answered `too-large`, once, and the next one is served', async () => {
    const part = new Uint8Array(1024 * 1024).fill(0x78);
    function* chunks() {
      for (let i = 0; i < 40; i++) yield part;
      yield encoder.encode(`\n${request(7)}\n`);
      for (let i = 0; i < 17; i++) yield part;
    }
    const found = await answers(chunks());
    expect(outcomes(found)).toEqual(['too-large', 7, 'too-large']);
    expect(found[0]!.id).toBeNull();
  });

  it('begins one byte after 16 MiB', async () => {
    const last = encoder.encode(`${request(8)}\n`);
    const room = new Uint8Array(MAX_LINE_BYTES + 1 - last.length).fill(0x20);
    expect(outcomes(await answers([room, last, room, encoder.encode(' '), last]))).toEqual([8, 'too-large']);
  });
});

describe('the streams of a process', () => {
  const requests = (count: number) =>
    Readable.from(Array.from({ length: count }, (_, id) => encoder.encode(`${request(id)}\n`)));
  const silent = (line: string) => {
    throw new Error(`nothing was to be said: ${line}`);
  };

  it('waits for a slow reader instead of piling answers up', async () => {
    let buffered = 0;
    const taken: string[] = [];
    const output = new Writable({
      highWaterMark: 100,
      decodeStrings: false,
      write(line: string, _encoding, done) {
        taken.push(line);
        buffered = Math.max(buffered, output.writableLength);
        setImmediate(done);
      },
    });
    expect(await serveStreams({ engine: fakeEngine(), input: requests(200), output, say: silent })).toBe(0);
    await new Promise((resolve) => output.end(resolve));
    expect(taken).toHaveLength(200);
    expect(buffered).toBeLessThan(300);
  });

  it.each([true, false])(
    'ends quietly with 0 when the reader has gone (input still open: %s)',
    async (open) => {
      const input = new PassThrough();
      for (let id = 0; id < 50; id++) input.write(`${request(id)}\n`);
      if (!open) input.end();
      const output = new Writable({
        write(_chunk, _encoding, done) {
          const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
          done(gone);
        },
      });
      expect(await serveStreams({ engine: fakeEngine(), input, output, say: silent })).toBe(0);
      expect(input.destroyed).toBe(true);
    },
  );

  it('says what is wrong where a stream fails, and exits with 2', async () => {
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      },
    });
    expect(await serveStreams({ engine: fakeEngine(), input: requests(5), output: full, say })).toBe(2);
    const unreadable = new Readable({
      read() {
        this.destroy(new Error('is a directory'));
      },
    });
    expect(
      await serveStreams({ engine: fakeEngine(), input: unreadable, output: new PassThrough(), say }),
    ).toBe(2);
    expect(said).toEqual([
      'eptsweep oracle: cannot write the answers: no space left on device',
      'eptsweep oracle: cannot read the requests: is a directory',
    ]);
  });
});
