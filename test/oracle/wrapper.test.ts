/** The example that wraps C code, as far as no compiler is needed; the slow suite compiles and asks it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { readAnswer, readEnvelope } from '../../src/oracle/read-answer.ts';
import { readRequest } from '../../src/oracle/request.ts';
import { requestLine } from '../../src/oracle/write-request.ts';
import { policy } from '../../src/policy/index.ts';
import type { Span } from '../../src/types.ts';
import { vcpu } from '../../src/vm/index.ts';

const source = readFileSync(new URL('../../examples/oracle-wrapper.c', import.meta.url), 'utf8');
const page = readFileSync(new URL('../../docs/oracle.md', import.meta.url), 'utf8');

describe('the example that wraps C code', () => {
  it('stands whole on the page about the protocol', () => {
    expect(/^```c\n(.*?)^```$/ms.exec(page)?.[1]).toBe(source);
  });

  it('looks for what a request has, in the form in which it is written', () => {
    const looked = [...source.matchAll(/(?:after|strstr)\(line, "((?:\\"|[^"])+)"\)/g)].map(([, text]) =>
      text!.replaceAll('\\"', '"'),
    );
    expect(looked).toEqual(['"id":', '"msrs":{', '"range":[', '"policy":"sdm"', '"want":"mtrr"']);
    const question = {
      want: 'mtrr',
      policy: policy('sdm'),
      vcpu: vcpu({ maxphyaddr: 36, msrs: { 0x200: 0x6n, 0x2ff: 0xc06n } }),
    } as const;
    const line = requestLine(7, question);
    for (const text of looked) expect(line).toContain(text);
    // Its loop takes `"0x2ff":"0xc06"` and a comma behind it, its scan two words in quotes.
    expect(line).toContain('"msrs":{"0x200":"0x6","0x2ff":"0xc06"}');
    expect(line).toContain('"range":["0x0","0x1000000"]');
  });

  it('answers on the page as the manual does, but for the fixed ranges, which it forgets', () => {
    const [, request = '', answer = ''] = /^\$ echo '(.*)' \| \/tmp\/oracle-wrapper\n(.*)$/m.exec(page)!;
    const asked = readRequest(request);
    if ('error' in asked) throw new Error(asked.error.message);
    const { id, body } = readEnvelope(answer);
    expect(id).toBe(asked.id);
    const reply = readAnswer(body, asked.want, asked.query.range);
    const theirs = 'spans' in reply ? reply.spans : [];
    const view = createEvaluatorSync({ engine: 'reference' }).view(asked.vcpu, asked.policy);
    const ours = [...view.spansOf('mtrr', asked.query)];
    const typeAt = (spans: readonly Pick<Span, 'end' | 'type'>[], gfn: number) =>
      spans.find(({ end }) => gfn < end)?.type;
    const { end } = asked.query.range;
    const differing = Array.from({ length: end }, (_, gfn) => gfn).filter(
      (gfn) => typeAt(theirs, gfn) !== typeAt(ours, gfn),
    );
    expect([differing[0], differing.at(-1), differing.length]).toEqual([0, 0xff, 0x100]);
  });

  it('has an error that is read as one', () => {
    const printed = /puts\("((?:\\"|[^"])+)\}"\)/.exec(source)![1]!.replaceAll('\\"', '"');
    const { body } = readEnvelope(`{"id":7,${printed}}`);
    expect(readAnswer(body, 'mtrr', { start: 0, end: 1 })).toMatchObject({ error: { code: 'unsupported' } });
  });
});
