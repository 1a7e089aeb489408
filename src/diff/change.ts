/** A single change between two setups. */
import type { Commit, Policy } from '../policy/index.ts';
import type { Vcpu } from '../vm/index.ts';

/** A vCPU under a policy. */
export interface Setup {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
}

/** One thing in which two setups differ, and how to take it over. */
export interface Change {
  readonly kind: 'register' | 'policy' | 'switch' | 'memory';
  /** `variable range 1`, `CR0.CD`, `c9f65a3f2d92`, `kvm`: short and stable. */
  readonly name: string;
  /** The commit that made the change, where there is one. */
  readonly commit?: Commit;
  /** In words, from the first setup to the second, as far as it concerns a frame. */
  readonly text: (gfn: number) => string;
  /** `setup` with the second side's part in place of its own. */
  readonly apply: (setup: Setup) => Setup;
}
