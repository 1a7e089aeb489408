/** Text for XML. */
import { visible } from '../../visible.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/**
 * Text as XML carries it, in elements and in attributes within double quotes: nothing of it is hidden, or such that XML 1.0
 * has no way to write it.
 */
export function xmlText(text: string): string {
  return text.replace(/[^\n\t]+/g, visible).replace(/[&<>"]/g, (one) => ENTITIES[one]!);
}

/** {@link xmlText} for attributes within either quotes, whose line breaks and tabs readers would make spaces. */
export function xmlAttribute(text: string): string {
  return xmlText(text)
    .replaceAll("'", '&apos;')
    .replace(/[\n\t]/g, (one) => `&#${one.charCodeAt(0)};`);
}
