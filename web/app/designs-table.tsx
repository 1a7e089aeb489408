/** What designs come to under the same events, a row each, as `replay --design` has them side by side. */
import type { JsonObject } from '../../src/write/index.ts';
import { countIn, countText, objectIn, objectsIn, textIn } from './document-values.ts';
import { Scroll } from './scroll.tsx';

function zapsOf({ zaps }: JsonObject, reasons: readonly string[]): bigint {
  return objectsIn(zaps)
    .filter(({ reason }) => reasons.includes(textIn(reason)))
    .reduce((sum, { count }) => sum + countIn(count), 0n);
}

const COLUMNS: readonly (readonly [title: string, value: (summary: JsonObject) => unknown])[] = [
  ['MTRR zaps', (summary) => zapsOf(summary, ['mtrr'])],
  ['CD zaps', (summary) => zapsOf(summary, ['cr0cd'])],
  ['DMA zaps', (summary) => zapsOf(summary, ['dma'])],
  ['other zaps', (summary) => zapsOf(summary, ['slot', 'dirty-log', 'root'])],
  ['installed', ({ installed }) => installed],
  ['refaults', ({ refaults }) => objectIn(refaults).entries],
  ['roots', ({ peakRoots }) => peakRoots],
  ['tables', ({ peakTables }) => peakTables],
  ['foreign accesses', ({ foreignAccesses }) => foreignAccesses],
  ['stale pages', ({ last }) => objectIn(objectIn(last).stale).pages],
  ['foreign pages', ({ last }) => objectIn(objectIn(last).foreign).pages],
];

/** @param props.document - `eptsweep/replay-designs@2` */
export function DesignsTable({ document }: { readonly document: JsonObject }) {
  return (
    <Scroll label="Designs under these events">
      <table>
        <thead>
          <tr>
            <th scope="col">design</th>
            {COLUMNS.map(([title]) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {objectsIn(document.designs).map((summary) => {
            const name = textIn(objectIn(summary.design).name);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {COLUMNS.map(([title, value]) => (
                  <td class="number" key={title}>
                    {countText(value(summary))}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
