/** The lane that is asked as a table: what the map shows, in words. Rows are fetched as they are scrolled to. */
import { useState } from 'preact/hooks';
import type { JsonObject } from '../../src/write/index.ts';
import { CopyButton } from './copy-button.tsx';
import { countText, frameIn, rangeText, textIn } from './document-values.ts';
import { FailureNote } from './failure-note.tsx';
import { laneTitle } from './map-toolbar.tsx';
import { useOpened, usePage } from './page-context.ts';
import { Scroll } from './scroll.tsx';
import { useAnswer } from './use-answer.ts';

const ROW = 26;
/** Rows that are fetched at a time. */
const BLOCK = 100;
const WANTS = ['mtrr', 'ept', 'levels'] as const;

/** The table. */
export function SpansPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { lanes, lane, pat, window } = page.view.value;
  const [first, setFirst] = useState(0);
  const asked = lanes[lane];
  const common = asked && {
    machine: machine.machine,
    lane: asked,
    wants: WANTS,
    pat,
    ...(window && { range: window }),
  };
  const { answer, failure } = useAnswer('spans', common && { ...common, first, count: 2 * BLOCK });
  if (failure) return <FailureNote failure={failure} />;
  if (!answer || !asked || !common) return <p class="soft">Listing ...</p>;
  const copied = (format: 'csv' | 'markdown') => async () =>
    (await page.ask('export', { ...common, format })).join('\n');
  const onScroll = ({ currentTarget }: { readonly currentTarget: HTMLElement }) => {
    const top = Math.floor(currentTarget.scrollTop / ROW / BLOCK) * BLOCK;
    setFirst(Math.max(0, top - BLOCK / 2));
  };
  const { count, isComplete, rows } = answer;
  return (
    <>
      <p class="tool-row">
        <span>
          {laneTitle(asked)}: {isComplete ? '' : 'more than '}
          {count.toLocaleString('en')} {count === 1 ? 'span' : 'spans'}
          {window ? ' in the window' : ''}
        </span>
        <CopyButton text={copied('csv')} label="Copy as CSV" />
        <CopyButton text={copied('markdown')} label="Copy as Markdown" />
      </p>
      {!isComplete && (
        <p class="soft">Too many to list: zoom in, or read the map, which is drawn by their shares.</p>
      )}
      <Scroll label="Spans" kind="spans" onScroll={onScroll}>
        <div style={{ height: `${answer.first * ROW}px` }} />
        <table aria-rowcount={count + 1}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">range</th>
              <th scope="col" class="number">
                pages
              </th>
              <th scope="col">MTRR</th>
              <th scope="col">EPT</th>
              <th scope="col">page</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, k) => (
              <SpanRow key={rangeText(row)} row={row} index={answer.first + k} />
            ))}
          </tbody>
        </table>
        <div style={{ height: `${Math.max(0, count - answer.first - rows.length) * ROW}px` }} />
      </Scroll>
    </>
  );
}

const LEVELS: Readonly<Record<string, string>> = { 0: '-', 1: '4K', 2: '2M', 3: '1G' };

function SpanRow({ row, index }: { readonly row: JsonObject; readonly index: number }) {
  const page = usePage();
  return (
    <tr aria-rowindex={index + 2}>
      <td>
        <button
          type="button"
          class="plain link"
          onClick={() => {
            page.select(frameIn(row));
            page.look({ tab: 'why' });
          }}
        >
          {rangeText(row)}
        </button>
      </td>
      <td class="number">{countText(row.pages)}</td>
      <td>{textIn(row.mtrr) || 'undefined'}</td>
      <td>
        {textIn(row.ept) || 'undefined'}
        {row.ipat === true && ' + IPAT'}
      </td>
      <td>{LEVELS[textIn(row.level)] ?? ''}</td>
    </tr>
  );
}
