/** Why the chosen page has its type, in the lane that is asked. */
import type { Why } from '../worker/protocol.ts';
import { objectIn, objectsIn, textIn } from './document-values.ts';
import { FailureNote } from './failure-note.tsx';
import { laneTitle } from './map-toolbar.tsx';
import { useOpened, usePage } from './page-context.ts';
import { PlaceButtons } from './place-buttons.tsx';
import { ScrolledText } from './scroll.tsx';
import { useAnswer } from './use-answer.ts';

/** The explanation, or how to ask for one. */
export function WhyPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { at, lane, lanes, pat } = page.view.value;
  const asked = lanes[lane];
  const { answer, failure } = useAnswer(
    'explain',
    at === undefined || !asked ? undefined : { machine: machine.machine, lane: asked, gfn: at, pat },
  );
  if (at === undefined || !asked) {
    return <p class="soft">Click a page in the map, or type an address, to read why it has its type.</p>;
  }
  if (failure) return <FailureNote failure={failure} />;
  if (!answer) return <p class="soft">Computing ...</p>;
  return <Explanation why={answer} />;
}

/** Lines of the explanation as the program prints them; what would change it is shown as buttons. */
function Explanation({ why }: { readonly why: Why }) {
  const end = why.lines.findIndex((line) => /^ {2}would change\b/.test(line));
  const lines = end < 0 ? why.lines : why.lines.slice(0, end);
  return (
    <div class="why">
      <ScrolledText label="Why this page has its type">
        {lines.map((line, k) => (
          <ExplainedLine key={`${k}:${line}`} line={line} />
        ))}
      </ScrolledText>
      <WouldChange why={why} />
    </div>
  );
}

/** A line; where it names a line of the dump, that is a way to it. */
function ExplainedLine({ line }: { readonly line: string }) {
  const [, label = '', rest = line] = /^( {2}\S.{11} ?)(.*)$/.exec(line) ?? [];
  return (
    <>
      {label !== '' && <b>{label}</b>}
      <PlaceButtons text={rest} />
      {'\n'}
    </>
  );
}

function WouldChange({ why }: { readonly why: Why }) {
  const page = usePage();
  const [first] = objectsIn(why.document.explanations);
  const changes = objectsIn(first?.wouldChange);
  if (changes.length === 0) return null;
  return (
    <section class="changes" aria-labelledby="would-change">
      <h3 id="would-change">What would change it</h3>
      <ul>
        {changes.map((change, k) => {
          const lane = why.lanes[k];
          const text = textIn(change.text);
          const what = answerText(change.answer);
          return (
            <li key={text}>
              {lane ? (
                <button
                  type="button"
                  title={`Add the lane ${laneTitle(lane)}`}
                  onClick={() => page.addLane(lane)}
                >
                  + {text}
                </button>
              ) : (
                <span>{text}</span>
              )}{' '}
              <span class="soft">{what}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const LEVELS: Readonly<Record<string, string>> = { 0: 'not mapped', 1: '4K', 2: '2M', 3: '1G' };

/** An answer of a document in a few words: `WB + IPAT, 4K page`. */
function answerText(value: unknown): string {
  const { type, ipat, level } = objectIn(value);
  const words = [`${textIn(type) || 'undefined'}${ipat === true ? ' + IPAT' : ''}`];
  const size = LEVELS[textIn(level)];
  if (size) words.push(`${size}${size === 'not mapped' ? '' : ' page'}`);
  return words.join(', ');
}
