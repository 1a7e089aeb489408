/** The time that jobs take. */

/**
 * Milliseconds since some moment, by a clock that nobody sets. `performance.now()` is the same, but Node loads a dozen modules
 * when a program asks for it first: a millisecond of each start.
 */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
