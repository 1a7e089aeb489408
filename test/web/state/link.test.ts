/** Links: what goes in comes out, what is not whole says so, and nothing in a link can hang the page. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LinkError, type LinkedView, linkOf, viewOf } from '../../../web/state/link.ts';

const CONFIG = '{"maxphyaddr":39,"msrs":{"0x2ff":"0xc00"}}';
const VIEW: LinkedView = {
  config: CONFIG,
  lanes: [
    { policy: 'sdm' },
    { policy: 'kvm-5.16', vcpu: 3 },
    { policy: 'peer-linux', set: ['msrs.0x2ff=0xc06', 'noncoherentDma=true'] },
  ],
  want: 'effective',
  pat: 7,
  tab: 'walk',
  at: 0xae000,
  lane: 1,
  window: { start: 0x100, end: 2 ** 40 },
  scale: 'true',
};

const packed = (text: string): string => deflateRawSync(text).toString('base64url');

describe('links', () => {
  it('hold a view', async () => {
    expect(await viewOf(`#${await linkOf(VIEW)}`)).toEqual(VIEW);
  });

  it('say addresses as people write them, and are of characters that mail programs leave alone', async () => {
    const link = await linkOf(VIEW);
    expect(link).toContain('&at=0xae000000');
    expect(link).toContain('&z=0x100000-0xfffffffffffff');
    expect(link).toMatch(/^[\w&=,.@;%-]+$/);
  });

  it('of what is usual are short', async () => {
    const link = await linkOf({ config: CONFIG, lanes: [{ policy: 'sdm' }] });
    expect(link).toBe(`v1=${packed(CONFIG)}&k=sdm`);
  });

  it('that hold no view are none', async () => {
    expect(await viewOf('')).toBeUndefined();
    expect(await viewOf('#main')).toBeUndefined();
  });

  it.each([
    ['cut off', (link: string) => link.slice(0, 20)],
    ['with a letter changed', (link: string) => link.replace(/^v1=..../, 'v1=AAAA')],
    ['with other characters', (link: string) => link.replace(/^v1=/, 'v1=%%')],
    ['empty', () => 'v1='],
  ])('%s say that they are not whole', async (_, spoil) => {
    await expect(viewOf(spoil(await linkOf(VIEW)))).rejects.toThrow('This link is not whole: copy it again');
  });

  it('of another version say so', async () => {
    const link = (await linkOf(VIEW)).replace('v1=', 'v2=');
    await expect(viewOf(link)).rejects.toThrow('This link is of version 2, and this page reads version 1');
  });

  it('with gigabytes in a few bytes are refused before they are unpacked', async () => {
    const bomb = `v1=${packed(' '.repeat(30_000_000))}`;
    expect(bomb.length).toBeLessThan(50_000);
    await expect(viewOf(bomb)).rejects.toThrow(LinkError);
    await expect(viewOf(bomb)).rejects.toThrow('more than 8 MB');
  });

  it('with views that cannot be fall back to the usual', async () => {
    const link = `v1=${packed(CONFIG)}&k=%E0%A4%A&w=colour&at=abc&z=0x2000-0x1000&l=77&s=sideways&t=`;
    expect(await viewOf(link)).toEqual({ config: CONFIG, lanes: [], tab: '', scale: 'log' });
  });

  it('with a thousand lanes have nine', async () => {
    const link = `v1=${packed(CONFIG)}&k=${Array.from({ length: 1000 }, () => 'sdm').join()}`;
    expect((await viewOf(link))?.lanes).toHaveLength(9);
  });
});
