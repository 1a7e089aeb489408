/** One text for one value, and its hash: what identities are made of. */

/**
 * JSON with the keys of every map in order and no spaces.
 *
 * @param value - plain JSON
 * @example
 * canonicalText({ b: 1, a: [true, null] }); // '{"a":[true,null],"b":1}'
 */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * SHA-256.
 *
 * @param content - text, as UTF-8, or bytes
 * @returns 64 hex digits
 * @example
 * (await sha256('')).slice(0, 8); // 'e3b0c442'
 */
export async function sha256(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
