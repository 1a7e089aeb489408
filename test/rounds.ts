/** How often a test tries: a part of it in the fast suite, all of it in the slow one, which runs the same file. */

/**
 * @param fast - rounds in `npm test`
 * @param full - rounds in `npm run test:slow`, which sets EPTSWEEP_FULL for every file that imports this one
 */
export function rounds(fast: number, full: number): number {
  return process.env.EPTSWEEP_FULL === '1' ? full : fast;
}
