/** The page in one file, as the package has it, with something inside. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EptsweepError } from '../../errors.ts';
import { type Embedded, pageWith } from '../../write/page/embedded.ts';

/** From the package's root. */
const PAGE = 'dist-web/eptsweep.html';

/** The page's path: beside the package.json that this program belongs to, wherever it was bundled to. */
function pagePath(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
  const path = join(folder, PAGE);
  return existsSync(path) ? path : undefined;
}

/**
 * The page.
 *
 * @param embedded - what it opens with; undefined: nothing
 * @returns the whole document
 * @throws EptsweepError `storage` where this copy of the program has no page
 */
export function pageText(embedded: Embedded | undefined): string {
  const path = pagePath();
  const page = path && readFileSync(path, 'utf8');
  const text = page && (embedded ? pageWith(page, embedded) : page);
  if (text) return text;
  throw new EptsweepError(
    'storage',
    `${PAGE} is ${page === undefined ? 'not there' : 'not the page'}: install eptsweep anew, or build it in a checkout (npm run build)`,
  );
}
