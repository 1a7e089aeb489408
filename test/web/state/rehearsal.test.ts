/** The rehearsal, with the worker's own session behind the page. */
import { describe, expect, it } from 'vitest';
import type { MapLayout } from '../../../web/draw/map-layout.ts';
import { Page } from '../../../web/state/page.ts';
import { rehearse } from '../../../web/state/rehearsal.ts';
import type { Ask } from '../../../web/state/worker-client.ts';
import { WorkerClient } from '../../../web/state/worker-client.ts';
import type { FromWorker } from '../../../web/worker/protocol.ts';
import { Session } from '../../../web/worker/session.ts';

/** A page whose questions are kept, once it is ready. */
async function ready() {
  let tell: (event: { data: FromWorker }) => void = () => {};
  const session = await Session.begin((data) => tell({ data }));
  const client = new WorkerClient({
    postMessage: (message) => session.take(message),
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'message') tell = listener as typeof tell;
    },
  });
  const asked: string[] = [];
  const closed: number[] = [];
  const ask: Ask = (question, about, asking) => {
    asked.push(question);
    if (question === 'close') closed.push((about as { machine: number }).machine);
    return client.ask(question, about, asking);
  };
  const page = new Page(ask);
  await page.begin(Promise.resolve());
  asked.length = 0;
  return { page, asked, closed, session };
}

describe('the rehearsal', () => {
  it('paints a map of lanes with registers, shows nothing of it, and closes what it opened', async () => {
    const { page, asked, closed, session } = await ready();
    const painted: MapLayout[] = [];
    await rehearse(page, (layout) => painted.push(layout));
    expect(asked).toEqual(['open', 'map', 'registers', 'close']);
    expect(closed).toEqual([1]);
    const { model } = painted[0]!.scene;
    expect(model.lanes.map(({ title, fault }) => [title, fault])).toEqual([
      ['sdm', undefined],
      ['kvm-4.7', undefined],
      ['kvm-6.16', undefined],
    ]);
    expect(model.registers.length).toBeGreaterThan(2);
    expect(page.phase.value).toEqual({ kind: 'empty' });
    session.dispose();
  });

  it('makes room for what somebody gives meanwhile', async () => {
    const { page, asked, closed, session } = await ready();
    const rehearsed = rehearse(page, () => expect.unreachable());
    const opened = page.open({ preset: 'thinkpad-t400' });
    await Promise.all([rehearsed, opened]);
    expect(asked).not.toContain('registers');
    // Which of them is opened first is nobody's concern.
    expect(closed).toEqual([expect.any(Number)]);
    const machine = closed[0] === 1 ? 2 : 1;
    expect(page.phase.value).toMatchObject({ kind: 'open', machine: { name: 'thinkpad-t400', machine } });
    session.dispose();
  });

  it('does not begin where something is open', async () => {
    const { page, asked, session } = await ready();
    await page.open({ preset: 'thinkpad-t400' });
    asked.length = 0;
    await rehearse(page, () => expect.unreachable());
    expect(asked).toEqual([]);
    session.dispose();
  });
});
