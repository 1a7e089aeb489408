/** The page in Debian's chromium: built, opened from a disk, driven; what it asked of a network is kept. */
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { browserPath, startBrowser } from '../../../bench/browser.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BROWSER = browserPath();

/** Whether there is a browser. */
export const HAS_BROWSER = BROWSER !== undefined;
if (!HAS_BROWSER) console.warn('no chromium: the page is not tried');

/** The page in one file. */
export const SINGLE = `${ROOT}dist-web/eptsweep.html`;

/** A browser without a window. */
export function launch(args: readonly string[] = []): Promise<Browser> {
  return startBrowser(BROWSER!, args);
}

/** A page that is open, and what happened to it. */
export interface Tab {
  readonly page: Page;
  /** Addresses that were asked for, but for the document's own and its blobs. */
  readonly requests: readonly string[];
  /** Errors that nobody caught, and what the browser complains of. */
  readonly errors: readonly string[];
}

/**
 * Opens the page.
 *
 * @param address - default: the single file
 */
export async function openTab(
  browser: Browser,
  address = pathToFileURL(SINGLE).href,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (url !== address.split('#', 1)[0] && !/^(blob|data):/.test(url)) requests.push(url);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(address);
  return { page, requests, errors };
}

/** Waits for the first screen. */
export async function untilReady({ page }: Tab): Promise<void> {
  await page.locator('button:has-text("thinkpad-t400"):enabled').waitFor();
}

/** Pastes a text as somebody does who has copied it. */
export async function paste({ page }: Tab, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** Waits for the map. */
export async function untilMapped({ page }: Tab): Promise<void> {
  await page.locator('.map-picture canvas').waitFor();
}

/** Opens a dump's file as a paste, and waits for the map. */
export async function pasteFile(tab: Tab, path: string): Promise<void> {
  await paste(tab, readFileSync(path, 'utf8'));
  await untilMapped(tab);
}
