/** What the second replay says of the moment, counted page by page. */
import type { PageReplay } from './by-pages.ts';
import type { Answers } from './page-answers.ts';
import type { Leaf } from './page-leaves.ts';
import type { PageReport } from './page-report.ts';

type Moment = Pick<PageReport, 'entries' | 'stale' | 'foreign' | 'disagree' | 'roots' | 'tables'>;

function unlike(answers: Answers, page: number, { type, ipat }: Pick<Leaf, 'type' | 'ipat'>): boolean {
  return answers.type[page] !== type || answers.ipat[page] !== ipat;
}

/** Pages in slots for which the vCPUs that run demand different entries. */
function disagreeing(replay: PageReplay): number {
  const demands = replay.running.map((cpu) => replay.demandOf(cpu));
  const [first] = demands;
  let pages = 0;
  for (let page = 0; first && page < replay.pages; page++) {
    const own = { type: first.type[page]!, ipat: first.ipat[page]! };
    if (demands.some((one) => unlike(one, page, own)) && replay.slotOf(page)) pages += 1;
  }
  return pages;
}

/** See the head of the file. */
export function reportPages(replay: PageReplay): Moment {
  const kinds = new Map<string, { entries: number; pages: number }>();
  const sums = { stale: 0, foreign: 0, vcpus: 0 };
  const [stale, foreign] = [new Set<Leaf>(), new Set<Leaf>()];
  const users = new Map<string, Answers[]>();
  for (const cpu of replay.running) {
    const key = replay.keyOf(cpu);
    users.set(key, [...(users.get(key) ?? []), replay.demandOf(cpu)]);
  }
  const alive = new Set([...replay.roots.alive, ...users.keys()]);
  let tables = 0;
  for (const key of alive) {
    const root = replay.roots.all.find(([name]) => name === key)?.[1];
    tables += root ? root.tables : 1;
    const own = users.get(key) ?? [];
    for (const leaf of root?.of() ?? []) {
      const kind = `${leaf.level} ${leaf.type} ${leaf.ipat}`;
      const known = kinds.get(kind) ?? { entries: 0, pages: 0 };
      kinds.set(kind, { entries: known.entries + 1, pages: known.pages + leaf.pages });
      for (let page = leaf.start; page < leaf.start + leaf.pages; page++) {
        const others = own.filter((one) => unlike(one, page, leaf)).length;
        sums.vcpus += others;
        if (others === 0) continue;
        foreign.add(leaf);
        sums.foreign += 1;
        if (others < own.length) continue;
        stale.add(leaf);
        sums.stale += 1;
      }
    }
  }
  return {
    entries: [...kinds].map(([kind, { entries, pages }]) => `${kind}: ${entries} ${pages}`).sort(),
    stale: { entries: stale.size, pages: sums.stale },
    foreign: { entries: foreign.size, pages: sums.foreign, vcpuPages: sums.vcpus },
    disagree: disagreeing(replay),
    roots: alive.size,
    tables,
  };
}
