/** A scenario of one's own: the text that is replayed, to be changed, pasted or chosen as a file. */
import { useEffect, useState } from 'preact/hooks';
import { usePage } from './page-context.ts';

/** Names that the page gives to what was changed. */
const OWN = 'own scenario';

/** @param props.text - what is replayed; undefined where it is too long for a field */
export function ScenarioEditor({ text, name }: { readonly text: string | undefined; readonly name: string }) {
  const page = usePage();
  const [edited, edit] = useState<string>();
  // Another scenario was chosen: what was begun on the last one is not of this.
  useEffect(() => {
    if (name !== OWN) edit(undefined);
  }, [name]);
  const replay = (own: string, from: string) => {
    page.look({ scenario: { name: from, text: own }, vcpus: undefined });
    page.say(`${from} is replayed`);
  };
  const value = edited ?? text ?? '';
  return (
    <details>
      <summary>A scenario of your own</summary>
      <label class="field">
        Machine and events, as <code>eptsweep replay</code> reads them
        <textarea
          class="wide"
          rows={14}
          spellcheck={false}
          autocomplete="off"
          value={value}
          onInput={({ currentTarget }) => edit(currentTarget.value)}
        />
      </label>
      <p class="tool-row">
        <button type="button" disabled={value.trim() === ''} onClick={() => replay(value, OWN)}>
          Replay this
        </button>
        <label>
          or a file{' '}
          <input
            type="file"
            onChange={async ({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (!file) return;
              const own = await file.text();
              edit(own);
              replay(own, file.name);
            }}
          />
        </label>
      </p>
    </details>
  );
}
