/** The page's state, against a worker that a test plays. */
import { describe, expect, it } from 'vitest';
import { Page } from '../../../web/state/page.ts';
import { Refusal } from '../../../web/state/refusal.ts';
import { WorkerClient } from '../../../web/state/worker-client.ts';
import type { Failure, FromWorker, Machine, Request, ToWorker } from '../../../web/worker/protocol.ts';

const MACHINE: Machine = {
  machine: 1,
  name: 'dmesg.txt',
  origin: 'dump',
  maxphyaddr: 36,
  frames: 2 ** 24,
  vendor: 'intel',
  selfSnoop: true,
  noncoherentDma: false,
  policy: 'sdm',
  groups: [{ ids: [0], label: 'vCPU 0', cr0cd: false }],
  hasRegisters: true,
  said: [],
  evidence: [],
  memory: [],
  config: '{}',
};
const FAILURE: Failure = { code: 'not-recognised', message: 'nothing is recognised', problems: [] };

/** A worker whose answers a test gives. */
function played() {
  const sent: ToWorker[] = [];
  let tell: (event: { data: FromWorker }) => void = () => {};
  const client = new WorkerClient({
    postMessage: (message) => void sent.push(message),
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'message') tell = listener as typeof tell;
    },
  });
  const last = (): Request => sent.findLast((one): one is Request => one.question !== 'cancel')!;
  const settled = async () => {
    for (let k = 0; k < 20; k++) await Promise.resolve();
  };
  const say = (message: object) => {
    tell({ data: message as FromWorker });
    return settled();
  };
  return {
    sent,
    page: new Page(client.ask),
    last,
    settled,
    answer: (answer: unknown) => say({ id: last().id, answered: last().question, answer }),
    refuse: (failure: Failure) => say({ id: last().id, failure }),
    progress: (done: number) => say({ id: last().id, progress: { done, total: 10 } }),
  };
}

/** A page with a machine that is open. */
async function opened(machine: Partial<Machine> = {}) {
  const worker = played();
  void worker.page.open({ preset: 'thinkpad-t400' });
  await worker.answer({ ...MACHINE, ...machine });
  return worker;
}

describe('opening', () => {
  it('shows how far it is, then the machine, with a lane', async () => {
    const worker = played();
    void worker.page.open({ name: 'dmesg.txt', text: 'reg00' });
    await worker.progress(5);
    expect(worker.page.phase.value).toEqual({
      kind: 'reading',
      name: 'dmesg.txt',
      progress: { done: 5, total: 10 },
    });
    await worker.answer(MACHINE);
    expect(worker.page.phase.value).toMatchObject({ kind: 'open', machine: MACHINE });
    expect(worker.page.view.value.lanes).toEqual([{ policy: 'sdm' }]);
  });

  it('gives each state of vCPUs a lane', async () => {
    const groups = [0, 3].map((id) => ({ ids: [id], label: `vCPU ${id}`, cr0cd: false }));
    const { page } = await opened({ groups, policy: 'kvm-6.6' });
    expect(page.view.value.lanes).toEqual([
      { policy: 'kvm-6.6', vcpu: 0 },
      { policy: 'kvm-6.6', vcpu: 3 },
    ]);
  });

  it('says why a text is refused, and opens it again as another format', async () => {
    const worker = played();
    void worker.page.open({ name: 'x', text: 'y' }, { physBits: 39 });
    await worker.refuse(FAILURE);
    expect(worker.page.phase.value).toMatchObject({ kind: 'refused', failure: FAILURE });
    void worker.page.reopen({ from: 'dmesg' });
    expect(worker.last().ask).toEqual({
      input: { name: 'x', text: 'y' },
      options: { physBits: 39, from: 'dmesg' },
    });
  });

  it('can be given up: what was open stays', async () => {
    const worker = await opened();
    void worker.page.open({ name: 'large', text: '' });
    worker.page.cancel();
    expect(worker.sent.at(-1)).toEqual({ id: worker.last().id, question: 'cancel' });
    await worker.refuse({ code: 'cancelled', message: 'cancelled', problems: [] });
    expect(worker.page.phase.value).toMatchObject({ kind: 'open', machine: MACHINE });
  });

  it('asks about a file of more than half a gigabyte first', async () => {
    const { page, sent } = played();
    const blob = { size: 600_000_000 } as Blob;
    await page.open({ name: 'journal', blob });
    expect(page.phase.value).toMatchObject({ kind: 'large', bytes: 600_000_000 });
    expect(sent).toEqual([]);
    void page.open({ name: 'journal', blob });
    expect(sent).toHaveLength(1);
  });

  it('closes what was open before', async () => {
    const worker = await opened();
    void worker.page.open({ preset: 'ovmf-q35' });
    await worker.answer({ ...MACHINE, machine: 2 });
    expect(worker.last()).toMatchObject({ question: 'close', ask: { machine: 1 } });
  });

  it('keeps of a linked view what lies in the space', async () => {
    const worker = played();
    const view = { at: 2 ** 30, window: { start: 0x100, end: 2 ** 40 }, lane: 7, tab: 'walk' as const };
    void worker.page.open({ name: 'link', text: '{}' }, {}, view);
    await worker.answer(MACHINE);
    expect(worker.page.view.value).toMatchObject({
      at: 0,
      window: { start: 0x100, end: 2 ** 24 },
      lane: 0,
      tab: 'walk',
    });
  });

  it('of a dump without registers shows what it complains of', async () => {
    const { page } = await opened({ hasRegisters: false });
    expect(page.view.value.tab).toBe('findings');
  });
});

describe('before the engine is there', () => {
  it('a text that is given waits for it, and is not lost', async () => {
    const worker = played();
    let start: () => void = () => {};
    void worker.page.begin(
      new Promise((resolve) => {
        start = resolve;
      }),
    );
    void worker.page.open({ name: 'pasted', text: 'reg00' });
    expect(worker.page.phase.value).toMatchObject({ kind: 'reading', name: 'pasted' });
    expect(worker.sent).toEqual([]);
    start();
    await worker.settled();
    await worker.answer({ policies: [] });
    expect(worker.last()).toMatchObject({ question: 'open', ask: { input: { name: 'pasted' } } });
    await worker.answer(MACHINE);
    expect(worker.page.phase.value).toMatchObject({ kind: 'open' });
  });

  it('the last of two texts is opened', async () => {
    const worker = played();
    void worker.page.begin(Promise.resolve());
    void worker.page.open({ name: 'first', text: 'a' });
    void worker.page.open({ name: 'second', text: 'b' });
    await worker.settled();
    await worker.answer({ policies: [] });
    const opened = worker.sent.filter(({ question }) => question === 'open');
    expect(opened).toMatchObject([{ ask: { input: { name: 'second' } } }]);
  });

  it('a text stays unread where there is no engine, and the page says why', async () => {
    const worker = played();
    const begun = worker.page.begin(Promise.reject(new Error('no WebAssembly')));
    void worker.page.open({ name: 'pasted', text: 'reg00' });
    expect(await begun).toBe(false);
    expect(worker.page.phase.value).toEqual({ kind: 'unusable', reason: 'no WebAssembly' });
    expect(worker.sent).toEqual([]);
  });
});

describe('lanes', () => {
  it('are added once, and nine at most', async () => {
    const { page } = await opened();
    page.addLane({ policy: 'kvm-5.16' });
    page.addLane({ policy: 'sdm' });
    expect(page.view.value).toMatchObject({ lane: 0, lanes: [{ policy: 'sdm' }, { policy: 'kvm-5.16' }] });
    for (let vcpu = 0; vcpu < 20; vcpu++) page.addLane({ policy: 'sdm', vcpu });
    expect(page.view.value.lanes).toHaveLength(9);
    expect(page.said.value).toContain('remove one first');
  });

  it('are removed but for the last, and the one that is asked stays', async () => {
    const { page } = await opened();
    page.addLane({ policy: 'kvm-5.16' });
    page.addLane({ policy: 'kvm-6.8' });
    page.removeLane(0);
    expect(page.view.value).toMatchObject({
      lane: 1,
      lanes: [{ policy: 'kvm-5.16' }, { policy: 'kvm-6.8' }],
    });
    page.removeLane(1);
    page.removeLane(0);
    expect(page.view.value.lanes).toEqual([{ policy: 'kvm-5.16' }]);
  });

  it('become the reference', async () => {
    const { page } = await opened();
    page.addLane({ policy: 'kvm-5.16' });
    page.putFirst(1);
    expect(page.view.value.lanes.map(({ policy }) => policy)).toEqual(['kvm-5.16', 'sdm']);
  });
});

describe('several inputs', () => {
  it('are held against the first, each in a lane of its own', async () => {
    const worker = await opened();
    void worker.page.accompany([{ preset: 'ovmf-q35' }]);
    await worker.answer({ ...MACHINE, machine: 2, name: 'other', policy: 'kvm-6.8' });
    expect(worker.page.view.value.lanes).toEqual([{ policy: 'sdm' }, { policy: 'kvm-6.8', machine: 2 }]);
    expect(worker.page.companions.value.get(2)?.name).toBe('other');
  });

  it('have the lanes that were asked for, but for those of an input that is refused', async () => {
    const worker = await opened();
    const lanes = [{ policy: 'sdm', input: 1 }, { policy: 'sdm' }, { policy: 'sdm', input: 2 }];
    void worker.page.accompany([{ preset: 'a' }, { preset: 'b' }], lanes);
    await worker.answer({ ...MACHINE, machine: 2 });
    await worker.refuse(FAILURE);
    expect(worker.page.view.value.lanes).toEqual([{ policy: 'sdm', machine: 2 }, { policy: 'sdm' }]);
  });
});

describe('machines beside the one that is looked at', () => {
  const twoOpen = async () => {
    const worker = await opened();
    void worker.page.beside({ boot: 1 }, 'boot 1');
    await worker.answer({ ...MACHINE, machine: 2, maxphyaddr: 39, frames: 2 ** 27 });
    return worker;
  };

  it('are the same text read otherwise, in a lane of their own', async () => {
    const worker = await opened();
    void worker.page.beside({ boot: 1 }, 'boot 1');
    expect(worker.last()).toMatchObject({ question: 'open', ask: { options: { boot: 1 } } });
    await worker.answer({ ...MACHINE, machine: 2 });
    expect(worker.page.view.value.lanes.at(-1)).toEqual({ policy: 'sdm', machine: 2 });
    expect(worker.page.companions.value.get(2)?.name).toBe('boot 1');
  });

  it('are looked at in turn: lanes stay, each of its machine', async () => {
    const { page } = await twoOpen();
    page.select(2 ** 20);
    page.turnTo(2);
    expect(page.phase.value).toMatchObject({ kind: 'open', machine: { machine: 2, name: 'boot 1' } });
    expect(page.view.value.lanes).toEqual([{ policy: 'sdm', machine: 1 }, { policy: 'sdm' }]);
    expect([...page.companions.value]).toMatchObject([[1, { name: 'dmesg.txt' }]]);
    page.select(2 ** 26);
    page.turnTo(1);
    expect(page.view.value.lanes).toEqual([{ policy: 'sdm' }, { policy: 'sdm', machine: 2 }]);
    // The first one's space ends before it.
    expect(page.view.value.at).toBeUndefined();
    page.turnTo(9);
    expect(page.phase.value).toMatchObject({ machine: { machine: 1 } });
  });

  it('of one name are told apart', async () => {
    const worker = await twoOpen();
    void worker.page.beside({ boot: 1 }, 'boot 1');
    await worker.answer({ ...MACHINE, machine: 3 });
    expect([...worker.page.companions.value.values()].map(({ name }) => name)).toEqual([
      'boot 1',
      'boot 1 (2)',
    ]);
  });

  it('are closed when something else is opened', async () => {
    const worker = await twoOpen();
    void worker.page.open({ preset: 'ovmf-q35' });
    await worker.answer({ ...MACHINE, machine: 3 });
    await worker.answer(null);
    expect(worker.last()).toMatchObject({ question: 'close', ask: { machine: 2 } });
    expect(worker.page.companions.value.size).toBe(0);
  });

  it('stay when it is opened with other options', async () => {
    const worker = await twoOpen();
    void worker.page.reopen({ physBits: 39 });
    await worker.answer({ ...MACHINE, machine: 3 });
    await worker.answer(null);
    expect(worker.page.companions.value.has(2)).toBe(true);
  });
});

describe('the page that is asked about while nobody has chosen one', () => {
  const ram = {
    start: 0x100,
    end: 0x8000,
    kind: 'ram' as const,
    name: 'RAM',
    list: 'e820' as const,
    depth: 0,
  };
  const lanes = [{ policy: 'sdm' }, { policy: 'kvm-4.7' }];
  const opening = async (view: object, memory: Machine['memory'] = []) => {
    const worker = played();
    void worker.page.open({ name: 'link', text: '{}' }, {}, view);
    await worker.answer({ ...MACHINE, memory });
    return worker;
  };
  const cell = (start: number, end: number, ...types: number[]) => ({
    start,
    end,
    parts: types.map((type) => ({ type, pages: (end - start) / types.length })),
  });
  const mapped = (...cells: object[]) => ({ range: {}, lanes: [{ cells }] });

  it('is where lanes first differ', async () => {
    const worker = await opening({ lanes });
    expect(worker.last()).toMatchObject({ question: 'seek', ask: { lanes, from: -1, to: 'difference' } });
    await worker.answer(0);
    expect(worker.page.view.value.at).toBe(0);
  });

  it('is RAM that is not WB where they agree, by cells of one answer', async () => {
    const worker = await opening({ lanes }, [ram]);
    await worker.answer(null);
    expect(worker.last()).toMatchObject({
      question: 'map',
      ask: { lanes: [{ policy: 'sdm' }], want: 'mtrr' },
    });
    await worker.answer(
      mapped(cell(0, 0x80, 0), cell(0x80, 0x200, 0, 6), cell(0x200, 0x300, 6), cell(0x300, 0x9000, 0)),
    );
    expect(worker.page.view.value.at).toBe(0x300);
  });

  it('is page 0 where all RAM is WB', async () => {
    const worker = await opening({ lanes: [{ policy: 'sdm' }] }, [ram]);
    await worker.answer(mapped(cell(0, 0x80, 0), cell(0x100, 0x8000, 6)));
    expect(worker.page.view.value.at).toBe(0);
  });

  it('is the one of a link, and the one that somebody chooses meanwhile', async () => {
    const linked = await opening({ lanes, at: 5 });
    expect(linked.last().question).toBe('open');
    const { page, answer } = await opening({ lanes });
    page.select(7);
    await answer(9);
    expect(page.view.value.at).toBe(7);
  });

  it('is chosen anew when further inputs are held against the first', async () => {
    const worker = await opening({ lanes: [{ policy: 'sdm' }] });
    expect(worker.page.view.value.at).toBe(0);
    void worker.page.accompany([{ preset: 'ovmf-q35' }]);
    await worker.answer({ ...MACHINE, machine: 2 });
    expect(worker.last()).toMatchObject({ question: 'seek', ask: { lanes: [{}, { machine: 2 }] } });
    await worker.answer(0x40);
    expect(worker.page.view.value.at).toBe(0x40);
  });
});

describe('seeking', () => {
  it('goes to what is found, and the window follows', async () => {
    const worker = await opened();
    worker.page.look({ window: { start: 0, end: 0x100 } });
    void worker.page.seek('boundary', 'next');
    expect(worker.last().ask).toMatchObject({ from: 0, to: 'boundary', direction: 'next' });
    await worker.answer(0x8000);
    expect(worker.page.view.value).toMatchObject({ at: 0x8000, window: { start: 0x7f80, end: 0x8080 } });
  });

  it('shows nothing behind the end of the space', async () => {
    const { page } = await opened();
    page.look({ window: { start: 0, end: 0x100 } });
    page.select(2 ** 24 - 1);
    expect(page.view.value.window).toEqual({ start: 2 ** 24 - 0x81, end: 2 ** 24 });
  });

  it('says that there is nothing more', async () => {
    const worker = await opened();
    void worker.page.seek('difference', 'next');
    await worker.answer(null);
    expect(worker.page.said.value).toBe('There is no next difference');
  });
});

it('a worker that fails refuses all that it was asked', async () => {
  let fail: (event: { message?: string }) => void = () => {};
  const client = new WorkerClient({
    postMessage: () => {},
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'error') fail = listener as typeof fail;
    },
  });
  const asked = client.ask('catalogue', {});
  fail({ message: 'no memory' });
  await expect(asked).rejects.toThrow(Refusal);
  await expect(client.ready).rejects.toThrow('no memory');
});
