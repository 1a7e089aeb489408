/** Keys, and what this is. */
import { dataBlock } from '../state/start-worker.ts';
import { Dialog } from './dialog.tsx';
import { isHelpOpen } from './dialogs.ts';
import { KEYS } from './keys.ts';
import { usePage } from './page-context.ts';
import { ScrolledText } from './scroll.tsx';

/** The help. */
export function HelpDialog() {
  const { catalogue } = usePage();
  const licences = dataBlock('licences');
  return (
    <Dialog title="Keys" onClose={() => (isHelpOpen.value = false)}>
      <table class="keys">
        <tbody>
          {KEYS.map(([keys, what]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        On the map: click for why, drag or the overview to move, Ctrl and the wheel to zoom, double click to
        come closer.
      </p>
      <p class="soft">
        eptsweep {catalogue.value?.version}. Everything is computed here; the page's security policy lets
        nothing out of the browser. The program <code>eptsweep</code> gives the same answers on a command
        line.
      </p>
      {licences && (
        <details>
          <summary>Licences of what it is made with</summary>
          <ScrolledText label="Licences">{licences}</ScrolledText>
        </details>
      )}
    </Dialog>
  );
}
