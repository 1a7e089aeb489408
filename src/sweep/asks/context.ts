/** What the asks of a block share. */
import type { View } from '../../engine/index.ts';
import type { Policy } from '../../policy/index.ts';
import { guestRegisters, type Vcpu, validRanges } from '../../vm/index.ts';
import type { Block, Campaign } from '../campaign.ts';
import { type Case, refusalOf } from '../cases.ts';
import type { Rows } from '../rows.ts';
import type { SweepSpec } from '../spec.ts';
import type { Tally } from '../tally.ts';
import type { World } from '../world.ts';

/** A block that runs. */
export interface AskContext {
  readonly campaign: Pick<Campaign, 'points'>;
  readonly spec: SweepSpec;
  readonly block: Block;
  readonly world: World;
  readonly tally: Tally;
  readonly rows: Rows;
}

/** Asks a point. */
export type PointAsker = (one: Case) => Promise<void>;

/** Name of a sum of a combination. */
export function sumOf({ combination }: Pick<Case, 'combination'>, name: string): string {
  return `c${combination}/${name}`;
}

/**
 * Counts a point, or a vCPU of it, that cannot be asked.
 *
 * @param path - what is refused
 * @param count - how many there are of them, the first of which is the point
 */
export function countRefusal(
  tally: Tally,
  one: Pick<Case, 'point' | 'combination'>,
  path: string,
  count: bigint | number = 1n,
): void {
  tally.add('refused', count);
  tally.add(sumOf(one, 'refused'), count);
  tally.add(`refused/${path}`, count);
  tally.least(`refused/${path}`, one.point);
}

/**
 * Counts what another engine says otherwise: a finding that is named before those of the campaign's own question.
 *
 * @param text - who says what
 */
export function countContradiction(tally: Tally, point: bigint, text: string): void {
  tally.add('contradicted');
  tally.finding({ point: String(point), registers: 0, pages: '0', text });
}

/**
 * Opens a vCPU for as long as it is asked; one that the policy or the machine refuses is counted as such.
 *
 * @returns what the use gives; undefined where it is refused
 */
export async function withView<Result>(
  { world, tally }: AskContext,
  one: Case,
  vcpu: Vcpu,
  policy: Policy,
  use: (view: View) => Result | Promise<Result>,
): Promise<Result | undefined> {
  let view: View | undefined;
  try {
    view = world.evaluator.view(vcpu, policy);
    return await use(view);
  } catch (error) {
    const { path, problem } = refusalOf(error);
    countRefusal(tally, one, path);
    await tally.answer(`${one.point} refused ${problem}`);
    return undefined;
  } finally {
    view?.dispose();
  }
}

/** Variable ranges of a vCPU that are on. */
export function enabledRanges(vcpu: Vcpu): number {
  return validRanges(guestRegisters(vcpu)).length;
}
