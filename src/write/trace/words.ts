/** EPT entries and what is wrong with them, in words. */
import {
  CAUSES,
  causesOf,
  type DecodedEntry,
  type Distinction,
  type LeafCount,
  type PolicyMatch,
  releasesOf,
  type Said,
  type Stretch,
  TOO_LARGE,
  type Wrong,
} from '../../trace/index.ts';
import { typeName, UC_MINUS } from '../../types.ts';
import { addresses, countText, eptText, hexText, levelText, pagesText } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { addressJson, exactJson } from '../json/vocabulary.ts';

/** A type as an EPT entry carries it: 7 is UC- in a PAT, in an entry it is reserved. */
export function entryTypeName(type: number): string {
  return type === UC_MINUS ? `reserved(${type})` : typeName(type);
}

function entryTypeText(type: number, ipat: number): string {
  return ipat === 1 ? `${entryTypeName(type)} + IPAT` : entryTypeName(type);
}

const AD_TYPES: readonly string[] = ['', 'no A/D bits', 'A/D write-protected', 'A/D type 3'];

/** Level of a table: `4K`, `2M`, `1G`, `level 4`. */
export function pageText(level: number): string {
  return level >= 1 && level <= 3 ? levelText(level as 1 | 2 | 3) : `level ${level}`;
}

function accessText({ read, write, execute }: DecodedEntry): string {
  return [read && 'R', write && 'W', execute && 'X'].filter(Boolean).join(' ') || 'no access';
}

const KIND_TEXTS: Readonly<Record<DecodedEntry['kind'], string>> = {
  leaf: '',
  'non-leaf': 'non-leaf',
  'not-present': 'not present',
  removed: 'removed (frozen while it is replaced)',
  mmio: 'MMIO entry of KVM: no slot',
};

/** What an entry says, bit by bit, in one line. */
export function decodedText(one: DecodedEntry): string {
  const words: (string | false)[] = [KIND_TEXTS[one.kind]];
  if (one.kind === 'leaf' || one.kind === 'non-leaf') {
    words.push(accessText(one), one.accessTracked && 'access-tracked');
    if (one.type !== undefined) {
      words.push(
        entryTypeName(one.type),
        one.ipat ? 'IPAT' : 'no IPAT',
        one.large && `${pageText(one.level)} page`,
      );
    }
    words.push(one.accessed && 'A', one.dirty && 'D', one.userExecute && 'user-execute');
    words.push(one.mmuPresent && 'MMU-present', AD_TYPES[one.adType] ?? '');
    words.push(one.hostWritable && 'host-writable', one.mmuWritable && 'MMU-writable');
  }
  if (one.kind === 'mmio') words.push(one.generation !== undefined && `generation ${one.generation}`);
  words.push(one.suppressVe && 'suppress #VE');
  if (one.kind === 'leaf') words.push(`host frame ${hexText(one.pfn)}`);
  if (one.kind === 'non-leaf') words.push(`next table at ${hexText(one.pfn << 12n)}`);
  if (one.kind === 'mmio') words.push(`frame ${hexText(one.pfn)}`);
  return words.filter(Boolean).join(', ');
}

/** `WB + IPAT`, with the level where that is what counts. */
export function saidText({ type, ipat, level }: Said, causes: number): string {
  const page = (causes & TOO_LARGE) !== 0 && level > 0 ? `${pageText(level)} ` : '';
  return `${page}${type === undefined ? '-' : entryTypeText(type, ipat)}`;
}

/** `type, level`. */
export function causesText(mask: number): string {
  return causesOf(mask).join(', ');
}

/** What is expected, and what of it the entry fails. */
export function expectationText({ causes, expected }: Wrong): string {
  const others = causesOf(causes).filter((id) => !['type', 'ipat', 'level'].includes(id));
  const words = others.map((id) => CAUSES.find((cause) => cause.id === id)!.title);
  const differs = causesOf(causes).length > others.length;
  const most = (causes & TOO_LARGE) !== 0 ? `at most ${pageText(expected.level)}, ` : '';
  return [
    ...(differs ? [`expected ${most}${saidText({ ...expected, level: 0 }, causes)}`] : []),
    ...words,
  ].join('; ');
}

/** `4K WB + IPAT 1,200`. */
export function leafText({ level, type, ipat, entries }: LeafCount): string {
  return `${pageText(level)} ${entryTypeText(type, ipat)} ${countText(entries)}`;
}

/** `kvm-6.0 (6.0..6.6), kvm-6.7 (6.7..6.9)`. */
export function policiesText(policies: PolicyMatch['policies'], isAsked: boolean): string {
  return policies
    .map(({ name }) => {
      const releases = isAsked ? '' : releasesOf(name);
      return releases === '' ? name : `${name} (${releases})`;
    })
    .join(', ');
}

/** What would tell two policies apart. */
export function distinctionText({ a, b, range, answers, pages }: Distinction): string {
  const said = answers.map((answer) => {
    if (answer.level === undefined) return eptText(answer.type, answer.ipat);
    return answer.level === 0 ? 'nothing' : `a ${pageText(answer.level)} page`;
  });
  const names = [a, b].map((policies) => policies[0]?.name ?? '?');
  const where = addresses(range);
  const more = pages > BigInt(range.end - range.start) ? `; ${countText(pages)} pages in all` : '';
  return `${names[0]} or ${names[1]}: ${where} gets ${said[0]} or ${said[1]}${more}`;
}

const address = (gfn: number): string => hexText(BigInt(gfn) << 12n);
const lastAddress = (end: number): string => hexText((BigInt(end) << 12n) - 1n);
const typeValue = ({ type }: Said): string | null => (type === undefined ? null : entryTypeName(type));

/** Columns of stretches of wrong entries. */
export const STRETCH_COLUMNS: readonly Column<Stretch>[] = [
  {
    name: 'first',
    title: 'start',
    align: 'right',
    text: (row) => address(row.start),
    value: (row) => addressJson(row.start),
    cell: (row) => address(row.start),
  },
  {
    name: 'last',
    title: 'end',
    align: 'right',
    text: (row) => lastAddress(row.end),
    value: (row) => exactJson((BigInt(row.end) << 12n) - 1n),
    cell: (row) => lastAddress(row.end),
  },
  {
    name: 'pages',
    title: 'size',
    align: 'right',
    text: (row) => pagesText(row.end - row.start),
    value: (row) => row.end - row.start,
  },
  {
    name: 'causes',
    title: 'wrong',
    text: (row) => causesText(row.causes),
    value: (row) => causesOf(row.causes).join(' '),
    colour: () => 'red',
  },
  { name: 'level', title: 'page', text: (row) => pageText(row.found.level), value: (row) => row.found.level },
  {
    name: 'type',
    title: 'found',
    text: (row) => saidText(row.found, 0),
    value: (row) => typeValue(row.found),
  },
  { name: 'ipat', title: '', text: () => '', value: (row) => row.found.ipat === 1 },
  {
    name: 'expectedType',
    title: 'expected',
    text: (row) => saidText(row.expected, row.causes),
    value: (row) => typeValue(row.expected),
  },
  {
    name: 'expectedIpat',
    title: '',
    text: () => '',
    value: (row) => (row.expected.type === undefined ? null : row.expected.ipat === 1),
  },
  {
    name: 'allowedLevel',
    title: '',
    text: () => '',
    value: (row) => (row.expected.level === 0 ? null : row.expected.level),
  },
  {
    name: 'entries',
    title: 'entries',
    align: 'right',
    text: (row) => countText(row.entries),
    value: (row) => row.entries,
  },
  {
    name: 'line',
    title: 'first line',
    align: 'right',
    text: (row) => countText(row.line),
    value: (row) => row.line,
  },
  { name: 'entry', title: 'entry', text: (row) => hexText(row.entry), value: (row) => hexText(row.entry) },
];

/** The same for a table, in which found and expected are one column each. */
export const STRETCH_TABLE: readonly Column<Stretch>[] = STRETCH_COLUMNS.filter(({ title }) => title !== '');
