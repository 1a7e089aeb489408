/**
 * One request, from a line of text to what an engine is asked, checked in the order that the protocol gives:
 * the structure, the policy's name, whether the policy has such an answer. Register values are judged later,
 * by the engine.
 */
import { EptsweepError, InputError, InputRangeError, messageWithoutPath } from '../errors.ts';
import { type Policy, policy, type Quirk, requireWantOn, VENDORS, type Vendor } from '../policy/index.ts';
import { type GfnRange, PAT_TYPES, type PatType, WANTS, type Want } from '../types.ts';
import { frameCount, type Query, type SlotInit, type Vcpu, type VcpuInit, vcpu } from '../vm/index.ts';
import {
  expected,
  isHexString,
  readArray,
  readBoolean,
  readInteger,
  readObject,
  readPair,
  readString,
  readUnsigned,
  requireKnownKeys,
  unfit,
} from './fields.ts';
import { isHeldByDouble, jsonSource } from './json-source.ts';
import type { ErrorAnswer, RequestId } from './protocol.ts';

const REQUEST_KEYS = [
  'id',
  'want',
  'policy',
  'maxphyaddr',
  'msrs',
  'vcnt',
  'cr0cd',
  'guestHasMtrr',
  'noncoherentDma',
  'selfSnoop',
  'quirks',
  'mmio',
  'memory',
  'hostMsrs',
  'vendor',
  'pat',
  'range',
];
const SLOT_KEYS = ['gfn', 'count', 'pfn', 'readonly', 'maxLevel'];
const MAX_MSR_VALUE = (1n << 64n) - 1n;
/** MMIO may be given beyond any guest's space, where it is clipped away. */
const SAFE_END = BigInt(Number.MAX_SAFE_INTEGER);

/** A request that an engine can be asked. */
export interface OracleRequest {
  readonly id: RequestId;
  readonly want: Want;
  readonly policy: Policy;
  readonly vcpu: Vcpu;
  readonly query: Query & { readonly range: GfnRange };
  /**
   * MSR numbers in the order of the vCPU's writes, exact: a request may name one above 2^53, which only its
   * refusal has to repeat.
   */
  readonly msrNumbers: readonly bigint[];
  /** The same of the host's registers. */
  readonly hostMsrNumbers: readonly bigint[];
}

function readMsrs(
  at: 'msrs' | 'hostMsrs',
  value: unknown,
): { numbers: bigint[]; writes: [number, bigint][] } {
  const numbers: bigint[] = [];
  const writes: [number, bigint][] = [];
  const seen = new Set<bigint>();
  for (const [key, content] of Object.entries(readObject(at, value))) {
    const path = `${at}.${key}`;
    if (!isHexString(key)) throw expected(path, 'an MSR number as a hex string like "0x2ff"', key);
    const number = BigInt(key);
    if (seen.has(number)) throw new InputRangeError(path, `MSR 0x${number.toString(16)} is given twice`);
    seen.add(number);
    const word = readUnsigned(path, content);
    if (word > MAX_MSR_VALUE) throw unfit(path, 'a value of 64 bits', content);
    numbers.push(number);
    // Beyond 2^32 every engine refuses the write whatever its number: the clamp only keeps it a number.
    writes.push([number > 0xffffffffn ? Number.MAX_SAFE_INTEGER : Number(number), word]);
  }
  return { numbers, writes };
}

function readMmio(value: unknown): GfnRange[] {
  const clipped = (frame: bigint) => (frame < SAFE_END ? Number(frame) : Number.MAX_SAFE_INTEGER);
  return readArray('mmio', value).map((item, index) => {
    const pair = readPair(`mmio.${index}`, item);
    const first = readUnsigned(`mmio.${index}.0`, pair[0]);
    const last = readUnsigned(`mmio.${index}.1`, pair[1]);
    if (last < first) throw new InputRangeError(`mmio.${index}.1`, 'the range ends before it starts');
    return { start: clipped(first), end: clipped(last) };
  });
}

function readSlot(value: unknown, index: number): SlotInit {
  const path = `memory.${index}`;
  const slot = readObject(path, value);
  requireKnownKeys(`${path}.`, slot, SLOT_KEYS);
  return {
    gfn: readInteger(`${path}.gfn`, slot.gfn),
    count: readInteger(`${path}.count`, slot.count),
    pfn: readInteger(`${path}.pfn`, slot.pfn),
    ...(slot.readonly !== undefined && { readonly: readBoolean(`${path}.readonly`, slot.readonly) }),
    ...(slot.maxLevel !== undefined && {
      maxLevel: readInteger(`${path}.maxLevel`, slot.maxLevel) as 1 | 2 | 3,
    }),
  };
}

function readVendor(value: unknown): Vendor {
  const name = readString('vendor', value);
  const known = VENDORS.find((vendor) => vendor === name);
  if (known === undefined) throw unfit('vendor', VENDORS.map((one) => `"${one}"`).join(' or '), value);
  return known;
}

function readRange(value: unknown, frames: number): GfnRange {
  const pair = readPair('range', value);
  const start = readInteger('range.0', pair[0]);
  const end = readInteger('range.1', pair[1]);
  if (end < start) throw new InputRangeError('range.1', 'it ends before it starts');
  if (end > frames) {
    throw new InputRangeError(
      'range.1',
      `it ends beyond the guest's space of 0x${frames.toString(16)} frames`,
    );
  }
  return { start, end };
}

function readPat(value: unknown): PatType {
  const type = readInteger('pat', value);
  const known = PAT_TYPES.find((pat) => pat === type);
  if (known === undefined) throw unfit('pat', `a PAT type, one of ${PAT_TYPES.join(', ')}`, value);
  return known;
}

function readWant(value: unknown): Want {
  const known = WANTS.find((want) => want === value);
  if (known === undefined) throw unfit('want', `one of ${WANTS.join(', ')}`, value);
  return known;
}

/** The protocol calls slots memory, and the ends of a range by position. */
function vcpuNamedByProtocol(init: VcpuInit): Vcpu {
  try {
    return vcpu(init);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const path = error.path
      .replace(/^slots/, 'memory')
      .replace(/^(mmio\.\d+)\.start$/, '$1.0')
      .replace(/^(mmio\.\d+)\.end$/, '$1.1');
    throw new InputRangeError(path, error.problem, error.hint);
  }
}

/** Key by key, what the vCPU is made of; ranges of the numbers are checked by {@link vcpu}. */
function readVcpu(
  body: Readonly<Record<string, unknown>>,
): Pick<OracleRequest, 'vcpu' | 'msrNumbers' | 'hostMsrNumbers'> {
  const msrs = readMsrs('msrs', body.msrs === undefined ? {} : body.msrs);
  const hostMsrs = readMsrs('hostMsrs', body.hostMsrs === undefined ? {} : body.hostMsrs);
  const init: VcpuInit = {
    maxphyaddr: readInteger('maxphyaddr', body.maxphyaddr),
    msrs: msrs.writes,
    ...(body.vcnt !== undefined && { vcnt: readInteger('vcnt', body.vcnt) }),
    ...(body.cr0cd !== undefined && { cr0cd: readBoolean('cr0cd', body.cr0cd) }),
    ...(body.guestHasMtrr !== undefined && { guestHasMtrr: readBoolean('guestHasMtrr', body.guestHasMtrr) }),
    ...(body.noncoherentDma !== undefined && {
      noncoherentDma: readBoolean('noncoherentDma', body.noncoherentDma),
    }),
    ...(body.selfSnoop !== undefined && { selfSnoop: readBoolean('selfSnoop', body.selfSnoop) }),
    ...(body.quirks !== undefined && {
      quirks: readArray('quirks', body.quirks).map(
        (quirk, index) => readString(`quirks.${index}`, quirk) as Quirk,
      ),
    }),
    ...(body.hostMsrs !== undefined && { hostMsrs: hostMsrs.writes }),
    ...(body.vendor !== undefined && { vendor: readVendor(body.vendor) }),
    ...(body.mmio !== undefined && { mmio: readMmio(body.mmio) }),
    ...(body.memory !== undefined && { slots: readArray('memory', body.memory).map(readSlot) }),
  };
  return { vcpu: vcpuNamedByProtocol(init), msrNumbers: msrs.numbers, hostMsrNumbers: hostMsrs.numbers };
}

function readBody(id: RequestId, body: Readonly<Record<string, unknown>>): OracleRequest {
  requireKnownKeys('', body, REQUEST_KEYS);
  const want = body.want === undefined ? 'ept' : readWant(body.want);
  const policyName = body.policy === undefined ? 'sdm' : readString('policy', body.policy);
  const machine = readVcpu(body);
  const frames = frameCount(machine.vcpu.maxphyaddr);
  const range = body.range === undefined ? { start: 0, end: frames } : readRange(body.range, frames);
  const pat = body.pat === undefined ? undefined : readPat(body.pat);
  const rule = policy(policyName);
  requireWantOn(rule, machine.vcpu.vendor, want);
  return { id, want, policy: rule, ...machine, query: { range, ...(pat !== undefined && { pat }) } };
}

function badRequest(id: RequestId | null, path: string, message: string): ErrorAnswer {
  return { id, error: { code: 'bad-request', message, path } };
}

/**
 * Reads one line.
 *
 * @param text - the line without its newline
 * @returns the request, or the error answer that it gets
 * @throws only on a fault of its own
 */
export function readRequest(text: string): OracleRequest | ErrorAnswer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (problem) {
    const why = problem instanceof SyntaxError ? problem.message.split('\n', 1)[0]! : String(problem);
    return { id: null, error: { code: 'bad-json', message: `the line is no JSON: ${why}` } };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return badRequest(null, '', 'a request is a JSON object');
  }
  const body = parsed as Readonly<Record<string, unknown>>;
  const { id } = body;
  const source = jsonSource(text);
  if ((typeof id !== 'string' && typeof id !== 'number') || source.repeatedKey === 'id') {
    return badRequest(null, 'id', 'id: expected one string or number');
  }
  if (typeof id === 'number' && !isHeldByDouble(source.idText ?? '')) {
    return badRequest(null, 'id', 'id: expected a number that a double holds; write it as a string');
  }
  if (source.repeatedKey !== undefined) {
    return badRequest(id, source.repeatedKey, `${source.repeatedKey} is given twice`);
  }
  try {
    return readBody(id, body);
  } catch (problem) {
    if (!(problem instanceof EptsweepError)) throw problem;
    if (problem.code === 'bad-request') return badRequest(id, problem.path, problem.message);
    if (problem.code === 'unknown-policy') {
      return { id, error: { code: 'unknown-policy', message: messageWithoutPath(problem) } };
    }
    throw problem;
  }
}
