/** What a server's settings are warned of, and which addresses are one. */
import { describe, expect, it } from 'vitest';
import { connectionProblem, queueServer, redisWarnings } from '../../src/campaign/queue-server.ts';

/** As INFO of Redis and Valkey has it: sections, lines that end with CR LF. */
const info = (aof: string, policy: string): string =>
  `# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n\r\n# Persistence\r\naof_enabled:${aof}\r\n`;

describe('a Redis', () => {
  it('that keeps everything is not warned of', () => {
    expect(redisWarnings(info('1', 'noeviction'))).toEqual([]);
  });

  it('that loses jobs when it dies is', () => {
    expect(redisWarnings(info('0', 'noeviction'))).toEqual([expect.stringMatching(/^appendonly is off: /)]);
  });

  it.each(['allkeys-lru', 'volatile-lru', 'allkeys-random'])('that may evict (%s) is', (policy) => {
    expect(redisWarnings(info('1', policy))).toEqual([
      `maxmemory-policy is ${policy}: jobs are thrown away when memory runs short; set noeviction`,
    ]);
  });

  it('that does not say how it evicts is warned of nothing but what it says', () => {
    expect(redisWarnings('aof_enabled:1\n')).toEqual([]);
  });
});

it.each(['amqp://h', 'redis:/h', 'http://redis://h', ''])('is not at %j', (url) => {
  expect(() => queueServer(url, () => undefined)).toThrow(
    `--queue ${url}: expected redis://HOST:PORT, rediss:// or postgres:// (experimental)`,
  );
});

it('says what is wrong with a connection where the error has no message', () => {
  expect(connectionProblem(new Error('read ECONNRESET'))).toBe('read ECONNRESET');
  // As Node gives it of a host with several addresses.
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(connectionProblem(refused)).toBe('ECONNREFUSED');
  expect(connectionProblem(new AggregateError([]))).toBe('AggregateError');
});
