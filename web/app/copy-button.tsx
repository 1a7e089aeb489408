/** A button that copies a text. */
import { useState } from 'preact/hooks';
import { usePage } from './page-context.ts';

/** @param props - the text, made when it is asked for; what the button says */
export function CopyButton({
  text,
  label = 'Copy',
}: {
  readonly text: () => string | Promise<string>;
  readonly label?: string;
}) {
  const page = usePage();
  const [said, say] = useState(label);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await text());
      say('Copied');
      page.say('Copied');
    } catch {
      say('The browser refuses');
      page.say('The browser does not let this page write to the clipboard');
    }
    setTimeout(() => say(label), 2000);
  };
  return (
    <button type="button" onClick={() => void copy()}>
      {said}
    </button>
  );
}
