/** In a few lines: what was read, what had to be assumed, and the fields that state it. */
import { useState } from 'preact/hooks';
import type { Known, Machine } from '../worker/protocol.ts';
import { useOpened, usePage } from './page-context.ts';

/** The lines above the map. */
export function Summary() {
  const { machine } = useOpened();
  const open = machine.evidence.filter(({ level }) => level !== 'read');
  return (
    <section class="summary" aria-labelledby="summary">
      <h2 id="summary" class="sr-only">
        What was read
      </h2>
      <p class="facts">
        <Facts machine={machine} />
      </p>
      {!machine.hasRegisters && <NoRegisters />}
      <Contradictions machine={machine} />
      {open.length > 0 && (
        <ul class="chips" aria-label="Assumptions">
          {open.map((known) => (
            <li key={`${known.subject} ${known.what}`}>
              <Assumption known={known} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Facts({ machine }: { readonly machine: Machine }) {
  const { read, maxphyaddr, noncoherentDma, groups, origin } = machine;
  const format = read?.formats[0];
  const vcpus = groups.reduce((sum, { ids }) => sum + ids.length, 0);
  const facts = [
    origin === 'dump' ? (format?.title ?? 'dump') : origin,
    format && format.blocks > 1 && `boot ${format.taken} of ${format.blocks}`,
    read && `${read.registerCount} registers read`,
    `${maxphyaddr} address bits`,
    `${vcpus} ${vcpus === 1 ? 'vCPU' : 'vCPUs'}${groups.length > 1 ? ` in ${groups.length} states` : ''}`,
    noncoherentDma && 'non-coherent DMA',
  ].filter((fact) => typeof fact === 'string');
  return <>{facts.join(' · ')}</>;
}

function NoRegisters() {
  const page = usePage();
  return (
    <p class="warning" role="alert">
      No MTRR lines here: it holds complaints, which Findings shows, and no registers to make a map of.{' '}
      <button type="button" onClick={() => page.look({ tab: 'capture' })}>
        How to get them
      </button>
    </p>
  );
}

function Contradictions({ machine }: { readonly machine: Machine }) {
  const page = usePage();
  const count = machine.read?.contradictions.length ?? 0;
  if (count === 0) return null;
  return (
    <p class="warning">
      The text contradicts itself in {count === 1 ? 'one place' : `${count} places`}.{' '}
      <button type="button" onClick={() => page.look({ tab: 'read' })}>
        Where
      </button>
    </p>
  );
}

/** What is not read of the text; where somebody can state it, a field for that. */
function Assumption({ known }: { readonly known: Known }) {
  const { level, what, why, settledBy, statedBy } = known;
  return (
    <details class={`chip ${level}`}>
      <summary>
        <b>{level}</b> {what}
      </summary>
      <div class="chip-body">
        <p>{why}</p>
        {settledBy && <p class="soft">Settled by: {settledBy}</p>}
        {statedBy && <Stating by={statedBy} what={what} />}
      </div>
    </details>
  );
}

function Stating({ by, what }: { readonly by: NonNullable<Known['statedBy']>; readonly what: string }) {
  const page = usePage();
  const { given } = useOpened();
  const [value, setValue] = useState('');
  const state = (event: Event) => {
    event.preventDefault();
    if (value.trim() === '') return;
    if ('option' in by) void page.reopen({ physBits: Number(value) });
    else void page.reopen({ set: [...(given.options.set ?? []), `${by.path}=${value.trim()}`] });
  };
  return (
    <form class="stating" onSubmit={state}>
      <label>
        {'option' in by ? 'Physical address bits' : by.path}{' '}
        <input
          size={12}
          value={value}
          autocomplete="off"
          spellcheck={false}
          aria-label={`State instead of: ${what}`}
          placeholder={'option' in by ? '39' : 'true'}
          onInput={({ currentTarget }) => setValue(currentTarget.value)}
        />
      </label>
      <button type="submit">State it</button>
    </form>
  );
}
