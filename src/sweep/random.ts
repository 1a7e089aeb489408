/** Kinds of random layouts that a spec can ask for. */
export const RANDOM_KINDS: readonly string[] = [];
