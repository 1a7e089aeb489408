/** What would change an answer, as a lane that shows it. */
import { QUIRKS, type Quirk, vcpuOf } from '../../src/index.ts';
import { defaultQuirksOn } from '../../src/policy/index.ts';
import { addresses, type JsonObject } from '../../src/write/index.ts';
import type { OpenLane } from './machine.ts';
import type { Lane } from './protocol.ts';

/** A change as `eptsweep/explain@2` has it. */
type Change = Readonly<Record<string, unknown>>;

/** Registers' bits that have paths of their own. */
const BIT_PATHS: Readonly<Record<string, string>> = {
  'DEF_TYPE.E': 'mtrr.enabled',
  'DEF_TYPE.FE': 'mtrr.fixedEnabled',
};

function quirksText({ opened, policy }: OpenLane, quirk: unknown, on: unknown): string {
  const { quirks, host } = opened.vm;
  const before = quirks ?? defaultQuirksOn(policy, host.vendor);
  const after = QUIRKS.filter((one: Quirk) => (one === quirk ? on === true : before.includes(one)));
  return `quirks=[${after.join(', ')}]`;
}

/** The host's MMIO with a range more or less, given by its first address and its pages. */
function mmioText({ opened, index }: OpenLane, range: JsonObject, on: unknown): string {
  const start = Number(BigInt(range.first as number | string) >> 12n);
  const changed = { start, end: start + Number(range.pages) };
  const { mmio } = vcpuOf(opened.vm, index);
  const others = mmio.filter((one) => one.start !== changed.start || one.end !== changed.end);
  const list = on === true ? [...mmio, changed] : others;
  return `mmio=[${list.map((one) => `"${addresses(one)}"`).join(', ')}]`;
}

/** The change as `--set` takes it; undefined where no path says it. */
function settingOf(change: Change, lane: OpenLane): string | undefined {
  const { on } = change;
  switch (change.kind) {
    case 'noncoherent-dma':
      return `noncoherentDma=${on}`;
    case 'self-snoop':
      return `host.selfSnoop=${on}`;
    case 'cr0-cd':
      return `cr0cd=${on}`;
    case 'guest-has-mtrr':
      return `guestHasMtrr=${on}`;
    case 'vendor':
      return `host.vendor=${change.vendor}`;
    case 'quirk':
      return quirksText(lane, change.quirk, on);
    case 'variable-range':
      return `mtrr.variable[${change.index}].valid=${on}`;
    case 'register-bit': {
      const path = BIT_PATHS[String(change.bit)];
      return path && `${path}=${on}`;
    }
    case 'register-reset':
      return `msrs.${change.msr}=0`;
    case 'host-mmio':
      return mmioText(lane, change.range as JsonObject, on);
    default:
      return undefined;
  }
}

function laneWith(change: Change, lane: Lane, opened: OpenLane): Lane | null {
  if (change.kind === 'policy') return { ...lane, policy: (change.policy as { name: string }).name };
  if (change.kind === 'vcpu') return { ...lane, vcpu: (change.vcpus as readonly number[])[0]! };
  const setting = settingOf(change, opened);
  return setting === undefined ? null : { ...lane, set: [...(lane.set ?? []), setting] };
}

/**
 * Lanes for each of `wouldChange` of a document's first explanation.
 *
 * @param document - `eptsweep/explain@2`
 * @param lane - that was explained
 */
export function lanesOfChanges(document: JsonObject, lane: Lane, opened: OpenLane): readonly (Lane | null)[] {
  const [first] = document.explanations as readonly JsonObject[];
  const effects = (first?.wouldChange ?? []) as readonly JsonObject[];
  return effects.map(({ change }) => laneWith(change as Change, lane, opened));
}
