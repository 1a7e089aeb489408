/** The binary in its text: browsers decode it without Node's help. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadWasm, wasmBinary } from '../../src/wasm/index.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the embedded binary', () => {
  it('is the same without the decoder of Node', () => {
    const decoded = wasmBinary();
    vi.stubGlobal('Buffer', undefined);
    expect(wasmBinary()).toEqual(decoded);
    expect([...decoded.subarray(0, 4)]).toEqual([0, 0x61, 0x73, 0x6d]);
    expect(loadWasm().exports.heapBase()).toBeGreaterThan(0);
  });

  it('is bytes of its own, which a caller may change', () => {
    wasmBinary().fill(0);
    expect(wasmBinary()[1]).toBe(0x61);
    expect(wasmBinary().constructor).toBe(Uint8Array);
  });
});
