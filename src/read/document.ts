/** What a reader of a whole JSON document is, and how it walks one. */

import { utf8Text } from './bytes.ts';
import type { Facts } from './facts/facts.ts';
import { type JsonNode, parseJson } from './json-text.ts';
import type { ReadContext } from './reader.ts';

/** A JSON-based format. */
export interface DocumentFormat {
  readonly name: string;
  /** For people: what writes it. */
  readonly title: string;
  read(root: JsonNode, context: ReadContext): Facts;
}

/** A node of a document with its key and the nodes around it, innermost last. */
export interface Visit {
  readonly node: JsonNode;
  readonly key: string;
  readonly parents: readonly Visit[];
  /** In how many documents within documents it stands. */
  readonly nestings: number;
}

/** Documents in strings of documents: VMMs do it once, twice is more than anybody needs. */
const MOST_NESTED = 4;
/** Bytes of a text as a list of numbers, as older snapshots have it, start with a brace or a bracket. */
const OPENING: readonly bigint[] = [0x7bn, 0x5bn];

/** The text that a list of bytes is. */
function bytesText(items: readonly JsonNode[]): string | undefined {
  const [first] = items;
  if (first?.kind !== 'number' || first.integer === undefined || !OPENING.includes(first.integer))
    return undefined;
  const bytes = items.map((item) => (item.kind === 'number' ? Number(item.integer) : Number.NaN));
  return bytes.every((byte) => byte === (byte & 0xff)) ? utf8Text(Uint8Array.from(bytes)) : undefined;
}

/** The document that a value holds as text, as snapshots of Cloud Hypervisor do. */
function nestedDocument(node: JsonNode): JsonNode | undefined {
  const text = node.kind === 'string' ? node.text : node.kind === 'array' ? bytesText(node.items) : undefined;
  return text !== undefined && /^\s{0,80}[{[]/.test(text) ? parseJson(text, node.line) : undefined;
}

/** Every node of a document, outer ones first; documents in its strings too. */
export function* visits(root: JsonNode): IterableIterator<Visit> {
  const open: Visit[] = [{ node: root, key: '', parents: [], nestings: 0 }];
  while (open.length > 0) {
    const visit = open.pop()!;
    yield visit;
    const parents = [...visit.parents, visit];
    const { nestings } = visit;
    const nested = nestings < MOST_NESTED ? nestedDocument(visit.node) : undefined;
    if (nested) open.push({ ...visit, node: nested, nestings: nestings + 1 });
    const children: Visit[] = [];
    if (visit.node.kind === 'object') {
      for (const [key, node] of visit.node.members) children.push({ node, key, parents, nestings });
    } else if (visit.node.kind === 'array') {
      visit.node.items.forEach((node, index) => {
        if (node.kind === 'object' || node.kind === 'array' || node.kind === 'string') {
          children.push({ node, key: String(index), parents, nestings });
        }
      });
    }
    for (const child of children.reverse()) open.push(child);
  }
}
