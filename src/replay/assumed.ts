/** What a replay takes on trust for releases that were not seen, beside what their policies do. */
import { type Policy, type Release, releaseAtLeast } from '../policy/index.ts';

function isBetween(release: Release, first: Release, last: Release): boolean {
  return releaseAtLeast(release, first) && releaseAtLeast(last, release);
}

const at = (major: number, minor: number, patch = 0): Release => ({ major, minor, patch });
/** The last patch of a series, whatever its number. */
const ANY = Number.MAX_SAFE_INTEGER;

/**
 * What is taken on trust of a release.
 *
 * @param policy - a KVM's
 * @returns sentences, none for most releases
 * @example
 * replayAssumptions(policy('kvm-6.8')); // []
 */
export function replayAssumptions(policy: Policy): readonly string[] {
  const { release, zaps } = policy;
  if (!release || !zaps) return [];
  const sentences: string[] = [];
  const isOld61 = isBetween(release, at(6, 1), at(6, 1, 175)) || isBetween(release, at(6, 2), at(6, 3, 1));
  if (isOld61 && zaps.rootLifetime === 'kept') {
    sentences.push(
      'roots stay when nobody holds them, as in later 6.1.y and from 6.4 on; 6.1 to 6.3.1 as first released gave them up',
    );
  }
  if (isBetween(release, at(6, 2), at(6, 4, ANY)) && zaps.largeWrite === 'drop') {
    sentences.push(
      'a write to a write-protected large entry drops it, as up to 6.1; 6.2 to 6.4 were not seen',
    );
  }
  if (isBetween(release, at(5, 18), at(5, 18, ANY)) && zaps.rootRole === 'paging') {
    sentences.push("a root's role holds EFER.NX and CR0.WP, as up to 5.17; 5.18 was not seen");
  }
  return sentences;
}
