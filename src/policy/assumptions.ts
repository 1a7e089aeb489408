/** What a kernel's policy takes on trust. */
import type { PolicyFlags } from './flags.ts';
import { type Release, releaseAtLeast, releaseText } from './release.ts';

/** Up to here the rules were held against each release's own code; later ones are taken to decide as the last. */
const VERIFIED: Release = { major: 7, minor: 1, patch: 5 };

/** Assumptions, in a sentence each; none for releases up to the last that was verified, its stable ones included. */
export function assumptionsOf({ major, minor }: Release, { leaf }: PolicyFlags): readonly string[] {
  const sentences: string[] = [];
  if (!releaseAtLeast(VERIFIED, { major, minor, patch: 0 })) {
    sentences.push(
      `${major}.${minor} is taken to decide as ${releaseText(VERIFIED)}, the last release that was verified`,
    );
  }
  if (leaf === 'kvm-7.2')
    sentences.push('leaf entries are laid out as the source of 7.2 reads; it was not run');
  return sentences;
}
