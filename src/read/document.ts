/** What a reader of a whole JSON document is, and how it walks one. */
import type { Facts } from './facts/facts.ts';
import type { JsonNode } from './json-text.ts';
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
}

/** Every node of a document, outer ones first. */
export function* visits(root: JsonNode): IterableIterator<Visit> {
  const open: Visit[] = [{ node: root, key: '', parents: [] }];
  while (open.length > 0) {
    const visit = open.pop()!;
    yield visit;
    const parents = [...visit.parents, visit];
    const children: Visit[] = [];
    if (visit.node.kind === 'object') {
      for (const [key, node] of visit.node.members) children.push({ node, key, parents });
    } else if (visit.node.kind === 'array') {
      visit.node.items.forEach((node, index) => {
        if (node.kind === 'object' || node.kind === 'array' || node.kind === 'string') {
          children.push({ node, key: String(index), parents });
        }
      });
    }
    for (const child of children.reverse()) open.push(child);
  }
}
