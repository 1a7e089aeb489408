/** `totals`: pages by answer, of every point; points with one answer are told from each other. */
import { answerText } from '../../diff/index.ts';
import type { Total } from '../../types.ts';
import { sha256 } from '../canonical.ts';
import type { AskedVcpu, Case } from '../cases.ts';
import type { OwnColumns } from '../rows.ts';
import { type AskContext, type PointAsker, sumOf, withView } from './context.ts';
import { MOST_POINTS_TOLD_APART } from './made.ts';
import { totalsText, verify } from './verify.ts';

const COLUMNS: OwnColumns = [
  ['vcpu', 'uint64'],
  ['answer', 'string'],
  ['type', 'uint8', 'nullable'],
  ['ipat', 'uint8', 'nullable'],
  ['level', 'uint8', 'nullable'],
  ['pages', 'uint64'],
];

/** Digits of an answer's hash: 64 bits, so that a million answers meet by chance once in 10^7 campaigns. */
const HASH_DIGITS = 16;

/** -1 is no unsigned number. */
function typeCell({ type }: Total): number | null {
  return type === undefined || type < 0 ? null : type;
}

/** Asks for totals. */
export function askTotals(context: AskContext): PointAsker {
  const { spec, campaign, tally, rows } = context;
  const tellsApart = campaign.points <= MOST_POINTS_TOLD_APART;
  const names = new Map<string, string>();
  const nameOf = async (text: string): Promise<string> => {
    const name = names.get(text) ?? `answer/${(await sha256(text)).slice(0, HASH_DIGITS)}`;
    names.set(text, name);
    return name;
  };
  const askVcpu = async (one: Case, { id, vcpu }: AskedVcpu): Promise<void> => {
    const totals = await withView(context, one, vcpu, one.policy, (view) => {
      const counted = view.totals(spec.want);
      verify(context, one, view);
      return counted;
    });
    if (!totals) return;
    tally.add('states');
    const text = totalsText(spec.want, totals);
    await tally.answer(`${one.point} ${id} ${text}`);
    if (tellsApart) {
      const name = await nameOf(text);
      tally.add(name);
      tally.least(name, one.point);
    }
    for (const total of totals) {
      const answer = answerText(spec.want, total);
      tally.add(sumOf(one, `pages/${answer}`), total.pages);
      const { ipat = null, level = null, pages } = total;
      if (spec.keep === 'all') {
        rows.add('points', one, COLUMNS, { vcpu: id, answer, type: typeCell(total), ipat, level, pages });
      }
    }
  };
  return async (one) => {
    for (const vcpu of one.vcpus) await askVcpu(one, vcpu);
  };
}
