/** Maps that other tools print beside the registers that they made them of. */
import { policy } from '../../src/policy/index.ts';
import { type Facts, type ToolMap, toVcpuInits } from '../../src/read/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { vcpu } from '../../src/vm/index.ts';

const engine = createReferenceEngine();

/** Where the types that we evaluate depart from another tool's map: nowhere, if both are right. */
export function departures(facts: Facts, map: ToolMap): string[] {
  const { cpus, maxphyaddr } = toVcpuInits(facts);
  const view = engine.open(vcpu(cpus[0]!.init), policy('sdm'));
  const frames = 2 ** (maxphyaddr - 12);
  const found: string[] = [];
  const expectType = (start: number, end: number, type: number) => {
    if (start >= end) return;
    for (const span of view.spans('mtrr', { range: { start, end } })) {
      if (span.type !== type)
        found.push(`${span.start.toString(16)}-${span.end.toString(16)}: ${span.type} for ${type}`);
    }
  };
  let next = 0;
  const defaultType = Number(facts.registers.get(0x2ff)!.value & 0xffn);
  for (const { start, end, type } of map.ranges) {
    const first = Number(start >> 12n);
    // What Linux and EDK2 leave out has the default type; coreboot's map ends at the top of RAM.
    if (map.tool !== 'coreboot') expectType(next, first, defaultType);
    next = Math.min(frames, Number((end + 1n) >> 12n));
    expectType(first, next, type);
  }
  if (map.tool !== 'coreboot') expectType(next, frames, defaultType);
  view.dispose();
  return found;
}
