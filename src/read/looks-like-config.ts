/** Telling a VM config from a dump, where a command takes either. */

/** The one key that every VM config has, in YAML or JSON, at the start of a line or inside braces. */
const CONFIG_KEY = /(?:^|[{,])[ \t]{0,16}["']?maxphyaddr["']?[ \t]{0,16}:/m;

/**
 * Whether a text is a VM config rather than a dump.
 *
 * @param text - its beginning, a mebibyte at most is looked at
 * @returns true where the key that every config has stands where a config has it
 * @example
 * looksLikeConfig('maxphyaddr: 46\n'); // true
 */
export function looksLikeConfig(text: string): boolean {
  return CONFIG_KEY.test(text.slice(0, 1 << 20));
}
