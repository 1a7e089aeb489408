/** Components that are loaded when they are first shown: the map comes first, and sooner without them. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';

/**
 * Nothing is shown until the component is there.
 *
 * @param load - imports it
 */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const loaded = signal<{ readonly Shown: ComponentType<Props> } | undefined>(undefined);
  return function Lazy(props: Props) {
    useEffect(() => {
      if (loaded.peek()) return;
      void load().then((Shown) => {
        loaded.value = { Shown };
      });
    }, []);
    const there = loaded.value;
    return there ? <there.Shown {...props} /> : null;
  };
}
