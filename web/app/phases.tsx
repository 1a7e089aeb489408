/** What is shown while nothing is open: reading, and what went wrong, each with what to do. */
import { inputName } from '../state/given.ts';
import type { Phase } from '../state/page.ts';
import type { Failure } from '../worker/protocol.ts';
import { usePage } from './page-context.ts';
import { Recipes } from './recipes.tsx';
import { ScrolledText } from './scroll.tsx';

type Of<Kind extends Phase['kind']> = Extract<Phase, { kind: Kind }>;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** A text that is being read. */
export function Reading({ name, progress }: Of<'reading'>) {
  const page = usePage();
  return (
    <section class="note" aria-labelledby="reading">
      <h2 id="reading">Reading {name}</h2>
      <progress aria-labelledby="reading" max={progress?.total ?? 1} value={progress?.done} />
      <p>
        {progress && (
          <span>
            {megabytes(progress.done)}
            {progress.total !== undefined && ` of ${megabytes(progress.total)}`}{' '}
          </span>
        )}
        <button type="button" onClick={() => page.cancel()}>
          Cancel
        </button>
      </p>
    </section>
  );
}

/** A file that takes its time. */
export function Large({ given, bytes }: Of<'large'>) {
  const page = usePage();
  return (
    <section class="note" aria-labelledby="large">
      <h2 id="large">
        {inputName(given.input)} has {megabytes(bytes)}
      </h2>
      <p>
        It is read piece by piece and not kept, at some 60 MB a second. If it is a whole journal, the lines of
        one boot are enough: <code>journalctl -k -b</code>.
      </p>
      <p>
        <button type="button" class="main" onClick={() => void page.open(given.input, given.options)}>
          Read it
        </button>{' '}
        <button type="button" onClick={() => void page.reset()}>
          Cancel
        </button>
      </p>
    </section>
  );
}

/** A link or a block of the document that cannot be opened. */
export function Broken({ sentence }: Of<'broken'>) {
  const page = usePage();
  return (
    <section class="note" role="alert" aria-labelledby="broken">
      <h2 id="broken">This cannot be opened</h2>
      <p>{sentence}</p>
      <button type="button" class="main" onClick={() => void page.reset()}>
        Open something else
      </button>
    </section>
  );
}

/** No engine. */
export function Unusable({ reason }: Of<'unusable'>) {
  return (
    <section class="note" role="alert" aria-labelledby="unusable">
      <h2 id="unusable">This browser cannot compute here</h2>
      <p>{reason}</p>
      <p>
        The page needs WebAssembly in a worker. Hardened profiles switch it off: allow it for this page, or
        use the program <code>eptsweep</code>, which answers the same.
      </p>
    </section>
  );
}

const TITLES: Readonly<Record<Failure['code'], string>> = {
  'not-recognised': 'Nothing of this is recognised',
  'no-registers': 'No MTRR lines here',
  refused: 'A register is refused',
  input: 'This cannot be read',
  cancelled: 'Given up',
  internal: 'Something is wrong with this page',
};

/** A text that does not become a machine. */
export function Refused({ given, failure }: Of<'refused'>) {
  const page = usePage();
  const { code, message, problems, head } = failure;
  return (
    <section class="note" role="alert" aria-labelledby="refused">
      <h2 id="refused">
        {inputName(given.input)}: {TITLES[code]}
      </h2>
      {problems.length > 0 ? (
        <ul class="problems">
          {problems.map((problem) => (
            <li key={`${problem.file}:${problem.line}:${problem.path}:${problem.message}`}>
              <code>
                {problem.file}
                {problem.line > 0 && `:${problem.line}`}
                {problem.path && ` ${problem.path}`}
              </code>{' '}
              {problem.message}
              {problem.hint && <p class="soft">{problem.hint}</p>}
            </li>
          ))}
        </ul>
      ) : (
        <p class="lines">{message}</p>
      )}
      {head && head.length > 0 && (
        <>
          <h3>Its first lines</h3>
          <ScrolledText label="First lines of the text">{head.join('\n')}</ScrolledText>
        </>
      )}
      {code !== 'refused' && <ChooseFormat from={given.options.from} />}
      <p>
        <button type="button" onClick={() => void page.reset()}>
          Open something else
        </button>
      </p>
      {(code === 'no-registers' || code === 'not-recognised') && <Recipes isOpen={code === 'no-registers'} />}
    </section>
  );
}

function ChooseFormat({ from }: { readonly from: string | undefined }) {
  const page = usePage();
  const formats = page.catalogue.value?.formats ?? [];
  return (
    <>
      <label class="field">
        Read it as{' '}
        <select
          value={from ?? ''}
          onChange={({ currentTarget }) => void page.reopen({ from: currentTarget.value })}
        >
          <option value="" disabled>
            a format ...
          </option>
          {formats.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <details>
        <summary>What is recognised</summary>
        <dl class="formats">
          {formats.map(({ name, title }) => (
            <div key={name}>
              <dt>{title}</dt>
              <dd>{name}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}
