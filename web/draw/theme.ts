/**
 * Colours of the page: light, dark, and paper. The looks of answers are those of the SVG pictures, with an edge
 * each. Text stands out from all that it is written on by 4.5 : 1, edges and marks by 3 : 1 (WCAG 2.2, 1.4.3 and
 * 1.4.11); a test holds every pair against that.
 */
import { INK, PAPER, SOFT_INK } from '../../src/write/format/svg.ts';
import { LOOKS, type Look } from '../../src/write/format/svg-palette.ts';
import type { MemoryRow } from '../worker/protocol.ts';

/** A fill with a pattern, so that it is told apart without its colour. */
export interface Tone {
  readonly fill: string;
  /** Of the pattern's lines. */
  readonly mark: string;
  /** Of the border. */
  readonly edge: string;
  /** SVG path of the pattern's lines in a square of {@link TILE} units; empty for a plain fill. */
  readonly pattern: string;
}

/** Side of a pattern's square in the units of its path. */
export const TILE = 8;
/** The same in pixels: wide enough that large areas stay calm. */
export const TILE_PIXELS = 11;

/** Names of the themes. */
export type ThemeName = 'light' | 'dark' | 'print';

/** All colours of a theme. */
export interface Theme {
  readonly name: ThemeName;
  readonly paper: string;
  /** Of panels that stand out from the paper a little. */
  readonly panel: string;
  readonly ink: string;
  /** Text of less weight. */
  readonly soft: string;
  /** Hair lines that carry nothing by themselves. */
  readonly hair: string;
  /** Lines of axes and empty borders. */
  readonly axis: string;
  /** What is selected, links and focus. */
  readonly accent: string;
  /** Laid over what is selected. */
  readonly accentWash: string;
  /** Text on the accent. */
  readonly onAccent: string;
  /** Outlines where answers differ: no hue, which an answer could have as well. */
  readonly differs: string;
  /** Flags on these outlines. */
  readonly flag: string;
  /** What is refused. */
  readonly fault: string;
  readonly looks: Readonly<Record<Look, Tone>>;
  readonly memory: Readonly<Record<MemoryRow['kind'], Tone>>;
  /** Where a mask with holes leaves addresses out. */
  readonly hole: Tone;
  /** Areas of the replay. */
  readonly series: Readonly<Record<'mapped' | 'disagree' | 'foreign' | 'stale', string>>;
}

type Scheme = 'light' | 'dark';

/** Borders of looks whose pattern has no lines of its own. */
const PLAIN_EDGES: Readonly<Record<Scheme, Partial<Record<Look, string>>>> = {
  light: { WB: '#3f7d3c', '1G': '#33619f' },
  dark: { WB: '#66a86c', '1G': '#86a9e0' },
};

function looksOf(scheme: Scheme): Record<Look, Tone> {
  const entries = Object.entries(LOOKS).map(([look, style]) => {
    const { fill, mark } = style[scheme];
    return [look, { fill, mark, edge: PLAIN_EDGES[scheme][look as Look] ?? mark, pattern: style.pattern }];
  });
  return Object.fromEntries(entries) as Record<Look, Tone>;
}

const DOTS = 'M2 1.5V2.5M6 5.5V6.5';
const RISING = 'M-2 2L2-2M0 8L8 0M6 10L10 6';
const FALLING = 'M-2 6L2 10M0 0L8 8M6-2L10 2';
const LEVEL = 'M0 4H8';
const UPRIGHT = 'M4 0V8';

function memoryOf(scheme: Scheme): Record<MemoryRow['kind'], Tone> {
  const tone = (light: string, dark: string, pattern: string): Tone => {
    const mark = scheme === 'light' ? '#5d6875' : '#97a3b1';
    return { fill: scheme === 'light' ? light : dark, mark, edge: mark, pattern };
  };
  return {
    ram: tone('#d5dde7', '#33404f', ''),
    persistent: tone('#dde4ee', '#2c3846', UPRIGHT),
    'soft-reserved': tone('#e6ebf1', '#27303a', DOTS),
    reserved: tone('#f1f3f6', '#1d232b', DOTS),
    acpi: tone('#e6ebf1', '#27303a', LEVEL),
    nvs: tone('#f1f3f6', '#1d232b', LEVEL),
    rom: tone('#f1f3f6', '#1d232b', UPRIGHT),
    device: tone('#f6f7f9', '#1a2027', RISING),
    unusable: tone('#f6f7f9', '#1a2027', RISING + FALLING),
    other: tone('#f1f3f6', '#1d232b', ''),
  };
}

const LIGHT: Theme = {
  name: 'light',
  paper: PAPER.light,
  panel: '#f5f7f9',
  ink: INK.light,
  soft: SOFT_INK.light,
  hair: '#dfe3e8',
  axis: '#7a828c',
  accent: '#0950b8',
  accentWash: 'rgba(9,80,184,0.12)',
  onAccent: '#ffffff',
  differs: '#000000',
  flag: '#ffb02e',
  fault: '#a3260f',
  looks: looksOf('light'),
  memory: memoryOf('light'),
  hole: { fill: PAPER.light, mark: '#767676', edge: '#767676', pattern: FALLING },
  series: { mapped: '#3a6ea5', disagree: '#a86400', foreign: '#8a4f86', stale: '#b3392b' },
};

const DARK: Theme = {
  name: 'dark',
  paper: PAPER.dark,
  panel: '#1c2127',
  ink: INK.dark,
  soft: SOFT_INK.dark,
  hair: '#2c333b',
  axis: '#89929d',
  accent: '#7db4ff',
  accentWash: 'rgba(125,180,255,0.18)',
  onAccent: '#0d1115',
  differs: '#ffffff',
  flag: '#ffb454',
  fault: '#ff9d8a',
  looks: looksOf('dark'),
  memory: memoryOf('dark'),
  hole: { fill: PAPER.dark, mark: '#8d8d8d', edge: '#8d8d8d', pattern: FALLING },
  series: { mapped: '#7fb0e6', disagree: '#e0a03c', foreign: '#cf95cb', stale: '#ee8b7f' },
};

/** The themes; paper gets the colours of the light one with blacker ink. */
export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  light: LIGHT,
  dark: DARK,
  print: {
    ...LIGHT,
    name: 'print',
    panel: '#ffffff',
    ink: '#000000',
    soft: '#333333',
    accent: '#003e99',
    hair: '#c8ccd1',
  },
};

/** Colours of a theme that style sheets take, as custom properties. */
const VARIABLES = [
  ...(['paper', 'panel', 'ink', 'soft', 'hair', 'axis'] as const),
  ...(['accent', 'onAccent', 'differs', 'flag', 'fault'] as const),
] as const;

/**
 * Custom properties for a style sheet, so that the page and its pictures have one palette: `--paper`, `--on-accent`,
 * and for each look `--wb-fill`, `--wb-mark` and `--wb-edge`.
 *
 * @returns declarations, each ending in a semicolon
 */
export function cssVariables(theme: Theme): string {
  const plain = VARIABLES.map((name) => `--${kebab(name)}:${theme[name]};`);
  const looks = Object.entries(theme.looks).flatMap(([look, { fill, mark, edge }]) => {
    const name = kebab(look);
    return [`--${name}-fill:${fill};`, `--${name}-mark:${mark};`, `--${name}-edge:${edge};`];
  });
  return [...plain, `--accent-wash:${theme.accentWash};`, ...looks].join('');
}

function kebab(name: string): string {
  return name === name.toUpperCase()
    ? name.toLowerCase()
    : name.replaceAll(' ', '-').replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
