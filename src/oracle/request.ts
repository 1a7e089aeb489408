/**
 * One request, from a line of text to what an engine is asked, checked in the order that the protocol gives:
 * the structure, the policy's name, whether the policy has such an answer. Register values are judged later,
 * by the engine.
 */
import { EptsweepError, InputError, InputRangeError, messageWithoutPath } from '../errors.ts';
import { type Policy, policy, type Quirk, requireWantOn, VENDORS, type Vendor } from '../policy/index.ts';
import { type GfnRange, PAT_TYPES, type PatType, WANTS, type Want } from '../types.ts';
import {
  frameCount,
  type Query,
  type SlotInit,
  type Vcpu,
  type VcpuInit,
  vcpu,
  vcpuOfWrites,
} from '../vm/index.ts';
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
import { isHeldByDouble, type JsonSource, jsonSource, ordinarySource } from './json-source.ts';
import { type OrdinaryRegisters, ordinaryRegisters } from './ordinary-registers.ts';
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
const FLAGS = ['cr0cd', 'guestHasMtrr', 'noncoherentDma', 'selfSnoop'] as const;
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
   * MSR numbers as they were written, in the order of the vCPU's writes: a request may name one above 2^53, which only
   * its refusal has to repeat. None where they are as a write's number is written.
   */
  readonly msrKeys: readonly string[];
  /** The same of the host's registers. */
  readonly hostMsrKeys: readonly string[];
}

/** What JSON.parse gives. */
type Body = Readonly<Record<string, unknown>>;
/** Register writes that were read from the text, where `msrs` of the body is empty in their place. */
type Writes = OrdinaryRegisters['writes'] | undefined;

/** A line that is an object. */
interface Line {
  readonly body: Body;
  readonly source: JsonSource;
  readonly writes: Writes;
}

/** So many hex digits after 0x always stay below 2^53. */
const SAFE_KEY_LENGTH = 15;

/** Number of an MSR by its key, a bigint where it is too large for a number. */
function msrOf(key: string): number | bigint {
  if (key.length <= SAFE_KEY_LENGTH) return Number(key);
  const exact = BigInt(key);
  return exact <= SAFE_END ? Number(exact) : exact;
}

function readMsrs(at: 'msrs' | 'hostMsrs', value: unknown): readonly (readonly [number, bigint])[] {
  const writes: [number, bigint][] = [];
  const seen = new Set<number | bigint>();
  const msrs = readObject(at, value);
  for (const key of Object.keys(msrs)) {
    if (!isHexString(key)) throw expected(`${at}.${key}`, 'an MSR number as a hex string like "0x2ff"', key);
    const number = msrOf(key);
    if (seen.has(number)) {
      throw new InputRangeError(`${at}.${key}`, `MSR 0x${number.toString(16)} is given twice`);
    }
    seen.add(number);
    const content = msrs[key];
    const word = readUnsigned(`${at}.${key}`, content);
    if (word > MAX_MSR_VALUE) throw unfit(`${at}.${key}`, 'a value of 64 bits', content);
    // Beyond 2^32 every engine refuses the write whatever its number: the clamp only keeps it a number.
    writes.push([number > 0xffffffff ? Number.MAX_SAFE_INTEGER : Number(number), word]);
  }
  return writes;
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
function vcpuNamedByProtocol(init: VcpuInit, writes: Writes): Vcpu {
  try {
    return writes === undefined ? vcpu(init) : vcpuOfWrites(init, writes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const path = error.path
      .replace(/^slots/, 'memory')
      .replace(/^(mmio\.\d+)\.start$/, '$1.0')
      .replace(/^(mmio\.\d+)\.end$/, '$1.1');
    throw new InputRangeError(path, error.problem, error.hint);
  }
}

/** What {@link VcpuInit} has, to be filled in. */
type Draft = { -readonly [Key in keyof VcpuInit]: VcpuInit[Key] };

function readQuirk(quirk: unknown, index: number): Quirk {
  return readString(`quirks.${index}`, quirk) as Quirk;
}

/** Key by key, what the vCPU is made of; ranges of the numbers are checked by {@link vcpu}. */
function readVcpu(body: Body, writes: Writes): Vcpu {
  const msrs = body.msrs === undefined || writes !== undefined ? [] : readMsrs('msrs', body.msrs);
  const hostMsrs = body.hostMsrs === undefined ? undefined : readMsrs('hostMsrs', body.hostMsrs);
  const init: Draft = { maxphyaddr: readInteger('maxphyaddr', body.maxphyaddr), msrs };
  if (body.vcnt !== undefined) init.vcnt = readInteger('vcnt', body.vcnt);
  for (const flag of FLAGS) if (body[flag] !== undefined) init[flag] = readBoolean(flag, body[flag]);
  if (body.quirks !== undefined) init.quirks = readArray('quirks', body.quirks).map(readQuirk);
  if (hostMsrs) init.hostMsrs = hostMsrs;
  if (body.vendor !== undefined) init.vendor = readVendor(body.vendor);
  if (body.mmio !== undefined) init.mmio = readMmio(body.mmio);
  if (body.memory !== undefined) init.slots = readArray('memory', body.memory).map(readSlot);
  return vcpuNamedByProtocol(init, writes);
}

function keysOf(value: unknown): readonly string[] {
  return value === undefined ? [] : Object.keys(value as object);
}

function readBody(id: RequestId, { body, writes }: Line): OracleRequest {
  requireKnownKeys('', body, REQUEST_KEYS);
  const want = body.want === undefined ? 'ept' : readWant(body.want);
  const policyName = body.policy === undefined ? 'sdm' : readString('policy', body.policy);
  const guest = readVcpu(body, writes);
  const frames = frameCount(guest.maxphyaddr);
  const range = body.range === undefined ? { start: 0, end: frames } : readRange(body.range, frames);
  const pat = body.pat === undefined ? undefined : readPat(body.pat);
  const rule = policy(policyName);
  requireWantOn(rule, guest.vendor, want);
  const query = pat === undefined ? { range } : { range, pat };
  const [msrKeys, hostMsrKeys] = [keysOf(body.msrs), keysOf(body.hostMsrs)];
  return { id, want, policy: rule, vcpu: guest, query, msrKeys, hostMsrKeys };
}

function badRequest(id: RequestId | null, path: string, message: string): ErrorAnswer {
  return { id, error: { code: 'bad-request', message, path } };
}

function isBody(parsed: unknown): parsed is Body {
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
}

/** A line whose registers are read from its text; undefined where it is not as usual, right or wrong. */
function ordinaryLine({ writes, rest }: OrdinaryRegisters): Line | undefined {
  let body: unknown;
  try {
    body = JSON.parse(rest);
  } catch {
    return undefined;
  }
  // An object inside may have the registers: it has the line's only `"msrs"` then.
  if (!isBody(body) || body.msrs === undefined) return undefined;
  const source = ordinarySource(rest, body);
  return source && { body, source, writes };
}

/** @throws SyntaxError */
function lineOf(text: string): Line | undefined {
  const registers = ordinaryRegisters(text);
  const line = registers && ordinaryLine(registers);
  if (line) return line;
  const body: unknown = JSON.parse(text);
  if (!isBody(body)) return undefined;
  return { body, source: ordinarySource(text, body) ?? jsonSource(text), writes: undefined };
}

/**
 * Reads one line.
 *
 * @param text - the line without its newline
 * @returns the request, or the error answer that it gets
 * @throws only on a fault of its own
 */
export function readRequest(text: string): OracleRequest | ErrorAnswer {
  let line: Line | undefined;
  try {
    line = lineOf(text);
  } catch (problem) {
    const why = problem instanceof SyntaxError ? problem.message.split('\n', 1)[0]! : String(problem);
    return { id: null, error: { code: 'bad-json', message: `the line is no JSON: ${why}` } };
  }
  if (!line) return badRequest(null, '', 'a request is a JSON object');
  const { body, source } = line;
  const { id } = body;
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
    return readBody(id, line);
  } catch (problem) {
    if (!(problem instanceof EptsweepError)) throw problem;
    if (problem.code === 'bad-request') return badRequest(id, problem.path, problem.message);
    if (problem.code === 'unknown-policy') {
      return { id, error: { code: 'unknown-policy', message: messageWithoutPath(problem) } };
    }
    throw problem;
  }
}
