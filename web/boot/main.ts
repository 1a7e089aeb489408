/**
 * Starts the single file: unpacks the block that scripts/build-page.mjs put into it, and runs the page's program. The
 * document's policy names this program, that one and the style by their hashes: nothing else is run, packed or not.
 */

function inflated(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(text).text();
}

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

async function start(): Promise<void> {
  const packed = document.getElementById('packed')!;
  const [style = '', app = '', worker = '', licences = ''] = (await inflated(packed.textContent)).split('\0');
  document.head.append(element('style', style));
  packed.replaceWith(dataBlock('worker', worker), dataBlock('licences', licences));
  document.body.append(element('script', app));
}

start().catch((error: unknown) => {
  document.getElementById('page')!.textContent =
    `This file cannot be unpacked (${error}): it is not whole, or the browser is older than 2023.`;
});
