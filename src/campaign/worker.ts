/** The program of a worker: a campaign opened from its spec, with the files and the other program that it names. */
import { readFile } from 'node:fs/promises';
import { openCampaign } from '../open/sweep/campaign.ts';
import { OracleClient } from '../oracle/client.ts';
import type { Oracle } from '../oracle/reply.ts';
import type { BlockRunner, OracleProgram } from '../sweep/index.ts';
import { CampaignError } from './campaign-error.ts';
import type { WorkerSetup } from './messages.ts';
import { parquetLibrary } from './parquet-library.ts';
import { serveBlocks, type WorkerTools } from './worker-loop.ts';

/** Another program that each block starts anew: one that hung or died in a block is given up for that block alone. */
class OracleOfBlock implements Oracle {
  readonly #program: OracleProgram;
  #client: OracleClient | undefined;

  constructor(program: OracleProgram) {
    this.#program = program;
  }

  ask: Oracle['ask'] = (question) => {
    const { command, timeout } = this.#program;
    this.#client ??= new OracleClient({ command, timeoutMs: timeout });
    return this.#client.ask(question);
  };

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }
}

async function open({ campaign }: WorkerSetup): Promise<WorkerTools> {
  const { spec } = campaign;
  const oracle = spec.oracle ? new OracleOfBlock(spec.oracle) : undefined;
  const opened = await openCampaign(spec, { readFile: (name) => readFile(name), ...(oracle && { oracle }) });
  if (opened.campaign.id !== campaign.id) {
    throw new CampaignError('this build of eptsweep answers otherwise than the one that made the campaign');
  }
  const library = spec.keep === 'none' ? undefined : await parquetLibrary(`keep: ${spec.keep}`);
  const run: BlockRunner = async (of, block, signal) => {
    try {
      return await opened.run(of, block, signal);
    } finally {
      await oracle?.close();
    }
  };
  return { run, library: () => library! };
}

serveBlocks(open);
