/** The page's state, for every component. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Given } from '../state/given.ts';
import type { Page } from '../state/page.ts';
import type { Machine } from '../worker/protocol.ts';

/** Holds the page. */
export const PageContext = createContext<Page | undefined>(undefined);

/** The page that a component stands in. */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('a component stands outside of the page');
  return page;
}

/** What is open. */
export interface Opened {
  readonly given: Given;
  readonly machine: Machine;
}

/** Holds what is open. */
export const OpenedContext = createContext<Opened | undefined>(undefined);

/** What is open, of a component that is shown only then. */
export function useOpened(): Opened {
  const opened = useContext(OpenedContext);
  if (!opened) throw new Error('nothing is open');
  return opened;
}
