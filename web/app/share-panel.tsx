/** What happens to one EPT that vCPUs share: what they demand, what each design gets wrong. */
import { useCallback } from 'preact/hooks';
import type { JsonObject } from '../../src/write/index.ts';
import { type Bar, barsHeight, paintBars } from '../draw/bars.ts';
import type { Painter } from '../draw/painter.ts';
import { plural } from '../draw/text.ts';
import { typeNamed } from '../draw/type-names.ts';
import type { Part } from '../worker/protocol.ts';
import { Canvas, useWidth } from './canvas.tsx';
import { countIn, countText, objectIn, objectsIn, rangeText, textIn } from './document-values.ts';
import { FailureNote } from './failure-note.tsx';
import { useOpened, usePage } from './page-context.ts';
import { RangeLink } from './range-link.tsx';
import { Scroll } from './scroll.tsx';
import { theme } from './theme.ts';
import { useAnswer } from './use-answer.ts';

/** Disagreements that are listed. */
const MOST_LISTED = 200;

/** The report of `share`. */
export function SharePanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { lanes, lane, designs } = page.view.value;
  const policy = lanes[lane]?.policy ?? machine.policy;
  const { answer, failure } = useAnswer('share', {
    machine: machine.machine,
    policy,
    limit: MOST_LISTED,
    ...(designs && { designs }),
  });
  if (failure) return <FailureNote failure={failure} />;
  if (!answer) return <p class="soft">Comparing vCPUs ...</p>;
  const { document } = answer;
  const disagree = countIn(document.disagree);
  return (
    <>
      <p>
        <b>{policy}</b>: {plural(objectsCount(document.vcpus), 'vCPU')} in{' '}
        {plural(countIn(document.states), 'state')};{' '}
        {disagree === 0n
          ? 'they agree on every page.'
          : `they disagree on ${countText(document.disagree)} of ${countText(document.pages)} pages.`}
      </p>
      <Demands sets={objectsIn(document.sets)} />
      <Designs designs={objectsIn(document.designs)} />
      <Disagreements list={objectsIn(document.disagreements)} />
    </>
  );
}

const objectsCount = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

const typeText = ({ type, ipat }: JsonObject): string =>
  `${textIn(type) || 'undefined'}${ipat === true ? ' + IPAT' : ''}`;

/** A demand as an equal part of its bar. */
const partOf = ({ type, ipat }: JsonObject): Part => ({
  type: typeNamed(textIn(type)),
  ipat: ipat === true ? 1 : 0,
  pages: 1,
});

function Demands({ sets }: { readonly sets: readonly JsonObject[] }) {
  const [place, width] = useWidth();
  const colours = theme.value;
  const largest = Math.max(1, ...sets.map(({ pages }) => Number(countIn(pages))));
  const bars = sets.map(
    ({ demands, pages }): Bar => ({
      name: objectsIn(demands).map(typeText).join(' or '),
      share: Number(countIn(pages)) / largest,
      text: plural(countIn(pages), 'page'),
      parts: objectsIn(demands).map(partOf),
    }),
  );
  const words = bars.map(({ name, text }) => `${name}: ${text}`).join('; ');
  const paint = useCallback(
    (painter: Painter) => paintBars(painter, colours, bars, width),
    [colours, words, width],
  );
  return (
    <div ref={place} role="img" aria-label={`What vCPUs demand. ${words}`}>
      {width > 0 && <Canvas width={width} height={barsHeight(bars, width)} paint={paint} />}
    </div>
  );
}

const WRONGS = [
  ['cacheable-for-uc', 'cached for UC'],
  ['uc-for-cacheable', 'UC for cached'],
  ['other', 'other types'],
  ['ipat-only', 'IPAT alone'],
] as const;

function Designs({ designs }: { readonly designs: readonly JsonObject[] }) {
  return (
    <Scroll label="Designs">
      <table>
        <thead>
          <tr>
            <th scope="col">design</th>
            <th scope="col" class="number">
              wrong pages
            </th>
            <th scope="col" class="number">
              times vCPUs
            </th>
            {WRONGS.map(([, title]) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {designs.map((design) => {
            const wrong = objectIn(design.wrong ?? design.anyOrder);
            const dangers = objectIn(wrong.byDanger);
            return (
              <tr key={textIn(design.design)}>
                <th scope="row">{textIn(design.design)}</th>
                <td class="number">{countText(wrong.pages)}</td>
                <td class="number">{countText(wrong.vcpuPages)}</td>
                {WRONGS.map(([name]) => (
                  <td class="number" key={name}>
                    {countText(dangers[name])}
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

function Disagreements({ list }: { readonly list: readonly JsonObject[] }) {
  if (list.length === 0) return null;
  return (
    <section aria-labelledby="disagreements">
      <h3 id="disagreements">Where they disagree</h3>
      <Scroll label="Where vCPUs disagree">
        <table>
          <thead>
            <tr>
              <th scope="col">range</th>
              <th scope="col" class="number">
                pages
              </th>
              <th scope="col">who gets what</th>
            </tr>
          </thead>
          <tbody>
            {list.map((row) => (
              <tr key={rangeText(row)}>
                <td>
                  <RangeLink row={row} />
                </td>
                <td class="number">{countText(row.pages)}</td>
                <td>
                  {objectsIn(row.who)
                    .map(
                      (who) =>
                        `${typeText(who)}: vCPU ${Array.isArray(who.vcpus) ? who.vcpus.join(', ') : ''}`,
                    )
                    .join('; ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
