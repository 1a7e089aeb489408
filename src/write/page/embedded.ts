/**
 * The page in one file, with its inputs inside: an inert block of JSON that the page reads when it begins. Nothing in it is
 * run, whatever a dump says.
 */
import type { GfnRange, Want } from '../../types.ts';
import { visible } from '../../visible.ts';

/** Id of the block, a `script` of type `application/json`; empty in the page as it is built. */
export const EMBEDDED_ID = 'eptsweep-embedded';

/** Views of the page. */
export const PAGE_VIEWS = ['read', 'map', 'walk', 'why', 'findings', 'share', 'replay', 'spans'] as const;

/** One of {@link PAGE_VIEWS}. */
export type PageView = (typeof PAGE_VIEWS)[number];

/** How a text is opened, as the program's options of these names say it. */
export interface EmbeddedOptions {
  readonly from?: string;
  readonly physBits?: number;
  /** From 1; default: the last. */
  readonly boot?: number;
  readonly host?: string;
  readonly stage?: string;
  /** Further texts that say what is RAM. */
  readonly ram?: readonly { readonly name: string; readonly text: string }[];
  /** `PATH=VALUE`, one after the other. */
  readonly set?: readonly string[];
}

/** What the page opens with. */
export interface Embedded {
  readonly view: PageView;
  /** The first is shown; the others can be chosen and held against it. */
  readonly inputs: readonly (
    | { readonly name: string; readonly text: string }
    | { readonly preset: string }
  )[];
  readonly options?: EmbeddedOptions;
  /** The first is the reference. Default: the machine's own policy. */
  readonly lanes?: readonly {
    readonly policy: string;
    /** Id of the vCPU. */
    readonly vcpu?: number;
    readonly set?: readonly string[];
    /** Position of another input than the first. */
    readonly input?: number;
  }[];
  readonly want?: Want;
  /** PAT type of accesses, by its name. */
  readonly pat?: string;
  /** Frame that is chosen. */
  readonly at?: number;
  /** Frames that are shown; default: all. */
  readonly range?: GfnRange;
  /** The KVM release that findings hold the layout against. */
  readonly checkedAgainst?: string;
  /** What `replay` shows: a ready scenario, or a text. */
  readonly scenario?: { readonly name: string; readonly text?: string };
  /** Designs that `replay` takes, or `share` shows. */
  readonly designs?: readonly string[];
  /** Another number of vCPUs for the scenario. */
  readonly vcpus?: number;
}

const EMPTY_BLOCK = `<script type="application/json" id="${EMBEDDED_ID}"></script>`;

/** JSON that ends no element and opens none, is one line and hides nothing. */
function inertJson(value: unknown): string {
  return visible(JSON.stringify(value)).replaceAll('<', '\\u003c');
}

/**
 * The page with something inside.
 *
 * @param page - as it is built, its block empty
 * @param embedded - what it opens with
 * @returns the page; undefined where the text has no empty block: it is not the page, or has been filled
 * @example
 * const page = '<script type="application/json" id="eptsweep-embedded"></script>';
 * embeddedOf(/>(.*)</.exec(pageWith(page, { view: 'map', inputs: [{ preset: 'ovmf-q35' }] }))[1]).view; // 'map'
 */
export function pageWith(page: string, embedded: Embedded): string | undefined {
  const at = page.indexOf(EMPTY_BLOCK);
  if (at < 0) return undefined;
  const end = at + EMPTY_BLOCK.length - '</script>'.length;
  return `${page.slice(0, end)}${inertJson(embedded)}${page.slice(end)}`;
}

/**
 * What a block says. Only a page that this program wrote has one, yet anybody may have edited it since.
 *
 * @param text - of the block
 * @returns undefined where it is empty
 * @throws SyntaxError for what is no JSON, TypeError for JSON of another shape
 * @example
 * embeddedOf(''); // undefined
 */
export function embeddedOf(text: string): Embedded | undefined {
  if (text.trim() === '') return undefined;
  const value = JSON.parse(text) as Embedded | null;
  const isWhole =
    typeof value === 'object' &&
    value !== null &&
    PAGE_VIEWS.includes(value.view) &&
    Array.isArray(value.inputs);
  if (!isWhole) throw new TypeError('the block of inputs in this page is none that eptsweep wrote');
  return value;
}
