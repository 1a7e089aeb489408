/** As much of XML Schema as fixtures/junit.xsd uses: elements by reference, sequences, choices, attributes. */
import { parseXml, type XmlElement } from './xml.ts';

const TYPES: Readonly<Record<string, RegExp>> = {
  'xs:string': /^[\s\S]*$/,
  'xs:nonNegativeInteger': /^\+?\d+$/,
  'xs:decimal': /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/,
};

function occurrence({ attributes }: XmlElement): string {
  const most = attributes.maxOccurs ?? '1';
  return `{${attributes.minOccurs ?? '1'},${most === 'unbounded' ? '' : most}}`;
}

/** A content model as a pattern over the names of children, each with a semicolon behind. */
function patternOf(particle: XmlElement): string {
  switch (particle.name) {
    case 'xs:element':
      return `(?:${particle.attributes.ref};)${occurrence(particle)}`;
    case 'xs:sequence':
      return `(?:${particle.children.map(patternOf).join('')})${occurrence(particle)}`;
    case 'xs:choice':
      return `(?:${particle.children.map(patternOf).join('|')})${occurrence(particle)}`;
    default:
      throw new Error(`unknown particle ${particle.name}`);
  }
}

function complaintsOf(element: XmlElement, schema: ReadonlyMap<string, XmlElement>, path: string): string[] {
  const type = schema.get(element.name)?.children[0];
  if (!type) return [`${path}: no such element`];
  const complaints: string[] = [];
  const declared = type.children
    .filter(({ name }) => name === 'xs:attribute')
    .map(({ attributes }) => attributes);
  for (const attribute of declared) {
    const name = attribute.name!;
    const value = element.attributes[name];
    if (value === undefined) {
      if (attribute.use === 'required') complaints.push(`${path}: ${name} is missing`);
    } else if (!TYPES[attribute.type!]!.test(value)) complaints.push(`${path}: ${name}="${value}"`);
  }
  for (const name of Object.keys(element.attributes)) {
    if (!declared.some((one) => one.name === name)) complaints.push(`${path}: no attribute ${name}`);
  }
  const model = type.children
    .filter(({ name }) => name !== 'xs:attribute')
    .map(patternOf)
    .join('');
  const names = element.children.map(({ name }) => `${name};`).join('');
  if (!new RegExp(`^${model}$`).test(names)) complaints.push(`${path}: contains ${names || 'nothing'}`);
  if (type.attributes.mixed !== 'true' && element.text.trim() !== '') {
    complaints.push(`${path}: text "${element.text.trim()}"`);
  }
  const inner = element.children.flatMap((child, at) =>
    complaintsOf(child, schema, `${path}/${child.name}[${at}]`),
  );
  return [...complaints, ...inner];
}

/**
 * What is wrong with a document.
 *
 * @param xsd - the schema's text
 * @returns a line each; empty: it is valid
 */
export function schemaComplaints(xsd: string, document: string): readonly string[] {
  const elements = parseXml(xsd).children.map((one) => [one.attributes.name!, one] as const);
  const root = parseXml(document);
  return complaintsOf(root, new Map(elements), root.name);
}
