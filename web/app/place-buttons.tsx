/** Texts that name lines of a dump, with a way to them. */
import { signal } from '@preact/signals';
import { useOpened, usePage } from './page-context.ts';

/** The line of the dump that somebody came for. */
export const soughtLine = signal<string | undefined>(undefined);

/** A place as a word: `dmesg.txt:27`. */
export function placeWord({ file, line }: { readonly file: string; readonly line: number }): string {
  return line > 0 ? `${file}:${line}` : file;
}

/** A text whose places are buttons. */
export function PlaceButtons({ text }: { readonly text: string }) {
  const page = usePage();
  const { machine } = useOpened();
  const files = new Set(machine.read?.registers.map(({ at }) => at.file));
  const parts = text
    .split(/([^\s(]+:\d+)(?=[\s,;)]|$)/)
    .map((part, k) => ({ part, isPlace: k % 2 === 1 && files.has(part.replace(/:\d+$/, '')) }));
  return (
    <>
      {parts.map(({ part, isPlace }, k) =>
        !isPlace ? (
          part
        ) : (
          <button
            type="button"
            class="plain link"
            key={`${k}`}
            title="To this line"
            onClick={() => {
              soughtLine.value = part;
              page.look({ tab: 'read' });
            }}
          >
            {part}
          </button>
        ),
      )}
    </>
  );
}
