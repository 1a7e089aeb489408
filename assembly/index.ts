/** The ABI: what the host can call. */
export * from './auto/abi';
export * from './batch/abi';
export { fillBytes, storeVectors } from './bytes';
export * from './direct/abi';
export { firstBadFrame } from './frames';

/** First address that the module does not use itself: the host's memory map starts here. */
export function heapBase(): usize {
  return __heap_base;
}
