/** Blocks are computed until all are there, or somebody says that it is enough; then what is there is reported. */

import { StorageError } from '../../campaign/durable.ts';
import type { Lock } from '../../campaign/lock.ts';
import { type BlockQueue, openQueue } from '../../campaign/queue.ts';
import { runQueue } from '../../campaign/queue-run.ts';
import { connectionProblem } from '../../campaign/queue-server.ts';
import { type RunEnd, runBlocks } from '../../campaign/run.ts';
import { type Folded, foldBlocks } from '../../campaign/summary.ts';
import type { Performed } from '../../campaign/worker-pool.ts';
import { type Endings, withEndings } from '../interrupt.ts';
import { CampaignProgress } from '../output/campaign-progress.ts';
import { EXIT_INTERNAL } from '../output/exit.ts';
import { complain, remark } from '../output/notes.ts';
import { withFileSizeErrors } from '../output/output.ts';
import type { RunCliOptions } from './options.ts';
import { type Reported, report } from './report.ts';

/** A job of `run` or of `work`. */
export interface Session extends Omit<Reported, 'asked'> {
  readonly lock: Lock;
  readonly options: RunCliOptions;
  /** Blocks that are asked for, ascending. */
  readonly asked: readonly number[];
  /** Share of the blocks that are computed again. */
  readonly audit: number;
  readonly isCoordinator: boolean;
  /** The command line that goes on. */
  readonly resume: string;
}

/** Errors that come again and again are told once in so long. */
const SAME_NOTICE_MS = 30_000;

/** Tells notices, each once in a while. */
function noticer(tell: (text: string) => void): (text: string) => void {
  const toldAt = new Map<string, number>();
  return (text) => {
    const now = performance.now();
    if (now - (toldAt.get(text) ?? Number.NEGATIVE_INFINITY) < SAME_NOTICE_MS) return;
    toldAt.set(text, now);
    tell(text);
  };
}

async function withQueue(
  session: Session,
  url: string,
  onNotice: (text: string) => void,
  use: (queue: BlockQueue) => Promise<RunEnd>,
): Promise<RunEnd> {
  const { campaign, lock } = session;
  const name = `eptsweep-${campaign.id.slice(0, 16)}-${lock.folder}`;
  const onError = (error: Error): void => onNotice(connectionProblem(error));
  const queue = openQueue(url, name, onError);
  // A server that is away answers when it is back.
  void queue.warnings().then((warnings) => warnings.map(onNotice), onError);
  return use(queue);
}

function compute(
  session: Session,
  before: Folded,
  progress: CampaignProgress,
  { finish, drop }: Endings,
): Promise<RunEnd> {
  const { folder, campaign, options, asked, audit, isCoordinator } = session;
  const notice = noticer(remark);
  const onBlock = (_index: number, performed: Performed): void => {
    if (performed.kind === 'done') progress.computed(performed.counters);
    else if (performed.kind === 'failed') progress.failed();
  };
  const common = { folder, campaign, threads: options.threads, finish, drop, onBlock };
  const { queue: url } = options;
  if (url === undefined) return runBlocks({ ...common, blocks: asked, done: before.done, audit });
  const onLook = (done: number): void => progress.doneInAll(done);
  const onNotice = (text: string): void => notice(`the queue: ${text}`);
  return withQueue(session, url, onNotice, (queue) =>
    runQueue({ ...common, queue, isCoordinator, onLook, onNotice }),
  );
}

/** Says that the folder stays usable, since that is what people fear. */
function reassuring(error: unknown, { folder, resume }: Session): unknown {
  if (!(error instanceof StorageError)) return error;
  return new StorageError(error.path, `${error.reason}; what is in ${folder} is whole, to go on: ${resume}`);
}

/**
 * Computes what is asked for and prints the summary; sets the exit code.
 *
 * @throws StorageError where the folder takes nothing more, CampaignError where workers refuse
 */
export async function runSession(session: Session): Promise<void> {
  const { command, folder, campaign, options, asked, resume } = session;
  const before = await foldBlocks(folder, campaign);
  for (const line of before.torn) remark(`${line}: computed again`);
  const done = asked.filter((index) => before.done.has(index)).length;
  const findings = BigInt(before.counters.sums.findings ?? 0);
  const progress = new CampaignProgress(campaign, asked.length, done, findings);
  let signalled: number | undefined;
  const end = await withEndings(
    async (endings) => {
      try {
        return await withFileSizeErrors(() => compute(session, before, progress, endings));
      } catch (error) {
        throw reassuring(error, session);
      } finally {
        signalled = endings.exitCode();
        progress.end();
      }
    },
    () => remark('finishing the blocks in hand (a second signal drops them)'),
  );
  const exitCode = await report({ ...session, asked: new Set(asked) }, options);
  for (const problem of end.differing)
    complain(`eptsweep ${command}: the audit computed something else than is there: ${problem}`);
  if (end.audited > 0)
    remark(`audited: ${end.audited} blocks computed again, ${end.differing.length} differ`);
  if (signalled !== undefined) remark(`interrupted; to go on: ${resume}`);
  process.exitCode = signalled ?? (end.differing.length > 0 ? EXIT_INTERNAL : exitCode);
}
