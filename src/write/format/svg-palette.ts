/** How answers look: a colour and a pattern each, so that they differ without colour too. */
import { element, INK, schemes } from './svg.ts';

/** What a stretch of a lane can be. `same` and `differs` are of a comparison. */
export type Look =
  | 'UC'
  | 'WC'
  | 'WT'
  | 'WP'
  | 'WB'
  | 'undefined'
  | '4K'
  | '2M'
  | '1G'
  | 'not mapped'
  | 'same'
  | 'differs';

/** Colours of a look in one scheme. */
export interface LookColours {
  readonly fill: string;
  /** Of its pattern; nothing is drawn where there is none. */
  readonly mark: string;
}

/** A look: its pattern is drawn in a square of {@link TILE} units. */
export interface LookStyle {
  readonly light: LookColours;
  readonly dark: LookColours;
  /** Path of the pattern's lines; empty for a plain fill. */
  readonly pattern: string;
}

/** Side of a pattern's square. */
const TILE = 8;
const SLASH = 'M-2 2L2-2M0 8L8 0M6 10L10 6';
const BACKSLASH = 'M-2 6L2 10M0 0L8 8M6-2L10 2';

/** Of what is not looked for. */
const QUIET: LookStyle = {
  light: { fill: '#ffffff', mark: '#767676' },
  dark: { fill: '#15181c', mark: '#8d8d8d' },
  pattern: 'M4 3.5V4.5',
};

/** All looks. */
export const LOOKS: Readonly<Record<Look, LookStyle>> = {
  UC: {
    light: { fill: '#f9cdc6', mark: '#a8392c' },
    dark: { fill: '#54201a', mark: '#e58f83' },
    pattern: SLASH,
  },
  WC: {
    light: { fill: '#e4d5f2', mark: '#7145a0' },
    dark: { fill: '#3e2a55', mark: '#bd98e2' },
    pattern: 'M2 0V8M6 0V8',
  },
  WT: {
    light: { fill: '#c6e7ec', mark: '#176a78' },
    dark: { fill: '#12404a', mark: '#66bfce' },
    pattern: 'M0 2H8M0 6H8',
  },
  WP: {
    light: { fill: '#f7e3a6', mark: '#7d5c00' },
    dark: { fill: '#463806', mark: '#d6b04a' },
    pattern: 'M2 1V3M1 2H3M6 5V7M5 6H7',
  },
  WB: {
    light: { fill: '#cbe8c6', mark: '#cbe8c6' },
    dark: { fill: '#1d4522', mark: '#1d4522' },
    pattern: '',
  },
  undefined: {
    light: { fill: '#ffffff', mark: '#333333' },
    dark: { fill: '#15181c', mark: '#d0d0d0' },
    pattern: SLASH + BACKSLASH,
  },
  '4K': {
    light: { fill: '#dbe5f6', mark: '#3f6099' },
    dark: { fill: '#1f2c42', mark: '#86a9e0' },
    pattern: 'M0 1H8M0 5H8M1 0V8M5 0V8',
  },
  '2M': {
    light: { fill: '#b7cdf0', mark: '#2f4f87' },
    dark: { fill: '#28426d', mark: '#9dbcf0' },
    pattern: 'M0 4H8',
  },
  '1G': {
    light: { fill: '#8fb1e6', mark: '#8fb1e6' },
    dark: { fill: '#33599a', mark: '#33599a' },
    pattern: '',
  },
  'not mapped': QUIET,
  same: QUIET,
  differs: {
    light: { fill: '#ffc56b', mark: '#8a4b00' },
    dark: { fill: '#5e3a00', mark: '#f0a742' },
    pattern: BACKSLASH,
  },
};

function classOf(look: Look): string {
  return `look-${look.replace(' ', '-')}`;
}

/** Rules for the looks of a picture. */
export function lookStyle(looks: Iterable<Look>): string {
  const used = [...looks];
  const colours = schemes((scheme) => {
    const ink = INK[scheme];
    const rules = used.map((look) => {
      const { fill, mark } = LOOKS[look][scheme];
      const name = `.eptsweep .${classOf(look)}`;
      return `${name} rect{fill:${fill}}${name} path{stroke:${mark}}`;
    });
    return `${rules.join('')}.eptsweep .cell{stroke:${ink}}.eptsweep .ipat,.eptsweep .wide{fill:${ink}}`;
  });
  return `${colours}.eptsweep .cell{stroke-width:1}`;
}

/** Patterns of the looks, under names of one picture. */
export function lookPatterns(id: string, looks: Iterable<Look>): string {
  return [...looks]
    .map((look) => {
      const { pattern } = LOOKS[look];
      const ground = element('rect', { width: TILE, height: TILE });
      const lines = pattern === '' ? '' : element('path', { d: pattern, fill: 'none', 'stroke-width': 1.2 });
      const attributes = {
        id: `${id}-${classOf(look)}`,
        class: classOf(look),
        width: TILE,
        height: TILE,
        patternUnits: 'userSpaceOnUse',
      };
      return element('pattern', attributes, ground + lines);
    })
    .join('');
}

/** The fill of a shape. */
export function lookFill(id: string, look: Look): string {
  return `url(#${id}-${classOf(look)})`;
}
