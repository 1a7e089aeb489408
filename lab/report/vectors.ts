/** What a kernel answered as golden answers of the oracle's protocol, a request and its answer a line. */
import type { Policy } from '../../src/policy/index.ts';
import { hexText } from '../../src/words.ts';
import type { LeafAnswer, VerdictAnswer } from '../hold/finding.ts';
import { FRAME } from '../hold/hold-leaf.ts';
import type { MachineState } from '../hold/machine-state.ts';
import { releaseIn } from '../kernel/version.ts';
import { ADDRESS_BITS } from '../scenario/lab-case.ts';

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
  ) {
    this.#name = `lab-${releaseIn(version)}`;
  }

  leaf({ guest, step, vcpu, gfn, level, entry }: LeafAnswer, state: MachineState): void {
    const view = state.view(vcpu);
    const asked = { range: { start: gfn, end: gfn + 1 } };
    const [model] = view.spansOf('leaf', asked);
    const { msrs, cr0cd, noncoherentDma, quirks, slots, mmio } = state.vcpu(vcpu);
    const id = `${this.#name}-${guest}-${step}-${hexText(gfn)}`;
    const request = {
      id,
      want: 'leaf',
      policy: this.policy.name,
      maxphyaddr: ADDRESS_BITS,
      msrs: Object.fromEntries(msrs.map(({ msr, value }) => [hexText(msr), hexText(value)])),
      ...(cr0cd && { cr0cd }),
      ...(noncoherentDma && { noncoherentDma }),
      ...(quirks && { quirks }),
      ...(mmio.length > 0 && { mmio: mmio.map(({ start, end }) => [hexText(start), hexText(end)]) }),
      memory: slots.map(({ gfn: first, count, pfn, readonly, maxLevel }) => ({
        gfn: hexText(first),
        count: hexText(count),
        pfn: hexText(pfn),
        ...(readonly && { readonly }),
        maxLevel,
      })),
      range: [hexText(gfn), hexText(gfn + 1)],
    };
    // The request's slots say another frame than the host's.
    const bits = (entry & ~FRAME) | ((model!.entry ?? 0n) & FRAME);
    const answer = { id, spans: [[hexText(gfn), hexText(gfn + 1), level, hexText(bits)]] };
    const { id: _, ...content } = request;
    this.#leaves.set(JSON.stringify(content), { request, answer });
  }

  verdict({ guest, step, msr, value, refused }: VerdictAnswer): void {
    // A request states the registers that there are, and does not write this one.
    if (msr === 0xfe) return;
    const id = `${this.#name}-${guest}-${step}`;
    const write = { [hexText(msr)]: hexText(value) };
    const request = { id, want: 'ept', policy: this.policy.name, maxphyaddr: ADDRESS_BITS, msrs: write };
    const [ipat, end] = [1, hexText(2 ** (ADDRESS_BITS - 12))];
    const answer = refused
      ? { id, error: { code: 'wrmsr-gp', msr: hexText(msr), value: hexText(value) } }
      : { id, spans: [['0x0', end, 6, ipat]] };
    this.#verdicts.set(JSON.stringify(write), { request, answer });
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
