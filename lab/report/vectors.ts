/** What a kernel answered as golden answers of the oracle's protocol, a request and its answer a line. */
import type { Evaluator } from '../../src/engine/index.ts';
import { requestLine } from '../../src/oracle/write-request.ts';
import type { Policy } from '../../src/policy/index.ts';
import type { FollowedLeaf, FollowedStep, ReplaySlot } from '../../src/replay/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { hexText } from '../../src/words.ts';
import { releaseIn } from '../kernel/version.ts';
import { ADDRESS_BITS, type LabCase } from '../scenario/lab-case.ts';

/** Bits 51:12, the host's own affair. */
const FRAME = 0x000ffffffffff000n;
/** Lines of each sort that are kept: from all over the run. */
const MOST = { leaf: 80, verdict: 40 } as const;

interface Line {
  readonly request: object;
  readonly answer: object;
}

/** As many of a list as are wanted, spread over it. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, k) => list[Math.floor((k * list.length) / most)]!);
}

/** Collects lines. */
export class VectorWriter {
  readonly #leaves = new Map<string, Line>();
  readonly #verdicts = new Map<string, Line>();
  readonly #name: string;

  constructor(
    readonly policy: Policy,
    version: string,
    readonly evaluator: Evaluator,
  ) {
    this.#name = `lab-${releaseIn(version)}`;
  }

  /** Whether a request of the oracle, which knows neither dirty logging nor NX huge pages, asks for such a leaf. */
  #isFirstFault(one: LabCase, { gfn, replacesTable }: FollowedLeaf, slots: readonly ReplaySlot[]): boolean {
    const slot = slots.find(({ gfn: first, count }) => first <= gfn && gfn < first + count);
    return !replacesTable && !one.nxHugePages && slot?.dirtyLog === false;
  }

  #leaf({ name }: LabCase, step: FollowedStep, { gfn, level, entry }: FollowedLeaf): void {
    const range = { start: gfn, end: gfn + 1 };
    const id = `${this.#name}-${name}-${step.step}-${hexText(gfn)}`;
    const { policy } = this;
    const request = JSON.parse(requestLine(id, { want: 'leaf', policy, vcpu: step.vcpu, query: { range } }));
    const view = this.evaluator.view(step.vcpu, policy);
    const [model] = view.spansOf('leaf', { range });
    view.dispose();
    // The request's slots say another frame than the host's.
    const bits = (entry & ~FRAME) | ((model!.entry ?? 0n) & FRAME);
    const answer = { id, spans: [[hexText(gfn), hexText(gfn + 1), level, hexText(bits)]] };
    const { id: _, ...content } = request;
    this.#leaves.set(JSON.stringify(content), { request, answer });
  }

  #verdict({ name }: LabCase, { step, event, replayed }: FollowedStep): void {
    // A request states the registers that there are, and does not write MTRRCAP.
    if (event.kind !== 'wrmsr' || event.msr === 0xfe) return;
    const { msr, value } = event;
    const id = `${this.#name}-${name}-${step}`;
    const state = vcpu({ maxphyaddr: ADDRESS_BITS, msrs: [{ msr, value }] });
    const request = JSON.parse(requestLine(id, { want: 'ept', policy: this.policy, vcpu: state }));
    const [ipat, end] = [1, hexText(2 ** (ADDRESS_BITS - 12))];
    const answer =
      replayed.verdict === '#GP'
        ? { id, error: { code: 'wrmsr-gp', msr: hexText(msr), value: hexText(value) } }
        : { id, spans: [['0x0', end, 6, ipat]] };
    this.#verdicts.set(`${msr} ${value}`, { request, answer });
  }

  /**
   * Takes what a step says that agrees with the model.
   *
   * @param slots - as they are behind it
   */
  step(one: LabCase, step: FollowedStep, slots: readonly ReplaySlot[]): void {
    if (step.event.kind === 'touch') {
      const first = step.leaves.filter((leaf) => this.#isFirstFault(one, leaf, slots));
      for (const leaf of first) this.#leaf(one, step, leaf);
    }
    this.#verdict(one, step);
  }

  /** The lines. */
  text(): string {
    const lines = [
      ...spread([...this.#leaves.values()], MOST.leaf),
      ...spread([...this.#verdicts.values()], MOST.verdict),
    ];
    return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}
