import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdleTimeout } from '../../src/oracle/idle-timeout.ts';

describe('a time limit', () => {
  let timeouts: number;
  let limit: IdleTimeout;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    timeouts = 0;
    limit = new IdleTimeout(1000, () => timeouts++);
  });
  afterEach(() => {
    limit.stop();
    vi.useRealTimers();
  });

  it('is over once, after its time', () => {
    limit.start();
    vi.advanceTimersByTime(999);
    expect([limit.waitedMs, timeouts]).toEqual([950, 0]);
    vi.advanceTimersByTime(1);
    expect([limit.waitedMs, timeouts]).toEqual([0, 1]);
    vi.advanceTimersByTime(5000);
    expect(timeouts).toBe(1);
  });

  it('counts from its last restart, and goes on where it is started while it runs', () => {
    limit.start();
    vi.advanceTimersByTime(800);
    limit.start();
    expect(limit.waitedMs).toBe(800);
    limit.restart();
    vi.advanceTimersByTime(800);
    expect([limit.waitedMs, timeouts]).toEqual([800, 0]);
    limit.stop();
    vi.advanceTimersByTime(800);
    expect([limit.waitedMs, timeouts]).toEqual([0, 0]);
  });
});

it('a time limit does not count the time for which this process was busy', async () => {
  let timeouts = 0;
  const limit = new IdleTimeout(100, () => timeouts++);
  limit.start();
  const until = performance.now() + 300;
  while (performance.now() < until);
  // However late the loop comes round again, the ticks that were missed are not made up for.
  await new Promise((resolve) => setImmediate(resolve));
  expect(limit.waitedMs).toBeLessThan(20);
  expect(timeouts).toBe(0);
  limit.stop();
});
