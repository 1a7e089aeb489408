import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/oracle/index.ts';

/** The fields that a request needs at least; each row below spoils or adds one. */
const GOOD = '"id":"r","maxphyaddr":40';
const SPACE_END = 2 ** 28;

function refusal(text: string) {
  const request = readRequest(text);
  return 'error' in request
    ? { id: request.id, code: request.error.code, path: request.error.path }
    : request;
}

describe('requests that are refused', () => {
  const noObject = ['[]', '[{"id":1}]', '"text"', '17', 'true', 'null', ' [ ] '];
  it.each(noObject)('no object: %s', (text) => {
    expect(refusal(text)).toEqual({ id: null, code: 'bad-request', path: '' });
  });

  const noJson = [
    '{',
    '{"id":1,}',
    "{'id':1}",
    'NaN',
    '{"id":1}{"id":2}',
    '{"id":01}',
    '\ufeff{"id":1}',
    '\0',
  ];
  it.each(noJson)('no JSON: %j', (text) => {
    expect(refusal(text)).toEqual({ id: null, code: 'bad-json', path: undefined });
  });

  const badIds = [
    'null',
    'true',
    '[1]',
    '{"a":1}',
    '1e400',
    '-1e999',
    '9007199254740993',
    '1e-400',
    '1,"id":1',
  ];
  it.each(badIds)('id %s', (id) => {
    expect(refusal(`{"id":${id},"maxphyaddr":40}`)).toEqual({ id: null, code: 'bad-request', path: 'id' });
  });
  it('no id', () => {
    expect(refusal('{"maxphyaddr":40}')).toEqual({ id: null, code: 'bad-request', path: 'id' });
  });

  // [members of the request, path]: the id is always echoed.
  const structural: [string, string][] = [
    ['"id":"r"', 'maxphyaddr'],
    ['"id":"r","maxphyaddr":"0x1f"', 'maxphyaddr'],
    ['"id":"r","maxphyaddr":"0x35"', 'maxphyaddr'],
    ['"id":"r","maxphyaddr":"0X28"', 'maxphyaddr'],
    ['"id":"r","maxphyaddr":"40"', 'maxphyaddr'],
    ['"id":"r","maxphyaddr":40.25', 'maxphyaddr'],
    ['"id":"r","maxphyaddr":{}', 'maxphyaddr'],
    [`${GOOD},"maxphyaddr":40`, 'maxphyaddr'],
    [`${GOOD},"maxphyAddr":40`, 'maxphyAddr'],
    [`${GOOD},"":1`, ''],
    [`${GOOD},"__proto__":{"want":"mtrr"}`, '__proto__'],
    [`${GOOD},"constructor":1`, 'constructor'],
    [`${GOOD},"want":"EPT"`, 'want'],
    [`${GOOD},"want":""`, 'want'],
    [`${GOOD},"want":{}`, 'want'],
    [`${GOOD},"policy":false`, 'policy'],
    [`${GOOD},"policy":{}`, 'policy'],
    [`${GOOD},"msrs":[["0x2ff",0]]`, 'msrs'],
    [`${GOOD},"msrs":{"767":0}`, 'msrs.767'],
    [`${GOOD},"msrs":{"0x2ff ":0}`, 'msrs.0x2ff '],
    [`${GOOD},"msrs":{"0X2ff":0}`, 'msrs.0X2ff'],
    [`${GOOD},"msrs":{"0x2ff":"0x1ffffffffffffffff"}`, 'msrs.0x2ff'],
    [`${GOOD},"msrs":{"0x2ff":1e16}`, 'msrs.0x2ff'],
    [`${GOOD},"msrs":{"0x2ff":"2048"}`, 'msrs.0x2ff'],
    [`${GOOD},"msrs":{"0x2ff":{}}`, 'msrs.0x2ff'],
    [`${GOOD},"msrs":{"0x2ff":0,"0x2ff":0}`, 'msrs.0x2ff'],
    [`${GOOD},"msrs":{"0x2ff":0,"0x0\\u0032ff":0}`, 'msrs.0x02ff'],
    [`${GOOD},"msrs":{"0x2fe":0,"0x2FE":0}`, 'msrs.0x2FE'],
    [`${GOOD},"vcnt":"0x29"`, 'vcnt'],
    [`${GOOD},"vcnt":8.5`, 'vcnt'],
    [`${GOOD},"cr0cd":1`, 'cr0cd'],
    [`${GOOD},"guestHasMtrr":"yes"`, 'guestHasMtrr'],
    [`${GOOD},"noncoherentDma":[]`, 'noncoherentDma'],
    [`${GOOD},"selfSnoop":{}`, 'selfSnoop'],
    [`${GOOD},"quirks":true`, 'quirks'],
    [`${GOOD},"quirks":["ignore-guest-pat",7]`, 'quirks.1'],
    [`${GOOD},"quirks":["ignore_guest_pat"]`, 'quirks.0'],
    [`${GOOD},"mmio":{"0":[1,2]}`, 'mmio'],
    [`${GOOD},"mmio":[[1,2],{"start":1}]`, 'mmio.1'],
    [`${GOOD},"mmio":[[2,1]]`, 'mmio.0.1'],
    [`${GOOD},"mmio":[["0xffffffffffffffff","0xfffffffffffffffe"]]`, 'mmio.0.1'],
    [`${GOOD},"mmio":[[-1,1]]`, 'mmio.0.0'],
    [`${GOOD},"memory":"all"`, 'memory'],
    [`${GOOD},"memory":[[0,1,0]]`, 'memory.0'],
    [`${GOOD},"memory":[{"gfn":0,"count":1,"pfn":0,"pfn":1}]`, 'memory.0.pfn'],
    [`${GOOD},"memory":[{"gfn":0,"count":1,"pfn":0},{"gfn":1,"count":1,"pfn":0,"gfn":2}]`, 'memory.1.gfn'],
    [`${GOOD},"memory":[{"gfn":0,"count":1,"pfn":0,"read_only":true}]`, 'memory.0.read_only'],
    [`${GOOD},"memory":[{"gfn":0,"count":1,"pfn":0,"readonly":"true"}]`, 'memory.0.readonly'],
    [`${GOOD},"memory":[{"gfn":0,"count":1,"pfn":0,"maxLevel":"2"}]`, 'memory.0.maxLevel'],
    [`${GOOD},"memory":[{"gfn":${SPACE_END},"count":1,"pfn":0}]`, 'memory.0.gfn'],
    [`${GOOD},"memory":[{"gfn":1,"count":${SPACE_END},"pfn":0}]`, 'memory.0.count'],
    [`${GOOD},"memory":[{"gfn":0,"count":2,"pfn":"0xffffffffff"}]`, 'memory.0.pfn'],
    [`${GOOD},"memory":[{"gfn":0,"count":2,"pfn":"0x100000000000000000"}]`, 'memory.0.pfn'],
    [`${GOOD},"memory":[{"gfn":8,"count":8,"pfn":0},{"gfn":0,"count":9,"pfn":0}]`, 'memory.1'],
    [`${GOOD},"pat":"0x8"`, 'pat'],
    [`${GOOD},"pat":"UC"`, 'pat'],
    [`${GOOD},"range":["0x1","0x0"]`, 'range.1'],
    [`${GOOD},"range":[0,${SPACE_END + 1}]`, 'range.1'],
    [`${GOOD},"range":[0,"0xffffffffffffffffffff"]`, 'range.1'],
    [`${GOOD},"range":["5",6]`, 'range.0'],
    [`${GOOD},"range":[0,1,2]`, 'range'],
    [`${GOOD},"range":{"start":0,"end":1}`, 'range'],
  ];
  it.each(structural)('{%s} at %s', (members, path) => {
    expect(refusal(`{${members}}`)).toEqual({ id: 'r', code: 'bad-request', path });
  });

  it.each(['kvm-4.6', 'KVM-5.16', 'kvm-5.016', 'kvm-6.11-rc8', 'peer-nobody', '', 'sdm '])(
    'policy "%s" is unknown',
    (policy) => {
      expect(refusal(`{${GOOD},"policy":"${policy}"}`)).toMatchObject({ id: 'r', code: 'unknown-policy' });
    },
  );

  it.each(['5.16', 'kvm5.16', 'v5.16'])(
    'policy "%s" is no name of the protocol, and what it was meant to be is said',
    (policy) => {
      expect(readRequest(`{${GOOD},"policy":"${policy}"}`)).toMatchObject({
        error: { code: 'unknown-policy', message: expect.stringContaining('(did you mean "kvm-5.16"?)') },
      });
    },
  );

  it('looks at the structure before the policy, at the policy before the want', () => {
    expect(refusal(`{${GOOD},"policy":"no","pat":2}`)).toMatchObject({ code: 'bad-request', path: 'pat' });
    expect(refusal(`{${GOOD},"policy":"no","want":"mtrr"}`)).toMatchObject({ code: 'unknown-policy' });
    expect(refusal(`{${GOOD},"policy":"kvm-6.11","want":"mtrr"}`)).toMatchObject({
      code: 'bad-request',
      path: 'want',
    });
  });

  it('shows values shortly, however large or deep they are', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    for (const value of [deep, `"${'x'.repeat(100_000)}"`, JSON.stringify({ a: deep })]) {
      const answer = readRequest(`{${GOOD},"vcnt":${value}}`);
      expect('error' in answer && answer.error.message.length).toBeLessThan(200);
    }
  });
});

describe('requests that are read', () => {
  function request(members: string) {
    const answer = readRequest(`{${members}}`);
    if ('error' in answer) throw new Error(JSON.stringify(answer));
    return answer;
  }

  it('fills in what is left out', () => {
    const { want, policy, query, vcpu } = request(GOOD);
    expect({ want, policy: policy.name, query }).toEqual({
      want: 'ept',
      policy: 'sdm',
      query: { range: { start: 0, end: SPACE_END } },
    });
    expect(vcpu).toMatchObject({
      msrs: [],
      vcnt: undefined,
      cr0cd: false,
      guestHasMtrr: true,
      noncoherentDma: false,
      selfSnoop: true,
      quirks: undefined,
      mmio: [],
      slots: [{ gfn: 0, count: SPACE_END, pfn: 0, readonly: false, maxLevel: 3 }],
    });
  });

  it('takes numbers in every form that the protocol allows', () => {
    expect(
      request('"id":1.5,"maxphyaddr":"0x28","vcnt":1e1,"range":[0,"0x00000000000000000010"]'),
    ).toMatchObject({
      id: 1.5,
      vcpu: { maxphyaddr: 40, vcnt: 10 },
      query: { range: { start: 0, end: 16 } },
    });
    expect(request(`${GOOD},"msrs":{"0x2FF":3078,"0x200":"0xC0000006"}`).vcpu.msrs).toEqual([
      { msr: 0x2ff, value: 0xc06n },
      { msr: 0x200, value: 0xc0000006n },
    ]);
    expect(request(`${GOOD},"range":[-0,16.0]`).query.range).toEqual({ start: 0, end: 16 });
  });

  it.each([
    '"a"',
    '""',
    '0',
    '-0',
    '-17',
    '1.50',
    '1e300',
    '1e+2',
    '9007199254740992',
    '0.1',
    '"\\u0000\\ud800"',
  ])('echoes id %s', (id) => expect(request(`"maxphyaddr":40, "id" : ${id}`).id).toBe(JSON.parse(id)));

  it('clips MMIO to the space of the guest, whatever its size', () => {
    const { mmio } = request(
      `${GOOD},"mmio":[["0x10","0xffffffffffffffffff"],["0xfffffffffff",9007199254740991],[3,3]]`,
    ).vcpu;
    expect(mmio).toEqual([{ start: 16, end: SPACE_END }]);
  });

  it('keeps MSR numbers exact for their refusal', () => {
    const { msrKeys, vcpu } = request(`${GOOD},"msrs":{"0x0277":0,"0x123456789abcdef01":1}`);
    expect(msrKeys.map(BigInt)).toEqual([0x277n, 0x123456789abcdef01n]);
    expect(vcpu.msrs[1]!.msr).toBeGreaterThan(0xffffffff);
  });

  it('takes equal keys of different objects for what they are', () => {
    const text = `${GOOD},"memory":[{"gfn":0,"count":1,"pfn":0},{"gfn":1,"count":1,"pfn":0}],"msrs":{"0x10":0}`;
    expect(request(text).vcpu.slots).toHaveLength(2);
  });
});
