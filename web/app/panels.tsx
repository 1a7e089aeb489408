/** The panels below the map. */
import type { ComponentType } from 'preact';
import { useRef } from 'preact/hooks';
import { TABS, type Tab } from '../state/view-state.ts';
import { CapturePanel } from './capture-panel.tsx';
import { FindingsPanel } from './findings-panel.tsx';
import { useOpened, usePage } from './page-context.ts';
import { ReadPanel } from './read-panel.tsx';
import { ReplayPanel } from './replay-panel.tsx';
import { SharePanel } from './share-panel.tsx';
import { SpansPanel } from './spans-panel.tsx';
import { WalkPanel } from './walk-panel.tsx';
import { WhyPanel } from './why-panel.tsx';

const PANELS: Readonly<Record<Tab, { readonly title: string; readonly Panel: ComponentType }>> = {
  why: { title: 'Why', Panel: WhyPanel },
  walk: { title: 'EPT walk', Panel: WalkPanel },
  findings: { title: 'Findings', Panel: FindingsPanel },
  spans: { title: 'Spans', Panel: SpansPanel },
  share: { title: 'Share', Panel: SharePanel },
  replay: { title: 'Replay', Panel: ReplayPanel },
  read: { title: 'What was read', Panel: ReadPanel },
  capture: { title: 'Capture', Panel: CapturePanel },
};

/** Panels that ask the registers. */
const OF_REGISTERS: readonly Tab[] = ['why', 'walk', 'spans', 'share'];

/** Tabs with their panel. */
export function Panels() {
  const page = usePage();
  const { machine } = useOpened();
  const list = useRef<HTMLDivElement>(null);
  const tabs = TABS.filter((tab) => machine.hasRegisters || !OF_REGISTERS.includes(tab));
  const { tab } = page.view.value;
  const { Panel } = PANELS[tab];
  const move = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]!;
    page.look({ tab: next });
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <section class="panels" aria-label="Panels">
      <div class="tabs" role="tablist" aria-label="Panels" ref={list} onKeyDown={move}>
        {tabs.map((name) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`tab-${name}`}
            aria-selected={name === tab}
            aria-controls="panel"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => page.look({ tab: name })}
          >
            {PANELS[name].title}
          </button>
        ))}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        <Panel />
      </div>
    </section>
  );
}
