/**
 * Views as fragments of an address: `#v1=CONFIG&k=sdm,kvm-5.16&at=0xae000000&z=0xa0000000-0xbfffffff`. The config is
 * deflated, in base64url. A fragment goes to no server; names and texts of a log are not in it.
 */
import type { GfnRange, PatType, Want } from '../../src/index.ts';
import { PAT_CHOICES, patNamed } from '../draw/type-names.ts';
import type { Lane } from '../worker/protocol.ts';

/** What a link holds. */
export interface LinkedView {
  /** The machine, as `Machine.config` gives it. */
  readonly config: string;
  readonly lanes: readonly Lane[];
  readonly want?: Want;
  readonly pat?: PatType;
  readonly tab?: string;
  /** Frame of the page that is looked at. */
  readonly at?: number;
  /** Lane that is looked at, from 0. */
  readonly lane?: number;
  readonly window?: GfnRange;
  readonly scale?: 'log' | 'true';
}

/** A link that cannot be opened, in a sentence with its remedy. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

const VERSION = 'v1';
/** Of a config that comes out of a link, in bytes: some bytes deflated can be gigabytes. */
const MOST_BYTES = 8_000_000;
const MOST_LANES = 9;
const PAGE = 4096n;

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

async function deflated(text: string): Promise<string> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return base64url(new Uint8Array(await new Response(packed).arrayBuffer()));
}

async function inflated(text: string): Promise<string> {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = stream.getReader();
  let whole = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return whole + decoder.decode();
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new LinkError(
        `This link holds a config of more than ${MOST_BYTES / 1e6} MB, which no page of ours writes: open the config as a file.`,
      );
    }
    whole += decoder.decode(value, { stream: true });
  }
}

function laneText({ policy, vcpu, set = [] }: Lane): string {
  const text = `${policy}${vcpu === undefined ? '' : `@${vcpu}`}${set.map((change) => `;${change}`).join('')}`;
  return encodeURIComponent(text).replaceAll('%40', '@').replaceAll('%3B', ';').replaceAll('%3D', '=');
}

function laneOf(text: string): Lane {
  const [head = '', ...set] = decodeURIComponent(text).split(';');
  const [policy = '', vcpu] = head.split('@');
  return {
    policy,
    ...(vcpu !== undefined && /^\d{1,9}$/.test(vcpu) && { vcpu: Number(vcpu) }),
    ...(set.length > 0 && { set }),
  };
}

const address = (gfn: bigint): string => `0x${gfn.toString(16)}`;

/** First and last byte of a range. */
function rangeText({ start, end }: GfnRange): string {
  return `${address(BigInt(start) * PAGE)}-${address(BigInt(end) * PAGE - 1n)}`;
}

function frameOf(text: string | undefined): number | undefined {
  return text !== undefined && /^0x[0-9a-f]{1,16}$/i.test(text) ? Number(BigInt(text) / PAGE) : undefined;
}

function rangeOf(text: string | undefined): GfnRange | undefined {
  const [start, last] = (text ?? '').split('-').map(frameOf);
  return start === undefined || last === undefined || last < start ? undefined : { start, end: last + 1 };
}

/**
 * Writes a view.
 *
 * @returns a fragment without its `#`
 */
export async function linkOf(view: LinkedView): Promise<string> {
  const parts = [
    `${VERSION}=${await deflated(view.config)}`,
    `k=${view.lanes.map(laneText).join(',')}`,
    view.want && `w=${view.want}`,
    view.pat !== undefined && view.pat !== USUAL_PAT && `p=${patName(view.pat)}`,
    view.tab && `t=${view.tab}`,
    view.at !== undefined && `at=${address(BigInt(view.at) * PAGE)}`,
    view.lane !== undefined && view.lane > 0 && `l=${view.lane + 1}`,
    view.window && `z=${rangeText(view.window)}`,
    view.scale && view.scale !== 'log' && `s=${view.scale}`,
  ];
  return parts.filter((part) => typeof part === 'string').join('&');
}

const USUAL_PAT = patNamed('WB');

const patName = (pat: PatType) => PAT_CHOICES.find((choice) => choice.pat === pat)?.name;

const WANTS: readonly string[] = ['mtrr', 'ept', 'effective', 'levels', 'leaf'] satisfies Want[];

/**
 * Reads a fragment. What a link says beside its config and cannot be right is left out: it is a matter of view alone.
 *
 * @param fragment - with or without its `#`
 * @returns undefined where it holds no view
 * @throws LinkError where it holds one that cannot be opened
 */
export async function viewOf(fragment: string): Promise<LinkedView | undefined> {
  const parts = fragment.replace(/^#/, '').split('&');
  const fields = new Map(parts.map((part) => [part.split('=', 1)[0]!, part.slice(part.indexOf('=') + 1)]));
  const version = [...fields.keys()].find((name) => /^v\d+$/.test(name));
  if (version === undefined) return undefined;
  if (version !== VERSION) {
    throw new LinkError(
      `This link is of version ${version.slice(1)}, and this page reads version 1: open it with the page that wrote it.`,
    );
  }
  const config = await configOf(fields.get(VERSION)!);
  const window = rangeOf(fields.get('z'));
  const at = frameOf(fields.get('at'));
  const want = fields.get('w');
  const pat = patNamed(fields.get('p'));
  const lane = Number(fields.get('l') ?? 1);
  const tab = fields.get('t');
  return {
    config,
    lanes: lanesOf(fields.get('k') ?? ''),
    ...(want !== undefined && WANTS.includes(want) && { want: want as Want }),
    ...(pat !== undefined && { pat }),
    ...(tab !== undefined && { tab }),
    ...(at !== undefined && { at }),
    ...(Number.isInteger(lane) && lane > 0 && lane <= MOST_LANES && { lane: lane - 1 }),
    ...(window && { window }),
    scale: fields.get('s') === 'true' ? 'true' : 'log',
  };
}

async function configOf(text: string): Promise<string> {
  try {
    return await inflated(text);
  } catch (error) {
    if (error instanceof LinkError) throw error;
    throw new LinkError('This link is not whole: copy it again from where it comes, to its very end.');
  }
}

function lanesOf(text: string): Lane[] {
  try {
    return text
      .split(',')
      .filter((lane) => lane !== '')
      .slice(0, MOST_LANES)
      .map(laneOf);
  } catch {
    return [];
  }
}
