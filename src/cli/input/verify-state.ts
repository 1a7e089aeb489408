/** The file that `verify --resume` goes on from: what was verified so far, and of which job. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { GfnRange } from '../../types.ts';
import { nothingVerified, type Verified, type VerifyJob, type Visited } from '../../verify/index.ts';
import { UsageError } from '../output/exit.ts';
import { replaceFile } from '../output/whole-file.ts';

const SCHEMA = 'eptsweep/verify-state@1';
const TYPES = 8;

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}

/** What tells one job from another: registers, slots, rules and range, but not how they were written down. */
function fingerprint({ vcpu, policy, against }: VerifyJob, range: GfnRange): string {
  const rules = [policy, against].map((one) => one && [one.traits.system, one.flags, one.peer]);
  const text = JSON.stringify({ vcpu, rules, range }, bigintsAsText);
  return createHash('sha256').update(text).digest('hex');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function visitedFrom(value: unknown): Visited {
  const { digest, pages, differing } = value as { digest: string } & Pick<Visited, 'pages' | 'differing'>;
  const isSound =
    /^0x[0-9a-f]{1,16}$/.test(digest) &&
    Array.isArray(pages) &&
    pages.length === TYPES &&
    pages.every(isCount) &&
    (differing === undefined || (isCount(differing.pages) && isCount(differing.first ?? 0)));
  if (!isSound) throw new TypeError('not a sweep');
  return { digest: BigInt(digest), pages, ...(differing && { differing }) };
}

function verifiedFrom(value: Record<string, unknown>, range: GfnRange): Verified {
  const { end, differingChunks } = value as { end: number; differingChunks: number };
  if (!Number.isInteger(end) || end < range.start || end > range.end || !Number.isInteger(differingChunks)) {
    throw new TypeError('not a state');
  }
  const first = value.firstDifference as { gfn: number; direct: string; auto: string } | undefined;
  return {
    end,
    differingChunks,
    direct: visitedFrom(value.direct),
    auto: visitedFrom(value.auto),
    ...(first && {
      firstDifference: { gfn: first.gfn, direct: BigInt(first.direct), auto: BigInt(first.auto) },
    }),
  };
}

/** Where a job stands, kept in a file after each chunk. */
export class VerifyState {
  readonly #file: string;
  readonly #job: string;

  constructor(file: string, job: VerifyJob, range: GfnRange) {
    this.#file = file;
    this.#job = fingerprint(job, range);
  }

  /**
   * What the file says was verified; nothing if there is no such file.
   *
   * @throws UsageError where it is no such file, or belongs to another job
   */
  read(range: GfnRange): Verified {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothingVerified(range.start);
      throw Object.assign(error as NodeJS.ErrnoException, { path: this.#file });
    }
    try {
      const value = JSON.parse(text) as Record<string, unknown>;
      if (value.schema !== SCHEMA) throw new TypeError('another schema');
      if (value.job === this.#job) return verifiedFrom(value, range);
    } catch {
      throw new UsageError(`${this.#file}: not a state of verify; name another file, or remove this one`);
    }
    throw new UsageError(
      `${this.#file}: belongs to another config, vCPU, policy or range; name another file, or remove this one`,
    );
  }

  /** Replaces the file in one step. */
  write(verified: Verified): void {
    const text = JSON.stringify({ schema: SCHEMA, job: this.#job, ...verified }, bigintsAsText);
    replaceFile(this.#file, `${text}\n`);
  }
}
