/**
 * The Wasm that the library carries, as trees of expressions. The release build has no names: they are taken from a
 * second compilation with debug information, whose code has to be the same byte by byte.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import binaryen from 'binaryen';
import { ROOT } from '../shared.mjs';

export type Build = 'release' | 'debug';

/** A function: its body is read when it is first run. */
export interface WasmFunction {
  readonly name: string;
  /** Binaryen's types of parameters and further locals. */
  readonly parameters: readonly binaryen.Type[];
  readonly locals: readonly binaryen.Type[];
  readonly body: binaryen.ExpressionRef;
}

export interface WasmModule {
  readonly build: Build;
  /** SHA-256 of the bytes that the library carries. */
  readonly hash: string;
  readonly functions: ReadonlyMap<string, WasmFunction>;
  /** Initial values of globals that are constant. */
  readonly globals: ReadonlyMap<string, binaryen.ExpressionRef>;
}

const CODE_SECTION = 10;

/** The contents of a section by its number. */
function section(bytes: Uint8Array, wanted: number): Uint8Array {
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (id === wanted) return bytes.subarray(at, at + size);
    at += size;
  }
  throw new Error(`no section ${wanted}`);
}

async function withNames(build: Build): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error } = await asc.main(
    [
      'assembly/index.ts',
      '--config',
      'asconfig.json',
      '--target',
      build,
      '--debug',
      '--outFile',
      'named.wasm',
    ],
    {
      readFile: (name: string, base: string) => {
        const path = join(ROOT, base, name);
        return existsSync(path) ? readFileSync(path, 'utf8') : null;
      },
      writeFile: (name: string, content: unknown) => {
        if (name === 'named.wasm') binary = content as Uint8Array;
      },
    },
  );
  if (error || binary === undefined) throw error ?? new Error('the compiler wrote nothing');
  return binary;
}

async function shippedBytes(build: Build): Promise<Uint8Array> {
  const { WASM_BASE64 } =
    build === 'release'
      ? await import('../../src/wasm/binary.ts')
      : await import('../../src/wasm/binary-debug.ts');
  return Buffer.from(WASM_BASE64, 'base64');
}

/** Reads a build of the Wasm; throws where its names would not be those of the bytes that are shipped. */
export async function readModule(build: Build): Promise<WasmModule> {
  const [shipped, named] = [await shippedBytes(build), await withNames(build)];
  if (Buffer.compare(section(shipped, CODE_SECTION), section(named, CODE_SECTION)) !== 0) {
    throw new Error(
      `${build}: the code differs with debug information; its functions have no names to be trusted`,
    );
  }
  const module = binaryen.readBinary(named);
  const functions = new Map<string, WasmFunction>();
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, params, vars, body } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    const parameters = binaryen.expandType(params);
    functions.set(name.replace(/^assembly\//, ''), { name, parameters, locals: vars, body });
  }
  const globals = new Map<string, binaryen.ExpressionRef>();
  for (let index = 0; index < module.getNumGlobals(); index++) {
    const { name, init, mutable } = binaryen.getGlobalInfo(module.getGlobalByIndex(index));
    if (!mutable && init !== 0) globals.set(name, init);
  }
  return { build, hash: createHash('sha256').update(shipped).digest('hex'), functions, globals };
}
