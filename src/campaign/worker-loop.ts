/** What a worker does: block after block, computed and written where the campaign's own thread is not held up by it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type Block, type BlockRunner, blockAt } from '../sweep/index.ts';
import { VERSION } from '../version.ts';
import type { ParquetLibrary } from '../write/format/parquet.ts';
import { sha256 } from './block-file.ts';
import { StorageError } from './durable.ts';
import type { BlockEnd, BlockRequest, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts';
import { type StoredBlock, storeBlock, storedBlock } from './results.ts';
import { blockPath } from './results-layout.ts';

/** Where requests come from and replies go to: a parent thread or a parent process. */
interface Port {
  post(reply: WorkerReply): void;
  listen(onRequest: (request: WorkerRequest) => void): void;
}

function portOf(): Port {
  const thread = parentPort;
  if (thread) {
    return {
      post: (reply) => thread.postMessage(reply),
      listen: (onRequest) => thread.on('message', onRequest),
    };
  }
  return {
    post: (reply) => process.send?.(reply),
    listen: (onRequest) => process.on('message', onRequest),
  };
}

/** The first file of a block that does not hold what was computed now; undefined where all do. */
function differingFile(folder: string, block: Block, { tables, text }: StoredBlock): string | undefined {
  const contents = [...tables, { path: blockPath(block), bytes: Buffer.from(text) }];
  return contents.find(({ path, bytes }) => sha256(readFileSync(join(folder, path))) !== sha256(bytes))?.path;
}

async function endOf(
  { folder, campaign }: WorkerSetup,
  { index, isAudit }: BlockRequest,
  { run, library }: WorkerTools,
): Promise<BlockEnd> {
  try {
    const block = await blockAt(campaign, index);
    const answer = await run(campaign, block);
    const stored = storedBlock(campaign, block, answer, library);
    if (!isAudit) storeBlock(folder, block, stored);
    const path = isAudit ? differingFile(folder, block, stored) : undefined;
    return path === undefined ? { kind: 'done', counters: answer.counters } : { kind: 'differs', path };
  } catch (error) {
    if (error instanceof StorageError) return { kind: 'storage', file: error.path, reason: error.reason };
    const [message, log] = error instanceof Error ? [error.message, error.stack ?? ''] : [String(error), ''];
    return { kind: 'failed', error: message.split('\n', 1)[0]!, log };
  }
}

/** What a worker computes with, made when it knows its campaign. */
export interface WorkerTools {
  readonly run: BlockRunner;
  /** What writes Parquet. */
  library(): ParquetLibrary;
}

/**
 * Serves a campaign until it ends the worker.
 *
 * @param open - makes what blocks are computed with
 * @param version - of this program
 */
export function serveBlocks(
  open: (setup: WorkerSetup) => Promise<WorkerTools>,
  version: string = VERSION,
): void {
  const port = portOf();
  let tools: Promise<WorkerTools> | undefined;
  let setup: WorkerSetup | undefined;
  const opened = async (given: WorkerSetup): Promise<WorkerReply> => {
    if (given.version !== version) {
      const reason = `the worker is of eptsweep ${version}, the program of ${given.version}: install one of them anew`;
      return { kind: 'refused', reason };
    }
    setup = given;
    tools = open(given);
    try {
      await tools;
      return { kind: 'ready' };
    } catch (error) {
      return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
    }
  };
  const answered = async (request: WorkerRequest): Promise<WorkerReply> => {
    if (request.kind === 'open') return opened(request.setup);
    if (!setup || !tools) return { kind: 'refused', reason: 'the worker knows no campaign' };
    return endOf(setup, request, await tools);
  };
  port.listen((request) => void answered(request).then((reply) => port.post(reply)));
}
