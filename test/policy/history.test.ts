/** What follows from the history of commits, release by release, written out by hand from the kernel's log. */
import { describe, expect, it } from 'vitest';
import { COMMITS, commitBetween, POLICY_NAMES, policy, policyFromFlags } from '../../src/policy/index.ts';
import { changedReleases } from '../../src/policy/kvm.ts';

const IGNORED_MTRR = { mtrr: 'none', cacheDisable: 'ignored', levelCheck: 'none' } as const;
const SLOT_ZAPS = ['4e103134b862', 'd012a06ab1d2'];
const UNTIL_5_19 = [...SLOT_ZAPS, 'a3fe5dbda0a4'];
const UNTIL_6_6 = [...UNTIL_5_19, 'd5e90a699858', 'a8ac499bb6ab'];
const UNTIL_6_10 = [...UNTIL_6_6, '362ff6dca541', 'c9f65a3f2d92'];
const CANDIDATE = [...UNTIL_6_10, '0a7b73559b39', 'e1548088ff54', '377b2f359d1f'];
const UNTIL_6_11 = [...CANDIDATE, '9d70f3fec144'];
const UNTIL_6_12 = [...UNTIL_6_11, 'aa8d1f48d353'];
const UNTIL_6_15 = [...UNTIL_6_12, '13e2e4f62a4b'];
const NOW = [...UNTIL_6_15, 'c9c1e20b4c7d'];

const FOLDS = { mtrr: 'kvm', cacheDisable: 'wb-ipat', ignorePat: 'always' } as const;
const RELEASES = [
  ['4.7', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm', leaf: 'kvm-4.7' }, []],
  ['5.4', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm', leaf: 'kvm-5.4' }, SLOT_ZAPS],
  ['5.12.19', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm', leaf: 'kvm-5.4' }, SLOT_ZAPS],
  ['5.13', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm', leaf: 'kvm' }, SLOT_ZAPS],
  ['5.19.17', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm', leaf: 'kvm' }, UNTIL_5_19],
  ['6.0', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm-noncoherent-dma', leaf: 'kvm' }, UNTIL_6_6],
  ['6.6.99', 'kvm-4.7', { ...FOLDS, levelCheck: 'kvm-noncoherent-dma', leaf: 'kvm' }, UNTIL_6_6],
  ['6.7', 'kvm-6.7', { mtrr: 'kvm', cacheDisable: 'wb', ignorePat: 'always', leaf: 'kvm' }, UNTIL_6_10],
  ['6.10', 'kvm-6.7', { mtrr: 'kvm', cacheDisable: 'wb', leaf: 'kvm-suppress-ve' }, UNTIL_6_10],
  ['6.11-rc', 'kvm-6.11-rc', { ...IGNORED_MTRR, ignorePat: 'without-self-snoop' }, CANDIDATE],
  ['6.11-rc7', 'kvm-6.11-rc', { ...IGNORED_MTRR, ignorePat: 'without-self-snoop' }, CANDIDATE],
  ['6.11', 'kvm-6.11', { ...IGNORED_MTRR, ignorePat: 'always' }, UNTIL_6_11],
  ['6.12.77', 'kvm-6.11', { ...IGNORED_MTRR, ignorePat: 'always' }, UNTIL_6_12],
  ['6.12.78', 'kvm-6.16', { ...IGNORED_MTRR, ignorePat: 'quirk' }, [...UNTIL_6_12, 'c9c1e20b4c7d']],
  ['6.12.200', 'kvm-6.16', { ...IGNORED_MTRR, ignorePat: 'quirk' }, [...UNTIL_6_12, 'c9c1e20b4c7d']],
  ['6.13', 'kvm-6.11', { ...IGNORED_MTRR, ignorePat: 'always' }, UNTIL_6_15],
  ['6.15.99', 'kvm-6.11', { ...IGNORED_MTRR, ignorePat: 'always' }, UNTIL_6_15],
  ['6.16', 'kvm-6.16', { ...IGNORED_MTRR, ignorePat: 'quirk', leaf: 'kvm-suppress-ve' }, NOW],
  ['7.1.5', 'kvm-6.16', { ...IGNORED_MTRR, ignorePat: 'quirk', leaf: 'kvm-suppress-ve' }, NOW],
  [
    '7.2',
    'kvm-6.16',
    { ...IGNORED_MTRR, ignorePat: 'quirk', leaf: 'kvm-7.2' },
    [...NOW, 'be4e45f360a2', 'a8827c196146'],
  ],
] as const;

describe('the history of commits', () => {
  it.each(RELEASES)('kvm-%s is row %s', (release, row, flags, commits) => {
    const one = policy(`kvm-${release}`);
    expect(one.row).toBe(row);
    expect(one.flags).toMatchObject(flags);
    expect(one.commits.map(({ id }) => id)).toEqual(commits);
    const hasPatQuirk = one.flags.ignorePat === 'quirk';
    expect(one.defaultQuirks).toEqual([hasPatQuirk ? 'ignore-guest-pat' : 'cd-nw-cleared']);
  });

  it.each([
    ['kvm-4.7', '4k'],
    ['kvm-5.19.17', '4k'],
    ['kvm-6.0', 'host'],
    ['kvm-7.2', 'host'],
    ['sdm', 'host'],
  ])('%s maps host MMIO by %s', (name, level) => {
    expect(policy(name).flags.mmioLevel).toBe(level);
  });

  const OLD = {
    dmaZap: 'none',
    slotZap: 'all',
    dirtyLogStart: 'write-protect',
    largeWrite: 'drop',
    dirtyLogEnd: 'zap',
    rootRole: 'paging',
    rootLifetime: 'kept',
  };
  const SPLIT = { ...OLD, dirtyLogStart: 'split', rootRole: 'constant' };
  it.each([
    ['kvm-4.7', OLD],
    ['kvm-5.0', OLD],
    ['kvm-5.1', { ...OLD, slotZap: 'slot' }],
    ['kvm-5.2.10', { ...OLD, slotZap: 'slot' }],
    ['kvm-5.2.11', OLD],
    ['kvm-5.3', OLD],
    ['kvm-5.14', OLD],
    ['kvm-5.15', { ...OLD, rootLifetime: 'last-user' }],
    ['kvm-5.17', { ...OLD, rootLifetime: 'last-user' }],
    ['kvm-5.18', { ...OLD, rootLifetime: 'last-user', dirtyLogStart: 'split' }],
    ['kvm-5.19', { ...OLD, rootLifetime: 'last-user', dirtyLogStart: 'split', rootRole: 'constant' }],
    ['kvm-6.0', { ...OLD, rootLifetime: 'last-user', dirtyLogStart: 'split', rootRole: 'constant' }],
    ['kvm-6.1', SPLIT],
    ['kvm-6.6', { ...SPLIT, largeWrite: 'split' }],
    ['kvm-6.7', { ...SPLIT, largeWrite: 'split', dmaZap: 'all' }],
    ['kvm-6.12.78', { ...SPLIT, largeWrite: 'split', dmaZap: 'all', slotZap: 'quirk' }],
    ['kvm-6.13', { ...SPLIT, largeWrite: 'split', dmaZap: 'all', slotZap: 'quirk', dirtyLogEnd: 'recover' }],
    ['sdm', undefined],
    ['peer-xen', undefined],
  ])('%s: what becomes of entries', (name, zaps) => {
    expect(policy(name).zaps).toEqual(zaps);
  });

  it('gives the rows, each named after the first release that decides so', () => {
    expect(POLICY_NAMES).toEqual(['sdm', 'kvm-4.7', 'kvm-6.7', 'kvm-6.11-rc', 'kvm-6.11', 'kvm-6.16']);
    for (const name of POLICY_NAMES) expect(policy(name).row).toBe(name);
  });

  it('names each release at which something changes, which is a policy of its own', () => {
    const names = changedReleases();
    expect(names).toEqual(
      expect.arrayContaining(['kvm-4.7', 'kvm-5.2.11', 'kvm-5.13', 'kvm-6.0', 'kvm-6.12.78']),
    );
    const told = names.map((name) => {
      const { flags, zaps, defaultQuirks } = policy(name);
      return JSON.stringify([flags, zaps, defaultQuirks]);
    });
    // 5.3 is the release that 5.2.11 took its change from.
    expect(names.filter((_, place) => told[place] === told[place - 1])).toEqual(['kvm-5.3']);
  });

  it.each([
    ['d5e90a699858', '6.0'],
    ['4e103134b862', '5.1'],
    ['d012a06ab1d2', '5.3 (backported to 5.2.11)'],
    ['0a7b73559b39', '6.11'],
    ['377b2f359d1f', '6.11-rc1'],
    ['9d70f3fec144', '6.11'],
    ['c9c1e20b4c7d', '6.16 (backported to 6.12.78)'],
  ] as const)('%s came with %s', (id, since) => {
    expect(COMMITS[id].since).toBe(since);
  });

  it.each([
    ['cacheDisable', 'wb-ipat', 'wb', 'c9f65a3f2d92', true],
    ['cacheDisable', 'wb-ipat', 'ignored', 'e1548088ff54', true],
    ['cacheDisable', 'ignored', 'wb', 'e1548088ff54', false],
    ['levelCheck', 'none', 'kvm', '0a7b73559b39', false],
    ['ignorePat', 'always', 'without-self-snoop', '377b2f359d1f', true],
    ['ignorePat', 'without-self-snoop', 'always', '9d70f3fec144', true],
    ['ignorePat', 'always', 'quirk', 'c9c1e20b4c7d', true],
    ['ignorePat', 'quirk', 'without-self-snoop', 'c9c1e20b4c7d', false],
  ] as const)('%s from %s to %s: %s', (flag, from, to, id, isForward) => {
    expect(commitBetween(flag, from, to)).toEqual({ commit: COMMITS[id], isForward });
  });

  it.each([
    ['kvm-4.7', 0],
    ['kvm-7.1', 0],
    ['kvm-7.1.99', 0],
    ['kvm-7.2', 2],
    ['kvm-8.0.1', 2],
    ['kvm-6.16+a8827c196146', 1],
    ['sdm', 0],
  ])('%s takes %i things on trust', (name, count) => {
    const [base, ...backports] = name.split('+') as [string, ...string[]];
    const one = backports.length > 0 ? policyFromFlags({ base, backports }) : policy(base);
    expect(one.assumptions).toHaveLength(count);
  });

  it('names no commit where none is known', () => {
    expect(commitBetween('leaf', 'kvm', 'kvm-suppress-ve')).toBeUndefined();
    expect(commitBetween('mtrr', 'architectural', 'kvm')).toBeUndefined();
  });

  it.each(['kvm-4.6', 'kvm-6.11-rc8', 'kvm-6.11-rc1\n', 'kvm-6.12-rc1', 'kvm-06.1', 'kvm-6.', '6.1'])(
    'knows no %j',
    (name) => {
      expect(() => policy(name)).toThrow(/unknown policy/);
    },
  );
});
