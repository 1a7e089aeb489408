/** Work that waits for other processes, so many pieces of it at a time. */

interface Piece<Result> {
  readonly result: Promise<Result>;
  isDone: boolean;
}

/**
 * Results of pieces of work, in their order. The next piece begins as soon as any has ended, so that one that lasts keeps
 * none from beginning; the first error ends it all.
 *
 * @param most - pieces at a time
 */
export async function* pooled<Result>(
  work: Iterable<() => Promise<Result>> | AsyncIterable<() => Promise<Result>>,
  most: number,
): AsyncGenerator<Result> {
  const waiting: Piece<Result>[] = [];
  for await (const begin of work) {
    const result = begin();
    const piece: Piece<Result> = { result, isDone: false };
    waiting.push(piece);
    result.then(
      () => {
        piece.isDone = true;
      },
      () => {},
    );
    const running = (): Piece<Result>[] => waiting.filter(({ isDone }) => !isDone);
    while (running().length >= most) await Promise.race(running().map((one) => one.result));
    while (waiting[0]?.isDone) yield await waiting.shift()!.result;
  }
  for (const { result } of waiting) yield await result;
}
