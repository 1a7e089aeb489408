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

  it.each(['kvm-4.6', 'kvm-5.x', '3.10', 'kvm-6.l6', 'kvm-6.12-rc1'])('%s: none', (name) => {
    expect(policyHint(name, others) ?? '').not.toContain('did you mean');
  });

  it.each(['5.15.0-91-generic', 'kvm-5.14.0-70.el9.x86_64'])('%s: is of a distribution', (name) => {
    expect(policyHint(name, others)).toContain("a distribution's kernel");
  });
});
