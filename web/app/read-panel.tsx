/** What was read: formats, each recognised line with its number, contradictions, messages, other boots and hosts. */
import { useEffect, useRef } from 'preact/hooks';
import type { Known, ReadingOptions, ReadRegister, WhatWasRead } from '../worker/protocol.ts';
import { useOpened, usePage } from './page-context.ts';
import { placeWord, soughtLine } from './place-buttons.tsx';
import { Scroll } from './scroll.tsx';

/** The whole reading. */
export function ReadPanel() {
  const { machine } = useOpened();
  const { read, said, evidence } = machine;
  return (
    <div class="read">
      {!read && <p>This is a {machine.origin}: it states everything itself.</p>}
      {read && <Choices read={read} />}
      {read && read.contradictions.length > 0 && <Contradictions read={read} />}
      {said.length > 0 && (
        <section aria-labelledby="said">
          <h3 id="said">What the reader says</h3>
          <ul>
            {said.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      )}
      {evidence.length > 0 && <Evidence evidence={evidence} />}
      {read && read.registers.length > 0 && <Registers read={read} />}
    </div>
  );
}

/** Other readings of the same text. */
function Choices({ read }: { readonly read: WhatWasRead }) {
  const page = usePage();
  return (
    <>
      <ul class="formats">
        {read.formats.map(({ format, title, at, blocks, taken }) => (
          <li key={`${format} ${placeWord(at)}`}>
            {title}, from {placeWord(at)}
            {blocks > 1 && (
              <label>
                {' '}
                boot or block{' '}
                <select
                  value={taken}
                  onChange={({ currentTarget }) => void page.reopen({ boot: Number(currentTarget.value) })}
                >
                  {Array.from({ length: blocks }, (_, k) => (
                    <option key={`${k}`} value={k + 1}>
                      {k + 1} of {blocks}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </li>
        ))}
      </ul>
      {read.stages.length > 1 && (
        <Choice
          label="State"
          names={read.stages.map(({ name }) => name)}
          taken={read.stages.find(({ taken }) => taken)?.name}
          onChoose={(stage) => void page.reopen({ stage })}
        />
      )}
      <Beside read={read} />
      {read.hosts.length > 1 && (
        <Choice
          label="Host"
          names={read.hosts}
          taken={undefined}
          onChoose={(host) => void page.reopen({ host })}
        />
      )}
    </>
  );
}

/** The same text read otherwise, in a lane beside this reading. */
function Beside({ read }: { readonly read: WhatWasRead }) {
  const page = usePage();
  const others: readonly (readonly [string, ReadingOptions])[] = [
    ...boots(read),
    ...read.stages
      .filter(({ taken }) => !taken)
      .map(({ name }) => [`state ${name}`, { stage: name }] as const),
    ...read.hosts.map((host) => [`host ${host}`, { host }] as const),
  ];
  if (others.length === 0) return null;
  return (
    <label class="field">
      Beside it{' '}
      <select
        value=""
        onChange={({ currentTarget }) => {
          const chosen = others[Number(currentTarget.value)];
          currentTarget.value = '';
          if (chosen) void page.beside(chosen[1], chosen[0]);
        }}
      >
        <option value="">+ lane</option>
        {others.map(([name], k) => (
          <option key={name} value={k}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function boots(read: WhatWasRead): (readonly [string, ReadingOptions])[] {
  const { blocks = 1, taken = 1 } = read.formats.find((one) => one.blocks > 1) ?? {};
  const numbers = Array.from({ length: blocks }, (_, k) => k + 1);
  return numbers.filter((boot) => boot !== taken).map((boot) => [`boot ${boot}`, { boot }]);
}

function Choice(props: {
  readonly label: string;
  readonly names: readonly string[];
  readonly taken: string | undefined;
  readonly onChoose: (name: string) => void;
}) {
  return (
    <label class="field">
      {props.label}{' '}
      <select value={props.taken} onChange={({ currentTarget }) => props.onChoose(currentTarget.value)}>
        {props.names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Contradictions({ read }: { readonly read: WhatWasRead }) {
  return (
    <section aria-labelledby="contradictions">
      <h3 id="contradictions">Contradictions</h3>
      <ul>
        {read.contradictions.map(({ sentence }) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}

function Evidence({ evidence }: { readonly evidence: readonly Known[] }) {
  const open = evidence.filter(({ level }) => level !== 'read');
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="assumed">
      <h3 id="assumed">Not read, but inferred, assumed or torn</h3>
      <ul>
        {open.map(({ subject, level, what, why }) => (
          <li key={`${subject} ${what}`}>
            <b>{level}</b> {what} <span class="soft">{why}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Registers({ read }: { readonly read: WhatWasRead }) {
  const sought = soughtLine.value;
  return (
    <section aria-labelledby="lines">
      <h3 id="lines">
        Lines that tell registers
        {read.registerCount > read.registers.length &&
          ` (the first ${read.registers.length} of ${read.registerCount})`}
      </h3>
      <Scroll label="Registers by line">
        <table>
          <thead>
            <tr>
              <th scope="col">line</th>
              <th scope="col">MSR</th>
              <th scope="col">register</th>
              <th scope="col">value</th>
              <th scope="col">CPU</th>
            </tr>
          </thead>
          <tbody>
            {read.registers.map((register) => (
              <RegisterRow
                key={`${register.msr} ${register.cpu ?? ''} ${placeWord(register.at)}`}
                register={register}
                isSought={placeWord(register.at) === sought}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function RegisterRow({
  register,
  isSought,
}: {
  readonly register: ReadRegister;
  readonly isSought: boolean;
}) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isSought) row.current?.scrollIntoView({ block: 'center' });
  }, [isSought]);
  return (
    <tr ref={row} class={isSought ? 'sought' : ''}>
      <td>{placeWord(register.at)}</td>
      <td>
        <code>{register.msr}</code>
      </td>
      <td>{register.name}</td>
      <td>
        <code>{register.value}</code>
        {!register.isWhole && ' (some bits)'}
      </td>
      <td>{register.cpu ?? 'all'}</td>
    </tr>
  );
}
