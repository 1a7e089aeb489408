/** The typed Wasm exports: what the interface says is what the binaries have, and misuse does not compile. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { abiText } from '../../scripts/wasm-abi.mjs';
import { WASM_BASE64 as RELEASE } from '../../src/wasm/binary.ts';
import { WASM_BASE64 as DEBUG } from '../../src/wasm/binary-debug.ts';
import { complaintsAbout } from '../compiler.ts';

const ABI = 'src/wasm/abi.ts';
const PLANTED = resolve('src/wasm/planted.ts');

/** Names of the functions of the interface with their number of parameters. */
function declared(): [name: string, parameters: number][] {
  const source = ts.createSourceFile(ABI, readFileSync(ABI, 'utf8'), ts.ScriptTarget.Latest);
  const members = source.statements.filter(ts.isInterfaceDeclaration).flatMap((each) => [...each.members]);
  return members
    .filter(ts.isMethodSignature)
    .map((each) => [each.name.getText(source), each.parameters.length]);
}

/** Names of the functions that a binary exports with their number of parameters. */
function exported(base64: string): [name: string, parameters: number][] {
  const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 65536 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
  return Object.entries(exports).flatMap(([name, value]) =>
    typeof value === 'function' ? [[name, value.length] as [string, number]] : [],
  );
}

describe('the types of the Wasm exports', () => {
  it.each([
    ['release', RELEASE],
    ['debug', DEBUG],
  ])('name every function of the %s build with all its parameters', (_name, base64) => {
    expect(declared().sort()).toEqual(exported(base64).sort());
  });

  it('let a right call compile, and neither a misspelt export nor a short call', { timeout: 60_000 }, () => {
    const complaints = complaintsAbout(PLANTED, [
      "import type { WasmModule } from './wasm.ts';",
      'declare const module: WasmModule;',
      'module.exports.autoPlan(1, 2, 3);',
      'module.exports.autoPlam(1, 2, 3);',
      'module.exports.autoPlan(1, 2);',
      'module.exports.directOpen(1n, 2);',
      'module.exports.fillBytes(1, 2, 3) + 1;',
    ]);
    expect(complaints.map(({ text }) => text)).toEqual([
      expect.stringContaining("Property 'autoPlam' does not exist on type 'WasmExports'"),
      'Expected 3 arguments, but got 2.',
      expect.stringContaining("'bigint' is not assignable to parameter of type 'number'"),
      expect.stringContaining("Operator '+' cannot be applied to types 'void' and 'number'"),
    ]);
  });

  it('refuse a parameter that cannot cross as a number', () => {
    const declarations =
      '/**\n * assembly/x/wide\n * @param frame `u64`\n */\nexport function wide(frame: bigint): void;';
    expect(() => abiText(declarations)).toThrow('wide(frame): u64 cannot cross the ABI');
  });
});
