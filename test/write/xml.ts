/** A strict reader of the XML that pictures are: whatever is not well-formed throws. */

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Text directly inside, entities resolved. */
  readonly text: string;
}

interface OpenElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = '[A-Za-z_][\\w.-]*';
const TAG = new RegExp(`^<(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`);

function resolved(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(text)) throw new Error(`a bare & in "${text}"`);
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) throw new Error('a control character');
  return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? '');
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
    if (Object.hasOwn(attributes, name!)) throw new Error(`attribute ${name} twice`);
    attributes[name!] = resolved(value!);
  }
  return attributes;
}

/**
 * Reads a document of one element.
 *
 * @throws Error where it is not well-formed
 */
export function parseXml(source: string): XmlElement {
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenElement[] = [root];
  let rest = source.trim();
  while (rest !== '') {
    const top = open.at(-1)!;
    const closing = new RegExp(`^</(${NAME})>`).exec(rest);
    const opening = TAG.exec(rest);
    if (closing) {
      if (closing[1] !== top.name) throw new Error(`</${closing[1]}> closes <${top.name}>`);
      open.pop();
      open.at(-1)!.children.push(top);
      rest = rest.slice(closing[0].length);
    } else if (opening) {
      const [all, name, attributes, isEmpty] = opening;
      const element = { name: name!, attributes: attributesOf(attributes!), children: [], text: '' };
      if (isEmpty) top.children.push(element);
      else open.push(element);
      rest = rest.slice(all.length);
    } else {
      const end = rest.indexOf('<');
      if (end === 0) throw new Error(`no tag: ${rest.slice(0, 60)}`);
      const text = end < 0 ? rest : rest.slice(0, end);
      if (open.length === 1 && text.trim() !== '') throw new Error(`text outside: ${text}`);
      top.text += resolved(text);
      rest = rest.slice(text.length);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  if (root.children.length !== 1) throw new Error(`${root.children.length} root elements`);
  return root.children[0]!;
}

/** All elements below one, itself included. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendants(child);
}
