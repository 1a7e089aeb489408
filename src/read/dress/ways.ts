/** The ways in which a text may have come to be as it is, told by how its lines begin. */
import {
  areNumbers,
  beginningsOf,
  counted,
  isCounter,
  isFilled,
  type Shared,
  sharedBeginnings,
} from './beginning.ts';
import { NARROWEST } from './fold.ts';
import { type Cut, isWithin, joined, mayGoOn, type Piece, type StepOf, undone, without } from './steps.ts';

/** A way: what is undone, and what it tells. */
export interface Way {
  readonly steps: readonly StepOf[];
  /** At which its lines were cut. */
  readonly cut?: Cut | undefined;
  /** That the beginnings of all lines name. */
  readonly host?: string | undefined;
  /** It takes the numbers of the lines away, which are nobody's values. */
  readonly isSure: boolean;
}

/** Beginnings that are tried. */
const MOST_SHARED = 4;
const MOST_WHOLE = 2;
/** Share of the lines that are whole, and of the rests that stand where a cut leaves them. */
const FEWEST_WHOLE = 0.1;
const MOST_RESTS = 0.9;
const FEWEST_LINES = 3;
/** Longest lines that are no longer than the column, or stick out of it. */
const MOST_COLUMNS_TRIED = 16;
/** What can be told of a beginning that only some lines have: anything shorter they have by chance. */
const FEWEST_CHARACTERS = 4;

/** Where a mail program broke a line of quoted-printable, which is put together elsewhere. */
const SOFT_BREAK = /^.{69,75}(?<!=)=$/;

const textsOf = (pieces: readonly Piece[]): readonly string[] => pieces.map(({ text }) => text);

/** Where lines were cut whose rests begin otherwise than whole ones. */
function cutOf(lines: readonly string[], isWhole: readonly boolean[]): Cut | undefined {
  const rests = lines.flatMap((line, at) => (at > 0 && !isWhole[at] && line !== '' ? [at] : []));
  if (rests.some((at) => SOFT_BREAK.test(lines[at - 1]!))) return undefined;
  const columns = [...new Set(lines.map(({ length }) => length))]
    .sort((a, b) => b - a)
    .slice(0, MOST_COLUMNS_TRIED)
    .filter((column) => column >= NARROWEST && lines.every((line) => isWithin(line, column)));
  const fitting = (cut: Cut): number => rests.filter((at) => mayGoOn(lines[at - 1]!, lines[at]!, cut)).length;
  const cuts = [
    ...columns.slice(0, 1).map((column): Cut => ({ column, atBlanks: false })),
    ...columns.map((column): Cut => ({ column, atBlanks: true })),
  ].map((cut) => ({ cut, fits: fitting(cut) }));
  const best = Math.max(...cuts.map(({ fits }) => fits));
  return best < rests.length * MOST_RESTS ? undefined : cuts.find(({ fits }) => fits === best)?.cut;
}

interface Join {
  readonly step: StepOf;
  readonly cut: Cut;
  /** The numbers of the lines tell which of them are whole. */
  readonly isCounted: boolean;
}

/** Ways to put rests behind the lines that begin alike: the longest beginning of each set of lines. */
function joins(lines: readonly string[]): readonly Join[] {
  const filled = lines.filter(isFilled);
  const first = filled[0];
  if (first === undefined) return [];
  const bySet = new Map<string, Join>();
  for (const lengthOf of beginningsOf(first)) {
    const isCounted = isCounter(first.slice(0, lengthOf(first)));
    const beginning = isCounted ? counted(lengthOf) : () => lengthOf;
    const lengths = lines.map(beginning());
    const isWhole = lengths.map((length) => length !== -1);
    const beginnings = lines.flatMap((line, at) => (isWhole[at] ? [line.slice(0, lengths[at])] : []));
    if (lengthOf(first) < FEWEST_CHARACTERS && !areNumbers(beginnings)) continue;
    const count = isWhole.filter(Boolean).length;
    if (count < Math.max(FEWEST_LINES, filled.length * FEWEST_WHOLE) || count >= filled.length) continue;
    const cut = cutOf(lines, isWhole);
    const set = isWhole.join();
    const known = bySet.get(set);
    if (cut)
      bySet.set(set, {
        step: joined(beginning, cut),
        cut,
        isCounted: isCounted || known?.isCounted === true,
      });
  }
  // Of ways that read as much, the one with the longest beginning: rests have a short one by chance.
  return [...bySet.values()].reverse().slice(0, MOST_WHOLE);
}

/** The shortest beginnings, and the longest. */
const someOf = (all: readonly Shared[]): readonly Shared[] => [
  ...all.slice(0, MOST_SHARED - 1),
  ...all.slice(MOST_SHARED - 1).slice(-1),
];

/**
 * The ways in which a text may be read, but for the one that takes its lines as they stand.
 *
 * @param pieces - the first lines of a text
 */
export function waysOf(pieces: readonly Piece[]): readonly Way[] {
  const ways: Way[] = [];
  const bases = someOf(sharedBeginnings(textsOf(pieces).filter(isFilled)));
  for (const { lengthOf, host, isNumber } of bases) {
    ways.push({ steps: [without(lengthOf)], host, isSure: isNumber });
  }
  // What all lines have is no sign of a whole one.
  const base = bases.at(-1);
  const steps = base ? [without(base.lengthOf)] : [];
  const lines = undone(pieces, steps);
  for (const { step, cut, isCounted } of joins(textsOf(lines))) {
    // A cut between words may be one within them, where escapes have come in later.
    const isSure = (isCounted && !cut.atBlanks) || base?.isNumber === true;
    ways.push({ steps: [...steps, step], cut, host: base?.host, isSure });
    const whole = textsOf(undone(lines, [step])).filter(isFilled);
    for (const shared of someOf(sharedBeginnings(whole))) {
      const host = shared.host ?? base?.host;
      ways.push({ steps: [...steps, step, without(shared.lengthOf)], cut, host, isSure });
    }
  }
  return ways;
}
