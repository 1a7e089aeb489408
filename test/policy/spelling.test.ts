/** Releases as people write them; a hint is never another kernel's rules. */
import { describe, expect, it } from 'vitest';
import { policyHint, policyName } from '../../src/policy/index.ts';

describe('policyName', () => {
  it.each([
    ['5.16', 'kvm-5.16'],
    ['kvm5.16', 'kvm-5.16'],
    ['kvm-5.16', 'kvm-5.16'],
    ['6.12.78', 'kvm-6.12.78'],
    ['6.11-rc3', 'kvm-6.11-rc3'],
    ['sdm', 'sdm'],
    ['peer-linux-6.5', 'peer-linux-6.5'],
    ['5', '5'],
  ])('%s: %s', (text, name) => {
    expect(policyName(text)).toBe(name);
  });
});

describe('policyHint', () => {
  const others = ['sdm', 'peer-xen'];

  it.each([
    ['v6.8', 'did you mean "kvm-6.8"?'],
    ['Linux 6.1.5', 'did you mean "kvm-6.1.5"?'],
    ['KVM_5.16', 'did you mean "kvm-5.16"?'],
    ['smd', 'did you mean "sdm"?'],
    ['peer-xne', 'did you mean "peer-xen"?'],
  ])('%s: %s', (name, hint) => {
    expect(policyHint(name, others)).toBe(hint);
  });

  it.each([
    [5.16, '"5.16" in quotes, or kvm-5.16'],
    [5.1, '"5.1" or "5.10" in quotes: without them both are the number 5.1'],
    [4.2, '"4.20" in quotes, or kvm-4.20'],
    [6, '"6.0" in quotes, or kvm-6.0'],
    [3.1, 'as text: "5.10" in quotes, or kvm-5.10'],
  ])('the number %s: %s', (number, hint) => {
    expect(policyHint(number, others)).toBe(hint);
  });

  it.each(['kvm-4.6', 'kvm-5.x', '3.10', 'kvm-6.l6', 'kvm-6.12-rc1'])('%s: none', (name) => {
    expect(policyHint(name, others) ?? '').not.toContain('did you mean');
  });

  it.each(['5.15.0-91-generic', 'kvm-5.14.0-70.el9.x86_64'])('%s: is of a distribution', (name) => {
    expect(policyHint(name, others)).toContain("a distribution's kernel");
  });
});
