/** The page around everything: its head, what it is at, its dialogs. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Phase } from '../state/page.ts';
import { isHelpOpen, isLinkOpen } from './dialogs.ts';
import { FirstScreen } from './first-screen.tsx';
import { lazily } from './lazily.tsx';
import { MachineView } from './machine-view.tsx';
import { OpenedContext, usePage } from './page-context.ts';
import { Broken, Large, Reading, Refused, Unusable } from './phases.tsx';
import { chosen } from './theme.ts';

/** Something is being dragged over the page. */
export const isDragged = signal(false);

const HelpDialog = lazily(async () => (await import('./help-dialog.tsx')).HelpDialog);
const LinkDialog = lazily(async () => (await import('./link-dialog.tsx')).LinkDialog);

const THEME_NAMES = { auto: 'system colours', light: 'light', dark: 'dark' } as const;

/** The whole page. */
export function Shell() {
  const page = usePage();
  const phase = page.phase.value;
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Head phase={phase} />
      <main id="main" tabIndex={-1}>
        <Content phase={phase} />
      </main>
      <div class="sr-only" role="status" aria-live="polite">
        {page.said.value}
      </div>
      {isDragged.value && (
        <div class="drop-cover" aria-hidden="true">
          <p>Drop to read it here. Nothing is sent anywhere.</p>
        </div>
      )}
      {isHelpOpen.value && <HelpDialog />}
      {isLinkOpen.value && <LinkDialog />}
    </>
  );
}

function Head({ phase }: { readonly phase: Phase }) {
  const page = usePage();
  const isOpen = phase.kind === 'open';
  return (
    <header class="head">
      <h1>
        <button
          type="button"
          class="plain brand"
          onClick={() => void page.reset()}
          aria-label="eptsweep, start again"
        >
          eptsweep
        </button>
      </h1>
      {isOpen && <MachineName name={phase.machine.name} />}
      <div class="head-tools">
        {isOpen && (
          <>
            <button type="button" onClick={() => void page.reset()}>
              Open another
            </button>
            <button
              type="button"
              onClick={() => {
                isLinkOpen.value = true;
              }}
            >
              Link
            </button>
            <button type="button" onClick={() => print()}>
              Print
            </button>
          </>
        )}
        <ThemeButton />
        <button
          type="button"
          aria-label="Help and keys"
          onClick={() => {
            isHelpOpen.value = true;
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

/** What is looked at; of several that are open, a choice. */
function MachineName({ name }: { readonly name: string }) {
  const page = usePage();
  const others = [...page.companions.value];
  if (others.length === 0) return <span class="machine-name">{name}</span>;
  return (
    <select
      class="machine-name"
      aria-label="Machine that is looked at"
      value=""
      onChange={({ currentTarget }) => {
        const id = Number(currentTarget.value);
        currentTarget.value = '';
        page.turnTo(id);
      }}
    >
      <option value="">{name}</option>
      {others.map(([id, other]) => (
        <option key={id} value={id}>
          {other.name}
        </option>
      ))}
    </select>
  );
}

function ThemeButton() {
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
  return (
    <button
      type="button"
      aria-label={`Colours: ${THEME_NAMES[chosen.value]}`}
      title={`Colours: ${THEME_NAMES[chosen.value]}`}
      onClick={() => {
        chosen.value = next[chosen.value];
      }}
    >
      ◐
    </button>
  );
}

function Content({ phase }: { readonly phase: Phase }): ComponentChildren {
  switch (phase.kind) {
    case 'starting':
    case 'empty':
      return <FirstScreen />;
    case 'unusable':
      return <Unusable {...phase} />;
    case 'broken':
      return <Broken {...phase} />;
    case 'large':
      return <Large {...phase} />;
    case 'reading':
      return <Reading {...phase} />;
    case 'refused':
      return <Refused {...phase} />;
    case 'open':
      return (
        <OpenedContext.Provider value={phase} key={phase.machine.machine}>
          <MachineView />
        </OpenedContext.Provider>
      );
  }
}
