/** The asking end: a question to an engine as a request line for another program. */
import { InputRangeError } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import type { Want } from '../types.ts';
import { frameCount, type MsrWrite, type Query, type Vcpu } from '../vm/index.ts';
import { hexText } from '../words.ts';
import type { RequestId } from './protocol.ts';

/** What can be asked of any program that speaks the protocol. */
export interface OracleQuestion {
  readonly want: Want;
  readonly policy: Policy;
  readonly vcpu: Vcpu;
  readonly query?: Query;
}

function msrsOf(path: string, writes: readonly MsrWrite[]): Record<string, string> {
  const msrs: Record<string, string> = {};
  for (const { msr, value } of writes) {
    const key = hexText(msr);
    if (key in msrs) {
      throw new InputRangeError(`${path}.${key}`, `MSR ${key} is written twice, which a request cannot say`);
    }
    msrs[key] = hexText(value);
  }
  return msrs;
}

function isWholeSpace(vcpu: Vcpu): boolean {
  const [slot] = vcpu.slots;
  return (
    vcpu.slots.length === 1 &&
    slot !== undefined &&
    slot.gfn === 0 &&
    slot.count === frameCount(vcpu.maxphyaddr) &&
    slot.pfn === 0 &&
    !slot.readonly &&
    slot.maxLevel === 3
  );
}

/**
 * A request line. Every switch is written out, so that the other program needs no default but those for
 * `quirks`, `vcnt`, `memory`, `mmio`, `vendor` and `hostMsrs`, which are left out where the vCPU leaves them open
 * (or the host is Intel: programs that know no other are asked as before).
 *
 * @param id - what the answer is to be matched by
 * @param question - see {@link OracleQuestion}
 * @returns one line of JSON without a newline
 * @throws {@link InputError} where one MSR is written twice, which the protocol cannot say
 */
export function requestLine(id: RequestId, { want, policy, vcpu, query }: OracleQuestion): string {
  const range = query?.range ?? { start: 0, end: frameCount(vcpu.maxphyaddr) };
  return JSON.stringify({
    id,
    want,
    policy: policy.name,
    maxphyaddr: vcpu.maxphyaddr,
    msrs: msrsOf('msrs', vcpu.msrs),
    ...(vcpu.vcnt !== undefined && { vcnt: vcpu.vcnt }),
    cr0cd: vcpu.cr0cd,
    guestHasMtrr: vcpu.guestHasMtrr,
    noncoherentDma: vcpu.noncoherentDma,
    selfSnoop: vcpu.selfSnoop,
    ...(vcpu.vendor !== 'intel' && { vendor: vcpu.vendor }),
    ...(vcpu.hostMsrs && { hostMsrs: msrsOf('hostMsrs', vcpu.hostMsrs) }),
    ...(vcpu.quirks && { quirks: vcpu.quirks }),
    ...(vcpu.mmio.length > 0 && { mmio: vcpu.mmio.map(({ start, end }) => [hexText(start), hexText(end)]) }),
    ...(!isWholeSpace(vcpu) && {
      memory: vcpu.slots.map((slot) => ({
        gfn: hexText(slot.gfn),
        count: hexText(slot.count),
        pfn: hexText(slot.pfn),
        readonly: slot.readonly,
        maxLevel: slot.maxLevel,
      })),
    }),
    ...(query?.pat !== undefined && { pat: query.pat }),
    range: [hexText(range.start), hexText(range.end)],
  });
}
