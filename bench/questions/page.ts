/** How long does the page take in a browser, from a paste, short or long, to the map and from a key to a zoomed map? */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { browserPath, startBrowser } from '../browser.ts';
import { figureOf } from '../rounds.ts';
import { type Bench, type Question, type Row, rowOf } from '../row.ts';

const ROOT = new URL('../../', import.meta.url);
const FILE = new URL('dist-web/eptsweep.html', ROOT);
const DUMP = readFileSync(new URL('test/read/fixtures/dmesg-mtrr-debug.txt', ROOT), 'utf8');
const LINE = '[    1.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n';
/** A megabyte of a log, with the dump at its end. */
const LARGE = `${LINE.repeat(Math.ceil((1e6 - DUMP.length) / LINE.length))}${DUMP}`;
/** Rounds of pasting, each in a page of its own, and of zooming in one of them. */
const MOST_PASTES = 21;
const MOST_ZOOMS = 60;
const BARS = { paste: { atMost: 150 }, large: { atMost: 200 }, zoom: { atMost: 16 } } as const;

function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build-page.mjs'], {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the page could not be built: ${stderr}`);
}

/** Milliseconds in which nobody has copied anything yet: the page rehearses meanwhile (web/state/rehearsal.ts). */
const REST_MS = 1000;

/** The page before anything was given to it, at rest. */
async function freshPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  await page.goto(FILE.href);
  // How dumps are taken is told by the worker: once that is there it has begun.
  await page.locator('details').first().waitFor();
  await page.waitForTimeout(REST_MS);
  await settled(page);
  return page;
}

/** Two frames on, all that was to be drawn is drawn. */
function settled(page: Page): Promise<unknown> {
  return page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

/** Milliseconds from a paste to the map. */
function pasted(page: Page, dump: string): Promise<number> {
  return page.evaluate(async (text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const begin = performance.now();
    const isDrawn = new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error('no map after 20 seconds')), 20_000);
      const observer = new MutationObserver(() => {
        if (!document.querySelector('.map-picture canvas')) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(document.body, { childList: true, subtree: true });
    });
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    await isDrawn;
    return performance.now() - begin;
  }, dump);
}

/** Milliseconds that the page's thread works for each of some zooms: script, layout and drawing. */
async function zooms(page: Page, count: number): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busySeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ThreadTime')!.value;
  };
  const times: number[] = [];
  for (let k = 0; k < count; k++) {
    const before = await busySeconds();
    await page.keyboard.press(k % 20 < 10 ? 'w' : 's');
    await settled(page);
    times.push(((await busySeconds()) - before) * 1000);
  }
  return times;
}

/** What was measured: milliseconds. */
interface Measured {
  readonly pastes: readonly number[];
  readonly large: readonly number[];
  readonly frames: readonly number[];
}

async function measured(path: string, rounds: number): Promise<Measured> {
  const browser = await startBrowser(path);
  const pasteInto = async (dump: string, use?: (page: Page) => Promise<void>): Promise<number> => {
    const page = await freshPage(browser);
    const time = await pasted(page, dump);
    await use?.(page);
    await page.close();
    return time;
  };
  try {
    const pastes: number[] = [];
    const large: number[] = [];
    const frames: number[] = [];
    for (let k = 0; k < Math.min(rounds, MOST_PASTES); k++) {
      const zoom = async (page: Page) =>
        void frames.push(...(await zooms(page, Math.min(rounds, MOST_ZOOMS))));
      pastes.push(await pasteInto(DUMP, k === 0 ? zoom : undefined));
      large.push(await pasteInto(LARGE));
    }
    return { pastes, large, frames };
  } finally {
    await browser.close();
  }
}

function rowsOf({ pastes, large, frames }: Partial<Measured>, note?: string): Row[] {
  return [
    rowOf({
      id: 'page-paste',
      what: 'a pasted dmesg becomes a map in the page, milliseconds',
      ratios: { milliseconds: pastes && figureOf(pastes) },
      bars: { milliseconds: BARS.paste },
      note,
    }),
    rowOf({
      id: 'page-paste-large',
      what: 'a pasted megabyte becomes a map in the page, milliseconds',
      ratios: { milliseconds: large && figureOf(large) },
      bars: { milliseconds: BARS.large },
      note,
    }),
    rowOf({
      id: 'page-zoom',
      what: 'a frame of zooming the map, milliseconds of the thread of the page',
      ratios: { milliseconds: frames && figureOf(frames) },
      bars: { milliseconds: BARS.zoom },
      note,
    }),
  ];
}

export const page: Question = {
  ids: ['page-paste', 'page-paste-large', 'page-zoom'],
  async ask({ effort, isTiny }: Bench) {
    const path = browserPath();
    if (path === undefined) return rowsOf({}, 'no browser: the page is not measured');
    if (isTiny) return rowsOf({}, 'a tiny run builds no page');
    build();
    return rowsOf(await measured(path, effort.rounds));
  },
};
