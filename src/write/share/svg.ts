/** How vCPUs share an EPT, as bars: the pages that each set of demands and each design is about. */
import type { DesignResult, Sharing } from '../../share/index.ts';
import { countText, eptText, pagesText, plural } from '../../words.ts';
import { evidenceNote } from '../evidence-note.ts';
import type { Look } from '../format/svg-palette.ts';
import { type Basis, basisText } from '../json/basis.ts';
import { type Bar, barsSvgLines } from '../picture/bars-svg.ts';

function pagesBar(name: string, pages: bigint, look: Look): Bar {
  return { name, value: Number(pages), text: pages === 0n ? 'none' : pagesText(pages), look };
}

/** Pages that vCPUs get wrong under a design, where anything is counted. */
function designBar(result: DesignResult): Bar {
  const wrong = result.design === 'first-fault' ? result.anyOrder : result.wrong;
  return pagesBar(`wrong under ${result.design}`, wrong.pages, 'differs');
}

const TYPE_LOOKS: Readonly<Record<number, Look>> = { 0: 'UC', 1: 'WC', 4: 'WT', 5: 'WP', 6: 'WB' };

/**
 * Lines of a picture.
 *
 * @param width - units that it is wide
 */
export function shareSvgLines(sharing: Sharing, basis: Basis, width: number): Iterable<string> {
  const { vm, policy, groups, disagree, pages, sets, designs } = sharing;
  const [vcpus, states] = [plural(vm.vcpus.length, 'vCPU'), plural(groups.length, 'state')];
  const demanded = sets.map(({ demands, pages: count }) => {
    const names = demands.map(({ type, ipat }) => eptText(type, ipat)).join(' or ');
    const look = demands.length === 1 ? TYPE_LOOKS[demands[0]!.type] : 'differs';
    return {
      ...pagesBar(`all demand ${names}`, count, look ?? 'undefined'),
      ipat: demands.every((one) => one.ipat === 1),
    };
  });
  return barsSvgLines({
    title: `${vm.name}: one EPT for ${vcpus}`,
    subtitles: [
      `policy ${policy.name}, ${vcpus} in ${states}`,
      `they disagree on ${countText(disagree)} of ${countText(pages)} pages (${pagesText(disagree)})`,
      ...evidenceNote(basis.evidence),
    ],
    metadata: basisText(basis),
    bars: [...demanded, ...designs.map(designBar)],
    width,
  });
}
