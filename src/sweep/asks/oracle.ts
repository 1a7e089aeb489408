/** `oracle`: another program is asked the same, and told apart from this one; which rules were met is counted. */
import { EptsweepError } from '../../errors.ts';
import { explain } from '../../explain/index.ts';
import { Coverage, type Disagreement, ExternalSide } from '../../fuzz/index.ts';
import type { Oracle } from '../../oracle/reply.ts';
import { WB } from '../../types.ts';
import { frameCount } from '../../vm/index.ts';
import type { AskedVcpu, Case } from '../cases.ts';
import type { OwnColumns } from '../rows.ts';
import { type AskContext, enabledRanges, type PointAsker, withView } from './context.ts';
import { verify } from './verify.ts';

const COLUMNS: OwnColumns = [
  ['vcpu', 'uint64'],
  ['question', 'string'],
  ['first', 'uint64'],
  ['pages', 'uint64'],
  ['ours', 'string'],
  ['theirs', 'string'],
];
/** How often a question is asked of a program that gave no answer; each time it is started again. */
const MOST_TRIES = 3;

/**
 * A program whose death is no answer: the question is asked again, of a program that was started again.
 *
 * @throws EptsweepError where there is still none: the block then has no answer either
 */
function persistent(oracle: Oracle): Oracle {
  return {
    ask: async (question) => {
      let last = '';
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const reply = await oracle.ask(question);
        if (reply.outcome !== 'failed') return reply;
        last = reply.message;
      }
      throw new EptsweepError('internal', `the oracle gave no answer: ${last}`);
    },
  };
}

function questionText({ question }: Disagreement): string {
  return 'want' in question ? `${question.what} of ${question.want}` : question.what;
}

/** Notes where the two say otherwise. */
function note(context: AskContext, one: Case, { id, vcpu }: AskedVcpu, found: Disagreement): void {
  const { tally, rows, spec } = context;
  const { range, left, right } = found;
  const pages = range.end - range.start;
  const question = questionText(found);
  const text = `${question}: ${left.who} says ${left.says}, ${right.who} ${right.says}`;
  tally.add(`question/${question}`);
  tally.least(`question/${question}`, one.point);
  tally.finding({ point: String(one.point), registers: enabledRanges(vcpu), pages: String(pages), text });
  if (spec.keep === 'none') return;
  const first = BigInt(range.start) << 12n;
  rows.add('findings', one, COLUMNS, {
    vcpu: id,
    question,
    first,
    pages,
    ours: left.says,
    theirs: right.says,
  });
}

/** Asks another program. Its rules are counted for the frame that each map begins with and the one in its middle. */
export function askOracle(context: AskContext): PointAsker {
  const { world, tally } = context;
  if (!world.oracle) throw new EptsweepError('internal', 'no other program to ask');
  const side = new ExternalSide(persistent(world.oracle), world.evaluator);
  const counted = { questions: 0, notComparable: 0 };
  const askVcpu = async (one: Case, asked: AskedVcpu): Promise<void> => {
    const { id, vcpu } = asked;
    const subject = { vcpu, policy: one.policy, pat: WB } as const;
    const range = { start: 0, end: frameCount(vcpu.maxphyaddr) };
    const found = await side.compare(subject, range);
    for (const disagreement of found) note(context, one, asked, disagreement);
    const { questions, notComparable } = side.tally;
    tally.add('states');
    tally.add('questions', questions - counted.questions);
    tally.add('not comparable', notComparable - counted.notComparable);
    Object.assign(counted, { questions, notComparable });
    await tally.answer(
      `${one.point} ${id} ${found.map((each) => `${questionText(each)} ${each.right.says}`).join()}`,
    );
    await withView(context, one, vcpu, one.policy, (view) => {
      verify(context, one, view);
      const coverage = new Coverage();
      for (const gfn of [0, range.end / 2]) {
        if (one.policy.peer) coverage.addPeer(one.policy);
        else coverage.addPage(explain(view, gfn, { changes: false }));
      }
      for (const { rule, count } of coverage.counts()) if (count > 0) tally.add(`rule/${rule}`, count);
    });
  };
  return async (one) => {
    for (const vcpu of one.vcpus) await askVcpu(one, vcpu);
  };
}
