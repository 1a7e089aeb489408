/** XML as a tree, so that pictures and reports are looked into without a parser of others'. Strict: what it cannot read throws. */

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Text directly inside, entities resolved. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
/** What XML 1.0 cannot hold (section 2.2). */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function resolved(text: string): string {
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    if (/^#\d+$/.test(name) && whole.endsWith(';')) return String.fromCodePoint(Number(name.slice(1)));
    if (!whole.endsWith(';') || !Object.hasOwn(ENTITIES, name)) throw new Error(`no entity: ${whole}`);
    return ENTITIES[name]!;
  });
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([\w.:-]+)="([^"]*)"/g)) {
    if (Object.hasOwn(attributes, name!)) throw new Error(`attribute ${name} is given twice`);
    attributes[name!] = resolved(value!);
  }
  return attributes;
}

/** Reads a document; @throws where it is not well-formed. */
export function parseXml(document: string): XmlElement {
  if (FORBIDDEN.test(document)) throw new Error('a character that XML cannot hold');
  const root = { name: '', attributes: {}, children: [] as XmlElement[], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(document);
    if (!token) throw new Error(`not well-formed: ${document.slice(at, at + 60)}`);
    const [, slash, name, attributes, empty, text] = token;
    const parent = open.at(-1)!;
    if (text !== undefined) parent.text += resolved(text);
    if (name === undefined) continue;
    if (slash === '/') {
      if (open.length === 1 || parent.name !== name) throw new Error(`</${name}> closes nothing`);
      open.pop();
      continue;
    }
    const element = {
      name,
      attributes: attributesOf(attributes ?? ''),
      children: [] as XmlElement[],
      text: '',
    };
    parent.children.push(element);
    if (empty !== '/') open.push(element);
  }
  if (root.text.trim() !== '') throw new Error(`text outside: ${root.text.trim()}`);
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one whole element');
  return root.children[0]!;
}

/** All elements below one, itself included. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendants(child);
}
