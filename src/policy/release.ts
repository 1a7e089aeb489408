/** A kernel release as it is written in a policy's name. */
export interface Release {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/**
 * Reads `MAJOR.MINOR[.PATCH]`, decimal, without leading zeros.
 *
 * @returns the release, or undefined where the text is none
 */
export function parseRelease(text: string): Release | undefined {
  const parts = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?$/.exec(text);
  if (!parts || text.endsWith('\n')) return undefined;
  return { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3] ?? 0) };
}

/** Whether `release` is `other` or later. */
export function releaseAtLeast(release: Release, other: Release): boolean {
  if (release.major !== other.major) return release.major > other.major;
  if (release.minor !== other.minor) return release.minor > other.minor;
  return release.patch >= other.patch;
}
