/** The panels below the map. */
import type { ComponentType } from 'preact';
import { useRef } from 'preact/hooks';
import { TABS, type Tab } from '../state/view-state.ts';
import { CapturePanel } from './capture-panel.tsx';
import { lazily } from './lazily.tsx';
import { useOpened, usePage } from './page-context.ts';
import { WhyPanel } from './why-panel.tsx';

const PANELS: Readonly<Record<Tab, { readonly title: string; readonly Panel: ComponentType }>> = {
  why: { title: 'Why', Panel: WhyPanel },
  walk: { title: 'EPT walk', Panel: lazily(async () => (await import('./walk-panel.tsx')).WalkPanel) },
  findings: {
    title: 'Findings',
    Panel: lazily(async () => (await import('./findings-panel.tsx')).FindingsPanel),
  },
  spans: { title: 'Spans', Panel: lazily(async () => (await import('./spans-panel.tsx')).SpansPanel) },
  diff: { title: 'Differences', Panel: lazily(async () => (await import('./diff-panel.tsx')).DiffPanel) },
  share: { title: 'Share', Panel: lazily(async () => (await import('./share-panel.tsx')).SharePanel) },
  replay: { title: 'Replay', Panel: lazily(async () => (await import('./replay-panel.tsx')).ReplayPanel) },
  read: { title: 'What was read', Panel: lazily(async () => (await import('./read-panel.tsx')).ReadPanel) },
  capture: { title: 'Capture', Panel: CapturePanel },
};

/** Panels that ask the registers. */
const OF_REGISTERS: readonly Tab[] = ['why', 'walk', 'spans', 'diff', 'share'];

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
