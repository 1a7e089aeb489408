/** What a replay takes on trust, release by release: all else was seen. */
import { describe, expect, it } from 'vitest';
import { policyFromText } from '../../src/policy/index.ts';
import { replayAssumptions } from '../../src/replay/index.ts';

const ROOTS =
  'roots stay when nobody holds them, as in later 6.1.y and from 6.4 on; 6.1 to 6.3.1 as first released gave them up';
const LARGE = 'a write to a write-protected large entry drops it, as up to 6.1; 6.2 to 6.4 were not seen';
const ROLE = "a root's role holds EFER.NX and CR0.WP, as up to 5.17; 5.18 was not seen";

describe('replayAssumptions', () => {
  it.each<[string, readonly string[]]>([
    ['kvm-4.7', []],
    ['kvm-5.17.99', []],
    ['kvm-5.18', [ROLE]],
    ['kvm-5.18.1', [ROLE]],
    ['kvm-5.18.99', [ROLE]],
    ['kvm-5.18+rootRole=constant', []],
    ['kvm-5.19+rootRole=paging', []],
    ['kvm-6.0+rootRole=paging', []],
    ['kvm-5.19', []],
    ['kvm-6.0.99', []],
    ['kvm-6.1', [ROOTS]],
    ['kvm-6.1.0', [ROOTS]],
    ['kvm-6.1.175', [ROOTS]],
    ['kvm-6.1+rootLifetime=last-user', []],
    ['kvm-6.1.176', []],
    ['kvm-6.1.999', []],
    ['kvm-6.2', [ROOTS, LARGE]],
    ['kvm-6.2.99', [ROOTS, LARGE]],
    ['kvm-6.2+rootLifetime=last-user', [LARGE]],
    ['kvm-6.2+largeWrite=split', [ROOTS]],
    ['kvm-6.3', [ROOTS, LARGE]],
    ['kvm-6.3.1', [ROOTS, LARGE]],
    ['kvm-6.3.2', [LARGE]],
    ['kvm-6.4', [LARGE]],
    ['kvm-6.4.99', [LARGE]],
    ['kvm-6.4+largeWrite=split', []],
    ['kvm-6.5', []],
    ['kvm-7.1', []],
    ['sdm', []],
    ['peer-linux-6.5', []],
  ])('%s', (name, sentences) => {
    expect(replayAssumptions(policyFromText(name))).toEqual(sentences);
  });
});
