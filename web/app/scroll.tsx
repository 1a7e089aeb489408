/** A part that scrolls by itself: whoever has no wheel reaches it by Tab and scrolls with the arrows. */
import type { ComponentChildren } from 'preact';

interface ScrollProps {
  /** What it holds. */
  readonly label: string;
  readonly kind?: 'spans';
  readonly children: ComponentChildren;
  readonly onScroll?: (event: { readonly currentTarget: HTMLElement }) => void;
}

/** A named region that can have the focus. */
export function Scroll({ label, kind, children, onScroll }: ScrollProps) {
  return (
    <section
      class={kind ? `scroll ${kind}` : 'scroll'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG 2.1.1, what scrolls can be scrolled by keys
      tabIndex={0}
      aria-label={label}
      onScroll={onScroll}
    >
      {children}
    </section>
  );
}

/** Lines as they are. */
export function ScrolledText({ label, children }: Omit<ScrollProps, 'onScroll' | 'kind'>) {
  return (
    <Scroll label={label}>
      <pre>{children}</pre>
    </Scroll>
  );
}
