/** A kernel release as it is written in a policy's name. */
export interface Release {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Whether it is one of the candidates (-rc) of that release. */
  readonly isCandidate?: boolean;
}

/**
 * Reads `MAJOR.MINOR[.PATCH]`, decimal, without leading zeros.
 *
 * @returns the release, or undefined where the text is none
 *
 * @internal
 */
export function parseRelease(text: string): Release | undefined {
  const parts = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?$/.exec(text);
  if (!parts || text.endsWith('\n')) return undefined;
  return { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3] ?? 0) };
}

/**
 * Whether `release` is `other` or later; a candidate counts as the release that it became.
 *
 * @internal
 */
export function releaseAtLeast(release: Release, other: Release): boolean {
  if (release.major !== other.major) return release.major > other.major;
  if (release.minor !== other.minor) return release.minor > other.minor;
  return release.patch >= other.patch;
}

/**
 * `6.11-rc`, `6.12.78`, `6.16`: a patch of 0 is left out.
 *
 * @internal
 */
export function releaseText({ major, minor, patch, isCandidate }: Release): string {
  return `${major}.${minor}${patch > 0 ? `.${patch}` : ''}${isCandidate ? '-rc' : ''}`;
}
