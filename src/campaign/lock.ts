/**
 * `campaign.lock.json`: the campaign that a results folder belongs to, as it was resolved. Whoever computes for the
 * folder holds its own campaign against it: an edited spec or another version would mix answers to two questions.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Campaign, campaignId, type Foundations } from '../sweep/index.ts';
import { VERSION } from '../version.ts';
import { shellWord } from '../words.ts';
import { CampaignError } from './campaign-error.ts';
import { onDisk, writeOnce } from './durable.ts';
import { LOCK_FILE } from './results-layout.ts';

const LOCK_FORMAT = 'eptsweep/sweep-campaign@1';
/** Numbers that may be beyond 2^53: decimal texts in the file. */
const BIGINTS = ['layouts', 'points', 'pointsPerBlock'] as const;

/** What the lock file says. */
export interface Lock {
  readonly campaign: Campaign;
  /** Version of the eptsweep that made the folder. */
  readonly version: string;
  /** Of this folder alone, hexadecimal: two folders of one campaign are two, for a queue. */
  readonly folder: string;
}

function lockText({ campaign, version, folder }: Lock): string {
  const texts = Object.fromEntries(BIGINTS.map((name) => [name, String(campaign[name])]));
  return `${JSON.stringify({ format: LOCK_FORMAT, version, folder, campaign: { ...campaign, ...texts } }, null, 2)}\n`;
}

function lockOf(text: string, file: string): Lock {
  try {
    const { format, version, folder, campaign } = JSON.parse(text);
    if (format === LOCK_FORMAT) {
      const numbers = Object.fromEntries(BIGINTS.map((name) => [name, BigInt(campaign[name])]));
      return { version, folder, campaign: { ...campaign, ...numbers } };
    }
  } catch {
    // Said below.
  }
  throw new CampaignError(`${file}: expected a lock file of format ${LOCK_FORMAT}: it is torn or edited`);
}

/**
 * The lock of a results folder.
 *
 * @returns undefined where there is none
 * @throws CampaignError where it cannot be read as one
 */
export function readLock(folder: string): Lock | undefined {
  const file = join(folder, LOCK_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return onDisk(file, () => {
      throw error;
    });
  }
  return lockOf(text, file);
}

/** {@link readLock} of a folder that has to be one. @throws CampaignError where there is no lock */
export function requireLock(folder: string): Lock {
  const lock = readLock(folder);
  if (lock) return lock;
  throw new CampaignError(
    `${folder}: no ${LOCK_FILE}: not the results of a campaign (eptsweep sweep run SPEC -o ${shellWord(folder)} makes them)`,
  );
}

/** What two programs' answers rest on that is not the same, in words. */
function changedFoundations(a: Foundations, b: Foundations): string {
  const names = { format: 'the format of results', wasm: 'the Wasm', policies: 'the table of policies' };
  const changed = (Object.keys(names) as (keyof Foundations)[]).filter((name) => a[name] !== b[name]);
  return changed.map((name) => names[name]).join(' and ');
}

/**
 * Holds this program against the one that made a folder.
 *
 * @param foundations - of this program
 * @throws CampaignError where answers of the two do not belong together, or the lock was edited
 */
export async function requireSameProgram(
  folder: string,
  { campaign, version }: Lock,
  foundations: Foundations,
): Promise<void> {
  const changed = changedFoundations(campaign.foundations, foundations);
  if (changed !== '') {
    throw new CampaignError(
      `${folder} was made by eptsweep ${version}, and this is ${VERSION} with ${changed} changed: their answers do not mix; run it with that version, or a new folder with this one`,
    );
  }
  if ((await campaignId(campaign.spec, campaign.foundations)) !== campaign.id) {
    throw new CampaignError(
      `${join(folder, LOCK_FILE)}: its spec does not give its id: the file was edited; put it back, or take a new folder`,
    );
  }
}

/**
 * Opens the results folder of a campaign, and makes it where it is not there.
 *
 * @throws CampaignError where it belongs to another campaign; StorageError where it cannot be made
 */
export async function openFolder(folder: string, campaign: Campaign): Promise<Lock> {
  const lock = { campaign, version: VERSION, folder: randomUUID().replaceAll('-', '').slice(0, 16) };
  const found = readLock(folder);
  if (!found && writeOnce(folder, LOCK_FILE, lockText(lock))) return lock;
  const other = found ?? requireLock(folder);
  await requireSameProgram(folder, other, campaign.foundations);
  if (other.campaign.id !== campaign.id) {
    throw new CampaignError(
      `${folder} holds another campaign (${other.campaign.id.slice(0, 16)}, this spec and its files give ${campaign.id.slice(0, 16)}): the spec or a file of it was edited; take a new folder, or put the spec back`,
    );
  }
  return other;
}
