/**
 * Starts the single file: unpacks the block that scripts/build-page.mjs put into it, and runs the page's program. The
 * document's policy names this program, that one and the style by their hashes: nothing else is run, packed or not.
 */
import { bytesOfBase91 } from './base91.ts';
import { unpackLzma } from './lzma.ts';

function element<Name extends 'script' | 'style'>(name: Name, text: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** A block of data, as the folder's documents have them from the start. */
function dataBlock(id: string, text: string): HTMLScriptElement {
  const block = element('script', text);
  block.id = id;
  block.type = 'text/plain';
  return block;
}

try {
  const packed = document.getElementById('packed')!;
  const whole = new TextDecoder().decode(unpackLzma(bytesOfBase91(packed.textContent)));
  const [style = '', app = '', worker = '', licences = ''] = whole.split('\0');
  document.head.append(element('style', style));
  packed.replaceWith(dataBlock('worker', worker), dataBlock('licences', licences));
  document.body.append(element('script', app));
} catch (error) {
  document.getElementById('page')!.textContent =
    `This file cannot be unpacked (${error}): it is not whole, or the browser is older than 2023.`;
}
