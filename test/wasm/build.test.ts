/** Which Wasm the suite runs on, and what the two builds ask of their host. */
import { describe, expect, it, vi } from 'vitest';
import { WASM_BASE64 as RELEASE } from '../../src/wasm/binary.ts';
import { WASM_BASE64 as DEBUG } from '../../src/wasm/binary-debug.ts';
import { loadWasm } from '../../src/wasm/index.ts';

function importsOf(base64: string): string[] {
  const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
  return WebAssembly.Module.imports(module).map((each) => `${each.module}.${each.name}`);
}

describe('the embedded Wasm', () => {
  it('asks for a memory alone in the release build', () =>
    expect(importsOf(RELEASE)).toEqual(['env.memory']));

  it('keeps its asserts in the debug build', () =>
    expect(importsOf(DEBUG).sort()).toEqual(['env.abort', 'env.memory']));

  it('is the build that this project of the suite is for', () => {
    const decode = vi.spyOn(Buffer, 'from');
    loadWasm();
    const expected = process.env.EPTSWEEP_WASM === 'debug' ? DEBUG : RELEASE;
    expect(decode.mock.calls).toEqual([[expected, 'base64']]);
  });
});
