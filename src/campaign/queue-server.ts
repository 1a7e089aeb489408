/** The server behind a queue: how BullMQ is to reach it, what that takes, and what is wrong with its settings. */
import { CampaignError } from './campaign-error.ts';
import { optionalPackage } from './optional-package.ts';

/** A server, by its address. */
export interface QueueServer {
  /** The command that brings what is needed. */
  readonly install: string;
  readonly isPostgres: boolean;
  /** For BullMQ. */
  readonly connection: object;
  /** What about the server loses or forgets blocks, a line each. */
  warnings(): Promise<string[]>;
}

/** What is used of ioredis. */
interface IoRedis {
  readonly Redis: new (
    url: string,
    options: object,
  ) => {
    on(event: 'error', listener: (error: Error) => void): unknown;
    info(): Promise<string>;
    disconnect(): void;
  };
}

/** What is used of pg. */
interface Postgres {
  readonly Client: new (config: object) => { on(event: 'error', listener: () => void): unknown };
}

/** A connection is tried again for ever: a server may be away for a while. */
const PATIENT = { maxRetriesPerRequest: null };

/** The install scripts among these packages only build what is a little faster: nothing needs them. */
const installOf = (driver: string): string => `npm install --ignore-scripts bullmq@6 ${driver}`;

/**
 * What is wrong with a connection.
 *
 * @returns its message; its code, which is all that some errors of Node's bear
 */
export function connectionProblem(error: Error): string {
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}

/**
 * Settings of a Redis that make it forget.
 *
 * @param info - what its `INFO` answers
 * @returns a line each
 */
export function redisWarnings(info: string): string[] {
  const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const policy = value('maxmemory_policy');
  const warnings: string[] = [];
  if (value('aof_enabled') !== '1') {
    warnings.push('appendonly is off: when the server dies, jobs are lost with it, and put in again');
  }
  if (policy !== '' && policy !== 'noeviction') {
    warnings.push(
      `maxmemory-policy is ${policy}: jobs are thrown away when memory runs short; set noeviction`,
    );
  }
  return warnings;
}

function redisServer(url: string, onError: (error: Error) => void): QueueServer {
  const install = installOf('ioredis@6');
  const { Redis } = optionalPackage<IoRedis>('ioredis', '--queue', install);
  return {
    install,
    isPostgres: false,
    connection: { url, ...PATIENT },
    warnings: async () => {
      const client = new Redis(url, PATIENT);
      client.on('error', onError);
      try {
        return redisWarnings(await client.info());
      } finally {
        client.disconnect();
      }
    },
  };
}

function postgresServer(url: string): QueueServer {
  const install = installOf('pg@8');
  const { Client } = optionalPackage<Postgres>('pg', '--queue postgres://', install);
  // BullMQ does not listen to a connection while it has it out of the pool, and the end of one that nobody listens to
  // would end the process. The query that is under way fails as well, and that is said and tried again.
  class HeardClient extends Client {
    constructor(config: object) {
      super(config);
      this.on('error', () => undefined);
    }
  }
  return {
    install,
    isPostgres: true,
    connection: { connectionString: url, migrate: true, Client: HeardClient },
    warnings: async () => ['postgres:// is experimental: this backend of BullMQ is young'],
  };
}

/**
 * The server at an address.
 *
 * @param url - `redis://`, `rediss://` or `postgres://`
 * @param onError - told what goes wrong with a connection
 * @throws CampaignError for another address, and where a package is missing
 */
export function queueServer(url: string, onError: (error: Error) => void): QueueServer {
  if (/^rediss?:\/\//.test(url)) return redisServer(url, onError);
  if (/^postgres(ql)?:\/\//.test(url)) return postgresServer(url);
  throw new CampaignError(
    `--queue ${url}: expected redis://HOST:PORT, rediss:// or postgres:// (experimental)`,
  );
}
