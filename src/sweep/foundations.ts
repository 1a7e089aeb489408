/** What answers rest on beside the spec: the Wasm and the table of policies, by their hashes. */
import { wasmBinary } from '../engine/index.ts';
import { COMMITS, PEER_NAMES, POLICY_NAMES, policy } from '../policy/index.ts';
import { type Foundations, RESULT_FORMAT } from './campaign.ts';
import { canonicalText, sha256 } from './canonical.ts';

/** All that a release's rule follows from: the rows, the peers, and the commits with their releases. */
function policyTable(): string {
  const rows = [...POLICY_NAMES, ...PEER_NAMES].map(policy);
  return canonicalText({
    rows: rows.map(({ name, flags, zaps, defaultQuirks, peer }) => ({
      name,
      flags,
      zaps,
      defaultQuirks,
      peer,
    })),
    commits: COMMITS,
  });
}

let known: Promise<Foundations> | undefined;

async function computed(): Promise<Foundations> {
  const [wasm, policies] = await Promise.all([sha256(wasmBinary()), sha256(policyTable())]);
  return { format: RESULT_FORMAT, wasm, policies };
}

/** The foundations of this program's answers. */
export function foundations(): Promise<Foundations> {
  known ??= computed();
  return known;
}
