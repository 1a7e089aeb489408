/** Plans registers for the map that a machine's own registers make. */

import type { Evaluator } from '../../src/engine/index.ts';
import { type FitOptions, ownMap, planRegisters, registersOf } from '../../src/fit/index.ts';
import { policy } from '../../src/policy/index.ts';
import { guestRegisters, type Vcpu, vcpu, withoutHost } from '../../src/vm/index.ts';

/** How a machine's own map fares: what is planned for it, and the pages that then differ. */
export function planOfOwn(engine: Evaluator, machine: Vcpu, options: Partial<FitOptions> = {}) {
  const registers = guestRegisters(machine);
  const view = engine.view(withoutHost(machine), policy('sdm'));
  const { map, undefinedPages } = ownMap(view);
  const used = registers.isEnabled ? registers.variable.filter((one) => one.isEnabled).length : 0;
  const fixed = registers.isEnabled && registers.isFixedEnabled ? 'always' : 'needed';
  const forcedWbEnd = registers.forcedWb?.end ?? 0;
  const found = planRegisters(map, { vcnt: 40, fixed, forcedWbEnd, ...options });
  const others = machine.msrs.filter(({ msr }) => msr >= 0xc0000000);
  const planned = vcpu({
    maxphyaddr: machine.maxphyaddr,
    vcnt: 40,
    msrs: [...others.map(({ msr, value }) => [msr, value] as const), ...registersOf(found.plan)],
  });
  const differing = engine.compare(view, engine.view(planned, policy('sdm')), 'mtrr').pages;
  const spaceMask = (1n << BigInt(machine.maxphyaddr)) - 1n;
  const hasHoles = registers.variable.some(({ isEnabled, mask }) => {
    const size = (spaceMask & ~mask) | 0xfffn;
    return isEnabled && (size & (size + 1n)) !== 0n;
  });
  view.dispose();
  return { found, used, hasHoles, differing, undefinedPages };
}
