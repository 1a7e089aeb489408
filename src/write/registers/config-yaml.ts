/** A vCPU under a policy as a VM config, with every register as it was written. */
import type { Policy } from '../../policy/index.ts';
import { frameCount, type Slot, type Vcpu } from '../../vm/index.ts';
import { hexText } from '../../words.ts';

const LEVEL_NAMES = { 1: '4K', 2: '2M', 3: '1G' } as const;

function bytes(frames: number): string {
  return hexText(BigInt(frames) << 12n);
}

function isWholeSpace({ slots, maxphyaddr }: Vcpu): boolean {
  const [slot] = slots;
  if (slots.length !== 1 || !slot) return false;
  const { gfn, count, pfn, readonly, maxLevel } = slot;
  return gfn === 0 && count === frameCount(maxphyaddr) && pfn === 0 && !readonly && maxLevel === 3;
}

function slotText({ gfn, count, pfn, readonly, maxLevel }: Slot): string {
  const fields = [`base: ${bytes(gfn)}`, `size: ${bytes(count)}`, `hpa: ${bytes(pfn)}`];
  if (readonly) fields.push('kind: readonly');
  if (maxLevel !== 3) fields.push(`maxLevel: ${LEVEL_NAMES[maxLevel]}`);
  return `  - {${fields.join(', ')}}`;
}

/** What is to be said of the host. */
function* hostLines({ vendor, selfSnoop, hostMsrs }: Vcpu): Generator<string, void, undefined> {
  const settings = [
    ...(vendor === 'intel' ? [] : [`vendor: ${vendor}`]),
    ...(selfSnoop ? [] : ['selfSnoop: false']),
  ];
  if (settings.length > 0) yield `host: {${settings.join(', ')}}`;
  if (!hostMsrs) return;
  yield hostMsrs.length > 0 ? 'hostMsrs:' : 'hostMsrs: {}';
  for (const { msr, value } of hostMsrs) yield `  ${hexText(msr)}: ${hexText(value)}`;
}

/**
 * Lines of a YAML config that is read back as the same vCPU.
 *
 * @param name - the VM's name
 * @param comments - put in front, a line each
 */
export function* configLines(
  name: string,
  vcpu: Vcpu,
  policy: Policy,
  comments: readonly string[] = [],
): Generator<string, void, undefined> {
  for (const comment of comments) yield `# ${comment}`;
  yield `name: ${JSON.stringify(name)}`;
  yield `maxphyaddr: ${vcpu.maxphyaddr}`;
  yield `policy: ${policy.name}`;
  yield `noncoherentDma: ${vcpu.noncoherentDma}`;
  yield* hostLines(vcpu);
  if (vcpu.confidential) yield `confidential: ${vcpu.confidential}`;
  if (vcpu.quirks) yield `quirks: [${vcpu.quirks.join(', ')}]`;
  if (vcpu.cr0cd) yield 'cr0cd: true';
  if (!vcpu.guestHasMtrr) yield 'guestHasMtrr: false';
  if (vcpu.vcnt !== undefined) yield `vcnt: ${vcpu.vcnt}`;
  if (vcpu.msrs.length > 0) yield 'msrs:';
  for (const { msr, value } of vcpu.msrs) yield `  ${hexText(msr)}: ${hexText(value)}`;
  if (!isWholeSpace(vcpu)) {
    yield vcpu.slots.length > 0 ? 'slots:' : 'slots: []';
    for (const slot of vcpu.slots) yield slotText(slot);
  }
  if (vcpu.mmio.length > 0) yield 'mmio:';
  for (const { start, end } of vcpu.mmio) yield `  - ${bytes(start)}+${bytes(end - start)}`;
}
