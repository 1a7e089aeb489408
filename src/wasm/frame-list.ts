/** Hands a list of frame numbers over to Wasm. */
import { frameCount, requireFrameCount, throwBadFrame, type Vcpu } from '../vm/index.ts';
import type { WasmModule } from './wasm.ts';

/**
 * Copies frames into Wasm memory and checks them there, where it costs a tenth.
 *
 * @param pointer - room for the list
 * @throws InputError for the first element that is no frame of the guest's space
 */
export function putFrames(module: WasmModule, pointer: number, gfns: Float64Array, vcpu: Vcpu): void {
  requireFrameCount(gfns.length);
  module.doubles.set(gfns, pointer / 8);
  const bad = module.exports.firstBadFrame(pointer, gfns.length, frameCount(vcpu.maxphyaddr));
  if (bad < gfns.length) throwBadFrame(bad, gfns[bad]!, vcpu);
}
