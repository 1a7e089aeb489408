/** Large pages that cannot be, and the register that changes the type inside them. */
import { matchesFrame } from '../explain/matching.ts';
import { FIXED_END, MSR_DEF_TYPE } from '../msr/index.ts';
import { LEAF_FRAMES, overlap } from '../ranges.ts';
import { type GfnRange, typeName } from '../types.ts';
import { listed } from '../words.ts';
import type { CheckContext } from './context.ts';
import { type Finding, type FindingText, Gathering } from './finding.ts';
import { isCutShort, type Stretch } from './stretches.ts';

const LEVELS = [
  { name: '2M', frames: LEAF_FRAMES[2] },
  { name: '1G', frames: LEAF_FRAMES[3] },
] as const;

/** The registers that begin or stop to speak for frames at an edge, or whose word counts on one side alone. */
function atFault(below: Stretch, above: Stretch, context: CheckContext): readonly number[] {
  const edge = above.start;
  const turning = context.valid.filter((pair) => matchesFrame(pair, edge - 1) !== matchesFrame(pair, edge));
  if (turning.length > 0) return turning.map(({ baseMsr }) => baseMsr);
  return [...new Set([below.msr, above.msr])].filter((msr) => msr !== MSR_DEF_TYPE).sort((x, y) => x - y);
}

function touchesRam(page: GfnRange, context: CheckContext): boolean {
  const { ram } = context.input.memory;
  return ram === undefined || ram.some((range) => overlap(range, page));
}

function textOf(
  level: string,
  edge: readonly [Stretch, Stretch],
  msrs: readonly number[],
  context: CheckContext,
) {
  const types = listed(edge.map(({ type }) => typeName(type)));
  const who = listed(msrs.map((msr) => context.cause(msr).register));
  return {
    rule: 'page-split',
    severity: 'INFO',
    message: `no ${level} page here: ${types} meet inside${who === '' ? '' : `, ${who}`}`,
    remedy: `align what is RAM to ${level}, if large pages matter there`,
    causes: msrs.map((msr) => context.cause(msr)),
  } satisfies FindingText;
}

/** Pages of 2M and 1G inside which the type changes; only those with RAM where it is known what is RAM. */
export function* checkSplits(context: CheckContext): Generator<Finding> {
  if (!context.registers.isEnabled) return;
  const gathered = new Map<string, Gathering>();
  const isFixed = ({ start }: Stretch) => context.registers.isFixedEnabled && start <= FIXED_END;
  const splitUpTo = LEVELS.map(() => 0);
  let before: Stretch | undefined;
  const isCut = isCutShort(context, [{ start: 0, end: context.registers.frames }], (here) => {
    if (before && before.type !== here.type) {
      LEVELS.forEach(({ name, frames }, level) => {
        const start = here.start - (here.start % frames);
        // An edge on the page's boundary splits nothing, and a page is told once, with the first edge in it.
        // Fixed ranges split the first page of every PC.
        if (start === here.start || start < splitUpTo[level]! || isFixed(here)) return;
        const page = { start, end: Math.min(start + frames, context.registers.frames) };
        if (!touchesRam(page, context)) return;
        splitUpTo[level] = page.end;
        const msrs = atFault(before!, here, context);
        const key = `${level} ${msrs.join()}`;
        const gathering = gathered.get(key) ?? new Gathering(textOf(name, [before!, here], msrs, context));
        gathered.set(key, gathering);
        gathering.add(page);
      });
    }
    before = here;
  });
  for (const gathering of gathered.values()) yield gathering.finding(isCut);
}
