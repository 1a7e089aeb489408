/** What `check` finds in the layout. */
import type { JsonObject } from '../../src/write/index.ts';
import { countIn, countText, frameIn, objectsIn, rangeText, textIn } from './document-values.ts';
import { FailureNote } from './failure-note.tsx';
import { frameInMap } from './map-control.ts';
import { useOpened, usePage } from './page-context.ts';
import { PlaceButtons, placeWord } from './place-buttons.tsx';
import { useAnswer } from './use-answer.ts';

/** Ranges of a finding that are shown. */
const MOST_RANGES = 4;

/** All findings, worst first as `check` has them. */
export function FindingsPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { checkedAgainst } = page.view.value;
  const { answer, failure } = useAnswer('check', {
    machine: machine.machine,
    ...(checkedAgainst !== undefined && { policy: checkedAgainst }),
  });
  if (failure) return <FailureNote failure={failure} />;
  if (!answer) return <p class="soft">Checking ...</p>;
  const findings = objectsIn(answer.document.findings);
  if (findings.length === 0) return <p>Nothing is wrong with this layout that check knows of.</p>;
  return (
    <ul class="findings">
      {findings.map((finding, k) => (
        <li key={`${k} ${textIn(finding.rule)}`}>
          <Finding finding={finding} />
        </li>
      ))}
    </ul>
  );
}

function Finding({ finding }: { readonly finding: JsonObject }) {
  const page = usePage();
  const { machine } = useOpened();
  const ranges = objectsIn(finding.ranges);
  const causes = objectsIn(finding.causes);
  const severity = textIn(finding.severity);
  const count = countIn(finding.rangeCount);
  const go = (range: JsonObject) => {
    page.select(frameIn(range));
    frameInMap(page, { start: frameIn(range), end: Number((countIn(range.last) + 1n) / 4096n) });
  };
  return (
    <>
      <p>
        <b class={`severity ${severity.toLowerCase()}`}>{severity}</b> <code>{textIn(finding.rule)}</code>{' '}
        {textIn(finding.message)}
      </p>
      <p class="soft">
        {textIn(finding.remedy)}
        {causes.map((cause) => {
          const place = placeWord({ file: textIn(cause.file), line: Number(countIn(cause.line)) });
          return (
            <span key={`${textIn(cause.register)} ${place}`}>
              {' '}
              {textIn(cause.register)} = {textIn(cause.value)} {place !== '' && <PlaceButtons text={place} />}
            </span>
          );
        })}
      </p>
      {machine.hasRegisters && ranges.length > 0 && (
        <p class="ranges">
          {ranges.slice(0, MOST_RANGES).map((range) => (
            <button type="button" class="plain link" key={rangeText(range)} onClick={() => go(range)}>
              {rangeText(range)}
            </button>
          ))}
          {count > MOST_RANGES && <span class="soft">and {countText(count - BigInt(MOST_RANGES))} more</span>}
        </p>
      )}
    </>
  );
}
