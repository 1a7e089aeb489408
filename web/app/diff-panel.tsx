/** Where answers differ, on how many pages, and what is to blame: `diff` of the lane that is asked. */
import { useState } from 'preact/hooks';
import type { JsonObject } from '../../src/write/index.ts';
import { plural } from '../draw/text.ts';
import { isSameLane } from '../state/view-state.ts';
import type { Lane, Machine } from '../worker/protocol.ts';
import { countText, objectIn, objectsIn, rangeText, textIn } from './document-values.ts';
import { FailureNote } from './failure-note.tsx';
import { laneTitle } from './map-toolbar.tsx';
import { useOpened, usePage } from './page-context.ts';
import { RangeLink } from './range-link.tsx';
import { Scroll } from './scroll.tsx';
import { useAnswer } from './use-answer.ts';

/** Ranges that are listed. */
const MOST_LISTED = 500;

/** What can be held against the lane, as the program's options have it: `--against` or `--across`, or a machine. */
interface Choice {
  readonly group: string;
  readonly title: string;
  readonly ask: { readonly against?: string | number } | { readonly across?: string };
}

const ACROSS: readonly (readonly [name: string, title: string])[] = [
  ['kernels', 'the kernels that differ'],
  ['peers', 'other systems'],
  ['vcpus', 'its vCPUs'],
  ['vendors', 'Intel and AMD hosts'],
  ['ncdma', 'with and without non-coherent DMA'],
  ['quirks', 'KVM quirks'],
];

/** Of vendors it is what the guest gets that can differ, as the program has it. */
const isOfVendors = ({ ask }: Choice): boolean => /vendor/.test(Object.values(ask).join());

/** What `--against` calls another lane of the same machine, where it differs from this one in one thing alone. */
function againstLane(base: Lane, other: Lane): string | undefined {
  const { set = [] } = other;
  if (other.machine !== base.machine) return undefined;
  if (isSameLane({ ...other, policy: base.policy }, base)) return `policy:${other.policy}`;
  if (other.vcpu !== undefined && isSameLane({ ...other, vcpu: base.vcpu! }, base))
    return `vcpu:${other.vcpu}`;
  const isChange = set.length === 1 && other.policy === base.policy && other.vcpu === base.vcpu;
  return isChange ? `set:${set[0]}` : undefined;
}

/** Everything that the machine can be held against. */
function choicesOf(page: ReturnType<typeof usePage>, machine: Machine, base: Lane): Choice[] {
  const { read, groups, vendor } = machine;
  const texts: (readonly [string, string, string])[] = [
    ...page.view.value.lanes.flatMap((lane) => {
      const against = isSameLane(lane, base) ? undefined : againstLane(base, lane);
      return against === undefined ? [] : [['Lanes', laneTitle(lane), against] as const];
    }),
    ...groups
      .filter(({ ids }) => groups.length > 1 && !ids.includes(base.vcpu ?? groups[0]!.ids[0]!))
      .map(({ ids, label }) => ['vCPUs', label, `vcpu:${ids[0]}`] as const),
    ...(read?.stages ?? [])
      .filter(({ taken }) => !taken)
      .map(({ name }) => ['Of the same text', `state ${name}`, `stage:${name}`] as const),
    ...(read?.formats ?? []).flatMap(({ blocks, taken }) =>
      Array.from({ length: blocks }, (_, k) => k + 1)
        .filter((boot) => boot !== taken)
        .map((boot) => ['Of the same text', `boot ${boot}`, `boot:${boot}`] as const),
    ),
    [
      'Another host',
      vendor === 'intel' ? 'of AMD' : 'of Intel',
      `vendor:${vendor === 'intel' ? 'amd' : 'intel'}`,
    ],
  ];
  const seen = new Set<string>();
  return [
    ...[...page.companions.value].map(([id, { name }]) => ({
      ...{ group: 'Machines', title: name, ask: { against: id } },
    })),
    ...texts
      .filter(([, , against]) => !seen.has(against) && seen.add(against))
      .map(([group, title, against]) => ({ group, title, ask: { against } })),
    ...ACROSS.map(([across, title]) => ({ group: 'Across', title, ask: { across } })),
  ];
}

/** The comparison of the lane that is asked with what is chosen. */
export function DiffPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { lanes, lane, want, pat, window } = page.view.value;
  // A lane of another machine, or of a change, is held against one of this as it is.
  const asked = [lanes[lane], ...lanes].find((one) => one && one.machine === undefined);
  const { policy, vcpu } = asked ?? { policy: machine.policy };
  const base: Lane = { policy, ...(vcpu !== undefined && { vcpu }) };
  const choices = choicesOf(page, machine, base);
  const [wanted, choose] = useState<string>();
  const key = ({ ask }: Choice) => JSON.stringify(ask);
  const chosen = choices.find((choice) => key(choice) === wanted) ?? choices[0]!;
  const { answer, failure, isCurrent } = useAnswer('diff', {
    machine: machine.machine,
    ...base,
    ...chosen.ask,
    ...(!isOfVendors(chosen) && { want }),
    pat,
    ...(window && { range: window }),
    limit: MOST_LISTED,
  });
  return (
    <>
      <label class="field">
        Hold {laneTitle(base)} against{' '}
        <select value={key(chosen)} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          {[...new Set(choices.map(({ group }) => group))].map((group) => (
            <optgroup key={group} label={group}>
              {choices
                .filter((choice) => choice.group === group)
                .map((choice) => (
                  <option key={key(choice)} value={key(choice)}>
                    {choice.title}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      {failure && <FailureNote failure={failure} />}
      {!answer && !failure && <p class="soft">Comparing ...</p>}
      {answer && !failure && (
        <div class={isCurrent ? '' : 'stale'}>
          <Compared
            document={answer.document}
            titles={[laneTitle(base), chosen.title]}
            isWindow={window !== undefined}
          />
          {answer.said.map((line) => (
            <p class="soft" key={line}>
              {line}
            </p>
          ))}
        </div>
      )}
    </>
  );
}

/** What the lane is called, and what it is held against. */
type Sides = readonly [string, string];

/**
 * Titles of the answers in a row, by the names that rows have them under.
 *
 * @param titles - of two sides, which the program calls a and b where they are of one name
 */
function columnsOf(document: JsonObject, titles: Sides): (readonly [name: string, title: string])[] {
  if (Array.isArray(document.columns)) {
    return objectsIn(document.columns).map(({ label }) => [textIn(label), textIn(label)] as const);
  }
  const sides = objectsIn(document.sides);
  return (['a', 'b'] as const).map((name, k) => {
    const label = textIn(sides[k]?.label);
    return [name, label === name ? titles[k]! : label];
  });
}

/** An answer in words. */
function answerText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value !== 'object') return textIn(value);
  const { type, ipat, level, ...rest } = objectIn(value);
  const words = [
    type === null ? 'undefined' : textIn(type),
    ipat === true && 'IPAT',
    textIn(level),
    ...Object.values(rest).map(textIn),
  ];
  return words.filter((word) => typeof word === 'string' && word !== '').join(' ');
}

/** Commits, registers and other causes, in words. */
function whyText(why: unknown): string {
  return objectsIn(why)
    .map(({ changes, registers }) =>
      [
        ...objectsIn(changes).map(({ name, text }) =>
          [textIn(name), textIn(text)].filter(Boolean).join(': '),
        ),
        ...(Array.isArray(registers) ? registers.map(textIn) : []),
      ].join(', '),
    )
    .join('; ');
}

function Compared(props: {
  readonly document: JsonObject;
  readonly titles: Sides;
  readonly isWindow: boolean;
}) {
  const { document, titles, isWindow } = props;
  const columns = columnsOf(document, titles);
  const rows = objectsIn(document.spans);
  const where = isWindow ? 'of the window' : 'of the space';
  if (document.differs !== true)
    return (
      <p>
        {columns.map(([, title]) => title).join(' and ')}: the same on every page {where}.
      </p>
    );
  return (
    <>
      <p>
        They differ on <b>{plural(BigInt(textIn(document.pages) || 0), 'page')}</b> {where}.
        {rows.length >= MOST_LISTED && ` The first ${MOST_LISTED} ranges:`}
      </p>
      <Scroll label="Where they differ">
        <table>
          <thead>
            <tr>
              <th scope="col">range</th>
              <th scope="col" class="number">
                pages
              </th>
              {columns.map(([name, title]) => (
                <th scope="col" key={name}>
                  {title}
                </th>
              ))}
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rangeText(row)}>
                <td>
                  <RangeLink row={row} />
                </td>
                <td class="number">{countText(row.pages)}</td>
                {columns.map(([name]) => (
                  <td key={name}>{answerText(row[name])}</td>
                ))}
                <td>{whyText(row.why)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
