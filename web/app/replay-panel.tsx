/** A boot, event by event: a slider over what vCPUs do and what becomes of entries, under one design or two. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Painter } from '../draw/painter.ts';
import { replayLayout, stepAt } from '../draw/replay-layout.ts';
import { paintReplay, stepText } from '../draw/replay-paint.ts';
import type { Questions, Replayed } from '../worker/protocol.ts';
import { Canvas, pointOf, useWidth } from './canvas.tsx';
import { DesignsTable } from './designs-table.tsx';
import { FailureNote } from './failure-note.tsx';
import { useOpened, usePage } from './page-context.ts';
import { ScenarioEditor } from './scenario-editor.tsx';
import { theme } from './theme.ts';
import { useAnswer } from './use-answer.ts';

/** The usual scenario, and what KVM does. */
const FIRST = 'ovmf-boot';
const USUAL_DESIGN = 'first-fault';

/** Chooses a scenario and designs, and shows them. */
export function ReplayPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { lanes, lane, scenario, vcpus, designs = [] } = page.view.value;
  const chosen = scenario ?? { name: FIRST };
  const policy = lanes[lane]?.policy ?? machine.policy;
  const [design = USUAL_DESIGN, other] = designs;
  const [isTabled, setTabled] = useState(designs.length > 2);
  const ask = {
    scenario: chosen,
    ...(policy.startsWith('kvm') && { policy }),
    ...(vcpus !== undefined && { vcpus }),
  } as const;
  const first = useAnswer('replay', { ...ask, designs: [design] });
  const second = useAnswer('replay', other === undefined ? undefined : { ...ask, designs: [other] });
  const { answer, failure, progress } = first;
  const beside = other === undefined || !second.isCurrent ? undefined : second.answer;
  const choose = (one: string, two: string | undefined) =>
    page.look({ designs: two === undefined || two === one ? [one] : [one, two] });
  return (
    <>
      <div class="tool-row">
        <ScenarioChoice name={chosen.name} />
        <DesignChoice label="Design" value={design} onChoose={(name) => choose(name, other)} />
        <DesignChoice label="beside" value={other} onChoose={(name) => choose(design, name || undefined)} />
        {policy.startsWith('kvm') && <span class="soft">under {policy}, the lane that is asked</span>}
      </div>
      <ScenarioEditor text={answer?.text} name={chosen.name} />
      {failure && <FailureNote failure={failure} />}
      {second.failure && !failure && <FailureNote failure={second.failure} />}
      {!answer && !failure && (
        <p class="soft">Replaying{progress ? `: ${progress.done.toLocaleString('en')} events` : ''} ...</p>
      )}
      {answer && !failure && (
        <Steps
          shown={[
            { design, replayed: answer },
            ...(beside && other !== undefined ? [{ design: other, replayed: beside }] : []),
          ]}
        />
      )}
      {answer && !failure && (
        <details open={isTabled} onToggle={({ currentTarget }) => setTabled(currentTarget.open)}>
          <summary>All designs, at the end</summary>
          {isTabled && <AllDesigns ask={ask} />}
        </details>
      )}
    </>
  );
}

function ScenarioChoice({ name }: { readonly name: string }) {
  const page = usePage();
  const ready = page.catalogue.value?.scenarios ?? [];
  return (
    <label>
      Scenario{' '}
      <select
        value={name}
        onChange={({ currentTarget }) =>
          page.look({ scenario: { name: currentTarget.value }, vcpus: undefined })
        }
      >
        {!ready.some((one) => one.name === name) && <option value={name}>{name}</option>}
        {ready.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}: {one.title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** One of the designs; without a value, none. */
function DesignChoice(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChoose: (name: string) => void;
}) {
  const names = usePage().catalogue.value?.designs ?? [];
  const { label, value = '', onChoose } = props;
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {label === 'beside' && <option value="">none</option>}
        {value !== '' && !names.includes(value) && <option value={value}>{value}</option>}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function AllDesigns({ ask }: { readonly ask: Questions['replay']['ask'] }) {
  const names = usePage().catalogue.value?.designs ?? [];
  const { answer, failure } = useAnswer('replay', { ...ask, designs: names });
  if (failure) return <FailureNote failure={failure} />;
  if (!answer) return <p class="soft">Replaying under {names.length} designs ...</p>;
  return <DesignsTable document={answer.document} />;
}

/** A replay with the design that it is under. */
interface Shown {
  readonly design: string;
  readonly replayed: Replayed;
}

/** Replays of the same events under one slider. */
function Steps({ shown }: { readonly shown: readonly Shown[] }) {
  const { steps, stepCount, said } = shown[0]!.replayed;
  const [chosen, choose] = useState(0);
  const step = Math.min(chosen, Math.max(0, steps.length - 1));
  if (steps.length === 0) return <p>Nothing happens in this scenario.</p>;
  const texts = shown.map(({ replayed }) => stepText(replayed.steps[step] ?? steps[step]!));
  return (
    <>
      {shown.map(({ design, replayed }, k) => (
        <div key={design}>
          {shown.length > 1 && <h3>{design}</h3>}
          <Course replayed={replayed} step={step} onChoose={choose} />
          {shown.length > 1 && <p class="step">{texts[k]}</p>}
        </div>
      ))}
      <label class="field">
        Event {step + 1} of {stepCount.toLocaleString('en')}
        {stepCount > steps.length && ` (the first ${steps.length.toLocaleString('en')} can be shown)`}
        <input
          type="range"
          class="wide"
          min={0}
          max={steps.length - 1}
          value={step}
          aria-valuetext={texts.join('; ')}
          onInput={({ currentTarget }) => choose(Number(currentTarget.value))}
        />
      </label>
      {shown.length === 1 && <p class="step">{texts[0]}</p>}
      {said.map((line) => (
        <p class="soft" key={line}>
          {line}
        </p>
      ))}
    </>
  );
}

function Course(props: {
  readonly replayed: Replayed;
  readonly step: number;
  readonly onChoose: (step: number) => void;
}) {
  const { replayed, step, onChoose } = props;
  const [place, width] = useWidth();
  const layout = useMemo(() => replayLayout(replayed, { width: Math.max(1, width) }), [replayed, width]);
  const colours = theme.value;
  const paint = useCallback(
    (painter: Painter) => paintReplay(painter, colours, layout, step),
    [colours, layout, step],
  );
  return (
    <div
      ref={place}
      class="replay"
      role="img"
      aria-label={`${replayed.stepCount} events of ${replayed.vcpus.length} vCPUs, and what becomes of entries`}
      onPointerUp={(event) => onChoose(stepAt(layout, pointOf(event).x))}
    >
      {width > 0 && <Canvas width={width} height={layout.height} paint={paint} />}
    </div>
  );
}
