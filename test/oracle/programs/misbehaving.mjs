/**
 * A program that speaks the protocol and, at chosen requests, does something wrong.
 *
 *   node misbehaving.mjs [KIND@ID[:DETAIL]]...
 *
 * KIND is crash, hang, garbage, log, half, wrong-id, null-id, twice, swap, gap, flood or quit; ID is the
 * request's id, * for all. Every answer is one span of type 6 over the range asked.
 */
import { createInterface } from 'node:readline';

const plans = process.argv.slice(2).map((plan) => {
  const [, kind, id, detail] = /^([a-z-]+)@(\*|\d+)(?::(\d+))?$/.exec(plan);
  return { kind, id, detail: Number(detail ?? 0) };
});
const say = (line) => process.stdout.write(`${line}\n`);
const spansOf = ({ want, range: [start, end] }, type = 6) => {
  if (want === 'leaf') return [[start, end, 1, '0x37']];
  return [want === 'ept' ? [start, end, type, 0] : [start, end, type]];
};

let held;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const { id } = request;
  const answer = JSON.stringify({ id, spans: spansOf(request) });
  const plan = plans.find((candidate) => candidate.id === '*' || Number(candidate.id) === id);
  switch (plan?.kind) {
    case 'crash':
      process.stderr.write('starting\nassertion failed: gfn < end\n');
      process.exit(plan.detail);
      break;
    case 'hang':
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      break;
    case 'garbage':
      say('Segmentation fault, said the interpreter');
      break;
    case 'log':
      say(`evaluating request ${id}`);
      say(answer);
      break;
    case 'half':
      say(answer.slice(0, -4));
      break;
    case 'wrong-id':
      say(JSON.stringify({ id: id + 1000, spans: spansOf(request) }));
      break;
    case 'null-id':
      say('{"id":null,"error":{"code":"bad-json","message":"the line is no JSON"}}');
      break;
    case 'twice':
      say(answer);
      say(answer);
      break;
    case 'swap':
      held = answer;
      break;
    case 'gap':
      say(JSON.stringify({ id, spans: [[request.range[0], '0x1', 6, 0]] }));
      break;
    case 'flood':
      for (let i = 0; i < 3000; i++) say('tick');
      break;
    case 'quit':
      say(answer);
      process.exit(0);
      break;
    default:
      say(answer);
      if (held) say(held);
      held = undefined;
  }
}
