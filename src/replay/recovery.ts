/**
 * What recovering large pages would take as dirty logging ends: how many regions could be mapped large, in how many the
 * small entries differ, and how many pages each way of finding the large entry's type would change.
 */
import type { Guest } from './guest.ts';
import type { ReplaySlot } from './inventory.ts';
import { largerRegions } from './larger-regions.ts';
import type { Roots } from './roots.ts';
import { codeOfValue, type LargerRegion, pagesUnlike, type SharedEpt } from './shared-ept.ts';

/** See the head of the file. */
export interface Recovery {
  /** Regions with small entries that one large entry could map. */
  readonly regions: number;
  /** Of these, regions whose type is known without asking a vCPU. */
  readonly withoutVcpu: number;
  /** Regions whose small entries differ in type or IPAT. */
  readonly mixed: number;
  /** Mapped pages whose type or IPAT changes if the large entry is given ... */
  readonly retyped: {
    /** ... what the first vCPU's state demands of each page. */
    readonly vcpu0: number;
    /** ... what the region's first small entry has. */
    readonly inherit: number;
    /** ... what some running vCPU's state demands: whoever faults next may install that. */
    readonly refault: number;
  };
}

type Mutable = {
  -readonly [Key in 'regions' | 'withoutVcpu' | 'mixed']: number;
} & { readonly retyped: { -readonly [Key in keyof Recovery['retyped']]: number } };

/** No region. */
export function noRecovery(): Mutable {
  return { regions: 0, withoutVcpu: 0, mixed: 0, retyped: { vcpu0: 0, inherit: 0, refault: 0 } };
}

/** Adds one to another. */
export function addRecovery(sum: Mutable, one: Recovery): void {
  sum.regions += one.regions;
  sum.withoutVcpu += one.withoutVcpu;
  sum.mixed += one.mixed;
  for (const way of ['vcpu0', 'inherit', 'refault'] as const) sum.retyped[way] += one.retyped[way];
}

function addRegion(
  sum: Mutable,
  ept: SharedEpt,
  { start, end, code: first }: LargerRegion,
  guest: Guest,
): void {
  const byFirst = guest.demands.types(guest.stateOf(guest.first));
  let isMixed = false;
  ept.each(start, end, (from, to, value) => {
    const code = codeOfValue(value);
    if (code !== first) {
      isMixed = true;
      sum.retyped.inherit += to - from;
    }
    sum.retyped.vcpu0 += pagesUnlike(byFirst, from, to, code);
    guest.agreement.each(from, to, (a, b, _, present) => {
      if ((present & ~(1 << code)) !== 0) sum.retyped.refault += b - a;
    });
  });
  sum.regions += 1;
  if (!guest.demands.asksVcpu) sum.withoutVcpu += 1;
  if (isMixed) sum.mixed += 1;
}

/** The regions of a slot, in all roots. */
export function recoveryOf(roots: Roots, slot: ReplaySlot, guest: Guest): Recovery {
  const sum = noRecovery();
  for (const { ept } of roots.all) {
    for (const region of largerRegions(ept, slot)) addRegion(sum, ept, region, guest);
  }
  return sum;
}
