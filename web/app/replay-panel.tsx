/** A boot, event by event: a slider over what vCPUs do and what becomes of entries. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Painter } from '../draw/painter.ts';
import { replayLayout, stepAt } from '../draw/replay-layout.ts';
import { paintReplay, stepText } from '../draw/replay-paint.ts';
import type { Replayed } from '../worker/protocol.ts';
import { Canvas, pointOf, useWidth } from './canvas.tsx';
import { FailureNote } from './failure-note.tsx';
import { useOpened, usePage } from './page-context.ts';
import { theme } from './theme.ts';
import { useAnswer } from './use-answer.ts';

/** The usual scenario. */
const FIRST = 'ovmf-boot';

/** Chooses a scenario and shows it. */
export function ReplayPanel() {
  const page = usePage();
  const { machine } = useOpened();
  const { lanes, lane, scenario, vcpus, designs } = page.view.value;
  const ready = page.catalogue.value?.scenarios ?? [];
  const chosen = scenario ?? { name: FIRST };
  const policy = lanes[lane]?.policy ?? machine.policy;
  const [design] = designs ?? [];
  const { answer, failure, progress } = useAnswer('replay', {
    scenario: chosen,
    ...(policy.startsWith('kvm') && { policy }),
    ...(vcpus !== undefined && { vcpus }),
    ...(design !== undefined && { designs: [design] }),
  });
  return (
    <>
      <p class="tool-row">
        <label>
          Scenario{' '}
          <select
            value={chosen.name}
            onChange={({ currentTarget }) =>
              page.look({ scenario: { name: currentTarget.value }, vcpus: undefined })
            }
          >
            {!ready.some(({ name }) => name === chosen.name) && (
              <option value={chosen.name}>{chosen.name}</option>
            )}
            {ready.map(({ name, title }) => (
              <option key={name} value={name}>
                {name}: {title}
              </option>
            ))}
          </select>
        </label>
        {policy.startsWith('kvm') && <span class="soft">under {policy}, the lane that is asked</span>}
      </p>
      {failure && <FailureNote failure={failure} />}
      {!answer && !failure && (
        <p class="soft">Replaying{progress ? `: ${progress.done.toLocaleString('en')} events` : ''} ...</p>
      )}
      {answer && <Steps replayed={answer} />}
    </>
  );
}

function Steps({ replayed }: { readonly replayed: Replayed }) {
  const { steps, stepCount, said } = replayed;
  const [place, width] = useWidth();
  const [chosen, choose] = useState(0);
  const step = Math.min(chosen, Math.max(0, steps.length - 1));
  const layout = useMemo(() => replayLayout(replayed, { width: Math.max(1, width) }), [replayed, width]);
  const colours = theme.value;
  const paint = useCallback(
    (painter: Painter) => paintReplay(painter, colours, layout, step),
    [colours, layout, step],
  );
  const shown = steps[step];
  if (!shown) return <p>Nothing happens in this scenario.</p>;
  const text = stepText(shown);
  return (
    <>
      <div
        ref={place}
        class="replay"
        role="img"
        aria-label={`${stepCount} events of ${replayed.vcpus.length} vCPUs, and what becomes of entries`}
        onPointerUp={(event) => choose(stepAt(layout, pointOf(event).x))}
      >
        {width > 0 && <Canvas width={width} height={layout.height} paint={paint} />}
      </div>
      <label class="field">
        Event {step + 1} of {stepCount.toLocaleString('en')}
        {stepCount > steps.length && ` (the first ${steps.length.toLocaleString('en')} can be shown)`}
        <input
          type="range"
          class="wide"
          min={0}
          max={steps.length - 1}
          value={step}
          aria-valuetext={text}
          onInput={({ currentTarget }) => choose(Number(currentTarget.value))}
        />
      </label>
      <p class="step">{text}</p>
      {said.map((line) => (
        <p class="soft" key={line}>
          {line}
        </p>
      ))}
    </>
  );
}
