/** What is open: what was read, the map, the panels. */

import { MapPanel } from './map-panel.tsx';
import { useOpened } from './page-context.ts';
import { Panels } from './panels.tsx';
import { Summary } from './summary.tsx';

/** The view of a machine. */
export function MachineView() {
  const { machine } = useOpened();
  return (
    <>
      <Summary />
      {machine.hasRegisters && <MapPanel />}
      <Panels />
    </>
  );
}
