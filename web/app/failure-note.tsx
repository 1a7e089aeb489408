/** Why there is no answer, where there could be one. */
import type { Failure } from '../worker/protocol.ts';

/** A failure in its place. */
export function FailureNote({ failure }: { readonly failure: Failure }) {
  return (
    <div class="failure" role="alert">
      <p class="lines">{failure.message}</p>
      {failure.problems.map(
        ({ hint, file, line }) =>
          hint && (
            <p class="soft" key={`${file}:${line}:${hint}`}>
              {hint}
            </p>
          ),
      )}
    </div>
  );
}
