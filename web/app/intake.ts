/** How texts come in: pasted anywhere, dropped anywhere, chosen. */
import type { Page } from '../state/page.ts';
import type { SourceText } from '../worker/protocol.ts';

const source = (file: File): SourceText => ({ name: file.name, blob: file });

/** Opens files: the first is read for its registers, the others say what is RAM. */
export function openFiles(page: Page, files: readonly File[]): void {
  const [first, ...others] = files;
  if (!first) return;
  void page.open(source(first), others.length > 0 ? { ram: others.map(source) } : {});
}

/** A text goes to the worker and never into a text field: a megabyte there is seconds of layout. */
function openText(page: Page, text: string): void {
  if (text.trim() === '') page.say('The clipboard holds no text');
  else void page.open({ name: 'pasted', text });
}

/** Where somebody writes, a paste belongs there. */
export function isEditable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

/**
 * Listens for pastes and drops.
 *
 * @param onDrag - whether something hangs over the page
 */
export function listenForTexts(page: Page, onDrag: (isOver: boolean) => void): void {
  document.addEventListener('paste', (event) => {
    if (isEditable(event.target) || !event.clipboardData) return;
    event.preventDefault();
    const files = [...event.clipboardData.files];
    if (files.length > 0) openFiles(page, files);
    else openText(page, event.clipboardData.getData('text/plain'));
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    onDrag(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) onDrag(false);
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    onDrag(false);
    if (!event.dataTransfer) return;
    const files = [...event.dataTransfer.files];
    if (files.length > 0) openFiles(page, files);
    else openText(page, event.dataTransfer.getData('text/plain'));
  });
}
