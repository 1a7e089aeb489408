/** The keyboard. */
import type { Page } from '../state/page.ts';
import { isHelpOpen, isLinkOpen } from './dialogs.ts';
import { isEditable } from './intake.ts';
import { stepMap, zoomMap } from './map-control.ts';
import { ADDRESS_ID } from './map-toolbar.tsx';

/** What keys do, in the order of the help. */
export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['w  s', 'zoom in, zoom out'],
  ['a  e', 'to lower, to higher addresses'],
  ['←  →', 'previous, next boundary'],
  ['[  ]', 'the same'],
  ['d  Shift+d', 'next, previous difference from the reference'],
  ['↑  ↓', 'lane above, lane below'],
  ['1 .. 9', 'a lane'],
  ['/', 'to an address'],
  ['Enter', 'why the chosen page is as it is'],
  ['u', 'up to what the table above covers'],
  ['0', 'the whole space'],
  ['?', 'this list'],
];

const PAN = 0.5;

/** Acts on a key; false: it is not one of ours. */
function act(page: Page, key: string): boolean {
  const { lane, lanes, at } = page.view.value;
  const toLane = (index: number) => {
    if (index >= 0 && index < lanes.length) page.look({ lane: index });
  };
  switch (key) {
    case 'w':
      zoomMap(page, 0.6);
      return true;
    case 's':
      zoomMap(page, 1 / 0.6);
      return true;
    case 'a':
      stepMap(page, -PAN);
      return true;
    case 'e':
      stepMap(page, PAN);
      return true;
    case '0':
      page.look({ window: undefined });
      return true;
    case '[':
    case 'ArrowLeft':
      void page.seek('boundary', 'previous');
      return true;
    case ']':
    case 'ArrowRight':
      void page.seek('boundary', 'next');
      return true;
    case 'd':
      void page.seek('difference', 'next');
      return true;
    case 'D':
      void page.seek('difference', 'previous');
      return true;
    case 'ArrowUp':
      toLane(lane - 1);
      return true;
    case 'ArrowDown':
      toLane(lane + 1);
      return true;
    case '/':
      document.getElementById(ADDRESS_ID)?.focus();
      return true;
    case 'Enter':
      if (at === undefined) page.select(page.view.value.window?.start ?? 0);
      page.look({ tab: 'why' });
      return true;
    case 'u':
      upATable(page);
      return true;
    default:
      if (!/^[1-9]$/.test(key)) return false;
      toLane(Number(key) - 1);
      return true;
  }
}

/** Shows what the next table above covers: 2 MiB, 1 GiB, 512 GiB, the whole space. */
function upATable(page: Page): void {
  const { at = 0, window } = page.view.value;
  const size = window ? window.end - window.start : Number.POSITIVE_INFINITY;
  const frames = [512, 512 ** 2, 512 ** 3, 512 ** 4].find((one) => one > size);
  if (frames === undefined) page.look({ window: undefined });
  else {
    const start = Math.floor(at / frames) * frames;
    page.look({ window: { start, end: start + frames } });
  }
}

/** A key belongs to the page where no control and no dialog takes it. */
function isOurs({ target, key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || isEditable(target)) return false;
  if (!(target instanceof HTMLElement)) return true;
  if (target.closest('dialog, table, pre, [role=slider]') && key.startsWith('Arrow')) return false;
  const isPressable = target.closest('button, summary, a, [role=tab]') !== null;
  return !(isPressable && (key === 'Enter' || key.startsWith('Arrow')));
}

/** Listens for keys. */
export function listenForKeys(page: Page): void {
  document.addEventListener('keydown', (event) => {
    if (!isOurs(event) || isLinkOpen.value || isHelpOpen.value) return;
    if (event.key === '?') isHelpOpen.value = true;
    else if (page.phase.value.kind !== 'open' || !act(page, event.key)) return;
    event.preventDefault();
  });
}
