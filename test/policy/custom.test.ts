import { describe, expect, it } from 'vitest';
import { EptsweepError } from '../../src/errors.ts';
import { COMMITS, policy, policyFromFlags } from '../../src/policy/index.ts';

describe('policyFromFlags', () => {
  it('without changes is the base', () => {
    const { flags, defaultQuirks, traits, row, name } = policyFromFlags({ base: 'kvm-6.8' });
    const base = policy('kvm-6.8');
    expect({ flags, defaultQuirks, traits, row, name }).toEqual({
      flags: base.flags,
      defaultQuirks: base.defaultQuirks,
      traits: base.traits,
      row: base.row,
      name: base.name,
    });
  });

  it.each([
    ['kvm-5.16', ['d5e90a699858', 'a8ac499bb6ab'], 'kvm-6.0'],
    ['kvm-6.6', ['c9f65a3f2d92'], 'kvm-6.7'],
    ['kvm-6.10', ['0a7b73559b39', 'e1548088ff54'], 'kvm-6.11'],
    ['kvm-6.11', ['c9c1e20b4c7d'], 'kvm-6.16'],
    ['kvm-6.11', ['377b2f359d1f'], 'kvm-6.11-rc3'],
    ['kvm-6.10', ['9d70f3fec144', '377b2f359d1f', 'e1548088ff54', '0a7b73559b39'], 'kvm-6.11'],
  ])('%s with %j decides as %s', (base, backports, same) => {
    const made = policyFromFlags({ base, backports });
    const { leaf: _, ...flags } = made.flags;
    const { leaf: __, ...expected } = policy(same).flags;
    expect(flags).toEqual(expected);
    expect(made.defaultQuirks).toEqual(policy(same).defaultQuirks);
    for (const id of backports) expect(made.commits.map((commit) => commit.id)).toContain(id);
  });

  it('knows the effect of every commit', () => {
    for (const id of Object.keys(COMMITS)) {
      expect(() => policyFromFlags({ base: 'kvm-4.7', backports: [id] })).not.toThrow();
      expect(() => policyFromFlags({ base: 'kvm-4.7', backports: [id.slice(0, 8)] })).not.toThrow();
    }
  });

  it('composes zap rules: the zap with DMA comes without the change of CD', () => {
    const made = policyFromFlags({ base: 'kvm-6.6', backports: ['362ff6dca541'] });
    expect(made.flags).toEqual(policy('kvm-6.6').flags);
    expect(made.zaps).toEqual({ ...policy('kvm-6.6').zaps, dmaZap: 'all' });
    const other = policyFromFlags({ base: 'kvm-6.6', backports: ['c9f65a3f2d92'] });
    expect(other.zaps).toEqual(policy('kvm-6.6').zaps);
    const flag = policyFromFlags({ base: 'kvm-6.12', flags: { slotZap: 'slot', cacheDisable: 'wb' } });
    expect(flag.zaps).toEqual({ ...policy('kvm-6.12').zaps, slotZap: 'slot' });
    expect(flag.flags).toEqual({ ...policy('kvm-6.12').flags, cacheDisable: 'wb' });
  });

  it('has the quirks of a commit that sets them', () => {
    expect(policyFromFlags({ base: 'kvm-6.8', backports: ['c9c1e20b4c7d'] }).defaultQuirks).toEqual([
      'ignore-guest-pat',
    ]);
  });

  it.each(['d5e90a699858', 'd5e90a699875', 'd5e90a699875ce552d0058d05b9b4b458b46fa6a', 'd5e90a6'])(
    'knows %s, which is cited in two ways',
    (id) => {
      expect(policyFromFlags({ base: 'kvm-5.16', backports: [id] }).flags.levelCheck).toBe(
        'kvm-noncoherent-dma',
      );
    },
  );

  it('lets flags win over commits, and names what it changed', () => {
    const made = policyFromFlags({
      base: 'kvm-5.14',
      backports: ['c9f65a3f2d92'],
      flags: { cacheDisable: 'ignored', ignorePat: 'quirk' },
    });
    expect(made.flags).toMatchObject({ cacheDisable: 'ignored', ignorePat: 'quirk' });
    expect(made.name).toBe('kvm-5.14+c9f65a3f2d92+cacheDisable+ignorePat');
    expect(Object.isFrozen(made.flags)).toBe(true);
  });

  it.each([
    [{ base: 'kvm-4.6' }, 'base'],
    [{ base: 'peer-xen' }, 'base'],
    [{ base: 'kvm-6.8', backports: ['deadbeef'] }, 'backports.0'],
    [{ base: 'kvm-6.8', flags: { slotZap: 'none' } }, 'flags.slotZap'],
    [{ base: 'sdm', backports: ['c9f65a3f2d92'] }, 'base'],
    [{ base: 'kvm-6.8', flags: { mtrr: 'architectural' } }, 'flags.mtrr'],
    [{ base: 'kvm-6.8', flags: { ept: 'identity' } }, 'flags.ept'],
    [{ base: 'kvm-6.8', flags: { levelCheck: 'one-type' } }, 'flags.levelCheck'],
    [{ base: 'kvm-6.8', flags: { mtrr: 'both' } }, 'flags.mtrr'],
    [{ base: 'kvm-6.8', flags: { mttr: 'kvm' } }, 'flags.mttr'],
    [{ base: 'kvm-6.8', flags: { mtrr: 'none' } }, 'flags.levelCheck'],
    [{ base: 'sdm', flags: { mtrr: 'none' } }, 'base'],
    [{ base: 'kvm-6.8', defaultQuirks: ['lint0'] }, 'defaultQuirks.0'],
  ])('refuses %j', (custom, path) => {
    try {
      policyFromFlags(custom as never);
    } catch (error) {
      expect(error).toBeInstanceOf(EptsweepError);
      expect((error as EptsweepError).path).toBe(path);
      return;
    }
    throw new Error('accepted');
  });
});
