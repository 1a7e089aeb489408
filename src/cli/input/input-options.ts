/** How commands take configs and dumps. */
import type { OpenOptions } from '../../open/opened-config.ts';

/** How the argument is read where it is a dump. */
export interface InputOptions extends Omit<OpenOptions, 'name' | 'ram'> {
  /** Further files that say what is RAM. */
  readonly ram?: readonly string[];
  /** Values that are changed, `PATH=VALUE` each. */
  readonly set?: readonly string[];
}
