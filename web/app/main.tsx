/** The page's program: starts the worker, shows the state, and opens what came with the document or its address. */
import { render } from 'preact';
import { CanvasPainter } from '../draw/canvas-painter.ts';
import type { MapLayout } from '../draw/map-layout.ts';
import { paintMap } from '../draw/map-paint.ts';
import { type EmbeddedInput, embeddedInput } from '../state/embedded.ts';
import { LinkError, viewOf } from '../state/link.ts';
import { Page } from '../state/page.ts';
import { rehearse } from '../state/rehearsal.ts';
import { folderSettings, startWorker } from '../state/start-worker.ts';
import { TABS, type Tab } from '../state/view-state.ts';
import { WorkerClient } from '../state/worker-client.ts';
import { listenForTexts } from './intake.ts';
import { listenForKeys } from './keys.ts';
import { PageContext } from './page-context.ts';
import { isDragged, Shell } from './shell.tsx';
import { applyTheme, theme } from './theme.ts';

const client = new WorkerClient(startWorker());
const page = new Page(client.ask);

async function openLink(): Promise<boolean> {
  try {
    const linked = await viewOf(location.hash);
    if (!linked) return false;
    const { config, tab, ...view } = linked;
    const known = TABS.find((one): one is Tab => one === tab);
    await page.open({ name: 'link', text: config }, {}, { ...view, ...(known && { tab: known }) });
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    page.phase.value = { kind: 'broken', sentence: error.message };
  }
  return true;
}

/** Keeps the folder's page for days without a network; a file is kept by whoever has it. */
function keepOffline(): void {
  const settings = folderSettings();
  if (settings && 'serviceWorker' in navigator) {
    // Where it may not be kept (a private window, no HTTPS), the page works all the same.
    navigator.serviceWorker.register(settings.offline).catch(() => {});
  }
}

async function begin(): Promise<void> {
  applyTheme();
  render(
    <PageContext.Provider value={page}>
      <Shell />
    </PageContext.Provider>,
    document.getElementById('page')!,
  );
  // What is pasted or dropped before the engine is there waits for it.
  listenForTexts(page, (isOver) => {
    isDragged.value = isOver;
  });
  if (!(await page.begin(client.ready))) return;
  listenForKeys(page);
  addEventListener('hashchange', () => void openLink());
  if (page.phase.value.kind === 'empty') await openWhatCame();
  keepOffline();
  // Where it fails, what somebody opens will say why.
  (globalThis.requestIdleCallback ?? setTimeout)(() => rehearse(page, paintUnseen).catch(() => {}));
}

function paintUnseen(layout: MapLayout): void {
  const context = document.createElement('canvas').getContext('2d');
  if (context) paintMap(new CanvasPainter(context, 1), theme.value, layout, { lane: 0 });
}

/** What came with the document or its address; a text that somebody gave meanwhile goes first. */
async function openWhatCame(): Promise<void> {
  let embedded: EmbeddedInput | undefined;
  try {
    embedded = embeddedInput();
  } catch (error) {
    page.phase.value = {
      kind: 'broken',
      sentence: `What came inside of this page cannot be opened: ${error}`,
    };
    return;
  }
  if (embedded) {
    await page.open(embedded.input, embedded.options, embedded.view);
    if (embedded.others.length > 0) await page.accompany(embedded.others, embedded.lanes);
  } else await openLink();
}

void begin();
