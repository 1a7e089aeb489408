/** Answers of the worker as state of a component. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { failureOf } from '../state/refusal.ts';
import type { Failure, Progress, QuestionName, Questions } from '../worker/protocol.ts';
import { usePage } from './page-context.ts';

/** How far a question is. What was answered before stays until there is something new. */
export interface Answered<Answer> {
  readonly answer?: Answer;
  readonly failure?: Failure;
  readonly progress?: Progress;
  /** The answer is the one to the present question. */
  readonly isCurrent: boolean;
}

interface Kept<Answer> {
  readonly key: string;
  readonly answer?: Answer;
  readonly failure?: Failure;
  readonly progress?: Progress;
}

/**
 * Asks whenever the question changes, and gives up what is no longer wanted.
 *
 * @param ask - undefined: nothing is asked
 * @param delay - milliseconds that a question has to last before it is asked
 */
export function useAnswer<Name extends QuestionName>(
  question: Name,
  ask: Questions[Name]['ask'] | undefined,
  delay = 0,
): Answered<Questions[Name]['answer']> {
  const page = usePage();
  const key = ask === undefined ? '' : JSON.stringify(ask);
  const [kept, keep] = useState<Kept<Questions[Name]['answer']>>({ key: '' });
  // Not after the next frame: the worker computes while the page is laid out.
  useLayoutEffect(() => {
    if (ask === undefined) return;
    const giving = new AbortController();
    const begin = async () => {
      try {
        const answer = await page.ask(question, ask, {
          signal: giving.signal,
          onProgress: (progress) => {
            if (!giving.signal.aborted) keep((before) => ({ ...before, progress }));
          },
        });
        if (!giving.signal.aborted) keep({ key, answer });
      } catch (error) {
        if (!giving.signal.aborted) keep({ key, failure: failureOf(error) });
      }
    };
    const timer = delay > 0 ? setTimeout(begin, delay) : undefined;
    if (timer === undefined) void begin();
    return () => {
      clearTimeout(timer);
      giving.abort();
    };
  }, [page, question, key, delay]);
  const { answer, failure, progress } = kept;
  const isCurrent = kept.key === key;
  return {
    isCurrent,
    ...(answer !== undefined && { answer }),
    ...(failure && isCurrent && { failure }),
    ...(progress && !isCurrent && { progress }),
  };
}
