/** Light or dark, as the system has it or somebody chose. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { cssVariables, THEMES, type Theme } from '../draw/theme.ts';

/** What is chosen: the system's, or one of the two. */
export const chosen = signal<'auto' | 'light' | 'dark'>('auto');

const system = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(system.matches);
system.addEventListener('change', ({ matches }) => {
  isSystemDark.value = matches;
});

const paper = matchMedia('print');
const isOnPaper = signal(paper.matches);
paper.addEventListener('change', ({ matches }) => {
  isOnPaper.value = matches;
});

/** The theme that is shown; paper is light. */
export const theme: ReadonlySignal<Theme> = computed(() => {
  if (isOnPaper.value) return THEMES.light;
  const isDark = chosen.value === 'auto' ? isSystemDark.value : chosen.value === 'dark';
  return THEMES[isDark ? 'dark' : 'light'];
});

/** Carries the theme to the style sheet, and lets the choice be kept where the browser keeps anything. */
export function applyTheme(): void {
  effect(() => {
    const root = document.documentElement;
    root.style.cssText = cssVariables(theme.value);
    root.style.colorScheme = theme.value.name;
  });
}
