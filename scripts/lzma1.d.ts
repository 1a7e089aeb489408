/** Of the package lzma1, whose types are its sources, in another dialect than ours: what the build calls. */

/** @param mode - 1 to 9: how long matches are searched for */
export function compress(data: Uint8Array, mode: number): Int8Array;
