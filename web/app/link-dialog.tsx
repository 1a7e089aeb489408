/** A link to what is looked at, with what goes in. */
import { useEffect, useState } from 'preact/hooks';
import { linkOf } from '../state/link.ts';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import { isLinkOpen } from './dialogs.ts';
import { laneTitle } from './map-toolbar.tsx';
import { usePage } from './page-context.ts';
import { ScrolledText } from './scroll.tsx';

/** Makes the link and says what it holds. */
export function LinkDialog() {
  const page = usePage();
  const phase = page.phase.value;
  const view = page.view.value;
  const [link, setLink] = useState('');
  const config = phase.kind === 'open' ? phase.machine.config : '';
  useEffect(() => {
    const { window, at, lanes, ...rest } = view;
    // Lanes of other machines: a link holds one.
    const own = lanes.filter(({ machine }) => machine === undefined);
    void linkOf({
      config,
      ...rest,
      lanes: own,
      ...(window && { window }),
      ...(at !== undefined && { at }),
    }).then((fragment) => setLink(`${location.href.split('#', 1)[0]}#${fragment}`));
  }, [config, view]);
  const lanes = view.lanes
    .filter(({ machine }) => machine === undefined)
    .map((lane) => laneTitle(lane))
    .join('; ');
  return (
    <Dialog title="Link to this view" onClose={() => (isLinkOpen.value = false)}>
      <p>
        Everything stands behind the <code>#</code>, which browsers send to no server. Whoever has the link
        has the registers below; names and the text of the log are not in it.
      </p>
      <label class="field">
        {link.length.toLocaleString('en')} characters
        <input
          class="wide"
          readOnly
          value={link}
          aria-label="Link"
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <p>
        <CopyButton text={() => link} label="Copy the link" />
      </p>
      <details open>
        <summary>What goes in</summary>
        <p>Lanes: {lanes}</p>
        <ScrolledText label="The machine in the link">{config}</ScrolledText>
      </details>
    </Dialog>
  );
}
