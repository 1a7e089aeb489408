/**
 * The only file that touches WebAssembly. Instantiates the embedded module through the AssemblyScript loader
 * and owns its memory: the module allocates nothing, every pointer that it sees comes from {@link Arena}.
 */
import { instantiate, instantiateSync } from '@assemblyscript/loader';
import { EptsweepError } from '../errors.ts';
import type { WasmExports } from './abi.ts';
import { Arena } from './arena.ts';
import { WASM_BASE64 } from './binary.ts';

const PAGE_SIZE = 65536;
const INITIAL_PAGES = 8;
/** All of a 32-bit memory. */
const MAXIMUM_PAGES = 65536;

/** One instance with its memory. */
export class WasmModule {
  /** Raw exports: the loader's own wrappers cost three times as much a call. */
  readonly exports: WasmExports;
  readonly #memory: WebAssembly.Memory;
  readonly #arena: Arena;
  #bytes: Uint8Array;
  #words: Uint32Array;
  #longs: BigUint64Array;
  #doubles: Float64Array;
  #data: DataView;

  /**
   * @param exports - the instance's own exports
   * @param memory - what it imported
   */
  constructor(exports: WasmExports, memory: WebAssembly.Memory) {
    this.exports = exports;
    this.#memory = memory;
    this.#arena = new Arena(this.exports.heapBase(), this.#memory.buffer.byteLength, (bytes) =>
      this.#grow(bytes),
    );
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#longs = new BigUint64Array(this.#memory.buffer);
    this.#doubles = new Float64Array(this.#memory.buffer);
    this.#data = new DataView(this.#memory.buffer);
  }

  #grow(bytes: number): number {
    // By a sixteenth at least: what a step costs grows with the memory, and so does what lies idle behind it.
    const least = Math.ceil(bytes / PAGE_SIZE);
    const pages = this.#memory.buffer.byteLength / PAGE_SIZE;
    const more = Math.max(least, Math.min(Math.ceil(pages / 16), MAXIMUM_PAGES - pages));
    withMemory(
      () => this.#memory.grow(more),
      `WebAssembly gets no memory beyond ${Math.floor((pages * PAGE_SIZE) / 1e6)} MB`,
    );
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#longs = new BigUint64Array(this.#memory.buffer);
    this.#doubles = new Float64Array(this.#memory.buffer);
    this.#data = new DataView(this.#memory.buffer);
    return this.#memory.buffer.byteLength;
  }

  /**
   * Reserves memory. Growing detaches the arrays below: fetch them after allocating.
   *
   * @param bytes - size, rounded up to a multiple of 64
   * @returns a pointer aligned to 64 bytes; its memory is not cleared
   */
  allocate(bytes: number): number {
    return this.#arena.allocate(bytes);
  }

  /** Gives back what {@link allocate} returned. */
  free(pointer: number): void {
    this.#arena.free(pointer);
  }

  /** The memory as bytes, current until the next {@link allocate}. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }
  /** The memory as u32, index = pointer / 4. */
  get words(): Uint32Array {
    return this.#words;
  }
  /** The memory as u64, index = pointer / 8. */
  get longs(): BigUint64Array {
    return this.#longs;
  }
  /** The memory as f64, index = pointer / 8. */
  get doubles(): Float64Array {
    return this.#doubles;
  }
  /** The memory for mixed records, little endian. */
  get data(): DataView {
    return this.#data;
  }
  /** Size of the whole memory in bytes. */
  get sizeBytes(): number {
    return this.#memory.buffer.byteLength;
  }
}

function createMemory(): WebAssembly.Memory {
  return withMemory(
    () => new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES }),
    'WebAssembly gets no memory: Node reserves 10 GB of addresses for it, and this process may not (ulimit -v)',
  );
}

/**
 * @param refusal - what is to be said where the system gives no memory
 * @throws {@link EptsweepError} `no-memory` then
 */
function withMemory<Result>(work: () => Result, refusal: string): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EptsweepError('no-memory', `${refusal}; the engine "reference" works without`);
  }
}

/** What Node decodes with; browsers have none. */
interface NodeDecoder {
  from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer>;
}

/** A binary as it is embedded: base64, or its bytes where a bundle put a file beside the program. */
type Binary = string | Uint8Array<ArrayBuffer>;

function decode(binary: Binary): Uint8Array<ArrayBuffer> {
  if (typeof binary !== 'string') return new Uint8Array(binary);
  const { Buffer: decoder } = globalThis as { readonly Buffer?: NodeDecoder };
  // A loop over the characters takes 6 ms, a twentieth of a start of the program.
  if (decoder) return new Uint8Array(decoder.from(binary, 'base64'));
  const text = atob(binary);
  const { length } = text;
  const bytes = new Uint8Array(length);
  // Uint8Array.from with a function takes 3 ms longer, and so does a length that is asked for at each byte.
  for (let at = 0; at < length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** The binary of the release build, as it is instantiated: what answers rest on. */
export function wasmBinary(): Uint8Array {
  return decode(WASM_BASE64);
}

function wrap(instance: WebAssembly.Instance, memory: WebAssembly.Memory): WasmModule {
  return new WasmModule(instance.exports as unknown as WasmExports, memory);
}

/**
 * Instantiates the evaluator's Wasm at once.
 *
 * @param binary - default the release build that ships with the package
 */
export function loadWasm(binary: Binary = WASM_BASE64): WasmModule {
  const memory = createMemory();
  return wrap(instantiateSync(decode(binary), { env: { memory } }).instance, memory);
}

/** {@link loadWasm} where compiling must not block: some browsers refuse it on the main thread. */
export async function loadWasmAsync(binary: Binary = WASM_BASE64): Promise<WasmModule> {
  const memory = createMemory();
  return wrap((await instantiate(decode(binary), { env: { memory } })).instance, memory);
}
