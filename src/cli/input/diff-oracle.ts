/** The other side of `--oracle`: a program that speaks the protocol, asked one question. */

import type { OracleSide } from '../../answer/diff.ts';
import type { Side } from '../../diff/index.ts';
import { WrmsrFault } from '../../errors.ts';
import { OracleClient } from '../../oracle/client.ts';
import type { GfnRange, PatType, Want } from '../../types.ts';
import { UsageError } from '../output/exit.ts';

/**
 * Asks another program.
 *
 * @param base - the side that it is held against
 * @param say - takes a line for people about what the program did wrong but got over
 * @throws UsageError where it gives no answer
 */
export async function askOracle(
  command: string,
  timeoutMs: number,
  base: Side,
  want: Want,
  query: { readonly range: GfnRange; readonly pat: PatType },
  say: (line: string) => void,
): Promise<OracleSide> {
  const client = new OracleClient({ command, timeoutMs });
  try {
    const { vcpu, policy } = base;
    const reply = await client.ask({ want, policy, vcpu, query });
    for (const { kind, message } of client.problems) {
      // One answer may take its time.
      if (reply.outcome !== 'failed' && kind !== 'slow') say(`the oracle (${kind}): ${message}`);
    }
    const label = 'oracle';
    switch (reply.outcome) {
      case 'failed':
        throw new UsageError(`the oracle (${reply.kind}): ${reply.message}`);
      case 'error': {
        const { code, message, msr = 0n, value = 0n } = reply.error;
        if (code !== 'wrmsr-gp') throw new UsageError(`the oracle cannot answer (${code}): ${message}`);
        const index = vcpu.msrs.findIndex((write) => BigInt(write.msr) === msr);
        const fault = new WrmsrFault(index, Number(msr), value);
        return { side: { ...base, label, view: undefined, source: undefined, fault }, end: query.range.end };
      }
      case 'spans': {
        const end = reply.truncated ? (reply.spans.at(-1)?.end ?? query.range.start) : query.range.end;
        const source = { spansOf: () => reply.spans };
        return { side: { ...base, label, view: undefined, source, fault: undefined }, end };
      }
    }
  } finally {
    await client.close();
  }
}
