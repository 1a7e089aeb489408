/** Text for XML. */

/** Characters that XML 1.0 has no way to write. */
const NOT_XML =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text as XML carries it, in elements and in attributes within double quotes. */
export function xmlText(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>"]/g, (one) => ENTITIES[one]!);
}

/** {@link xmlText} for attributes within either quotes, whose line breaks and tabs readers would make spaces. */
export function xmlAttribute(text: string): string {
  return xmlText(text)
    .replaceAll("'", '&apos;')
    .replace(/[\n\t]/g, (one) => `&#${one.charCodeAt(0)};`);
}
