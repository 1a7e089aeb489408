import { describe, expect, it } from 'vitest';
import { checkInput } from '../../src/open/check-input.ts';
import { openText } from '../../src/open/open-text.ts';

async function complaintsOf(lines: readonly string[]) {
  const opened = await openText(`${lines.join('\n')}\n`, { name: 'boot.log', forComplaints: true });
  return checkInput(opened).complaints.map(({ kind, group, at }) => `${kind} ${group} at ${at.line}`);
}

describe('complaints of a log', () => {
  it('are one for the same registers, whoever says it and in whatever words', async () => {
    const windows = ['MTRR_PHYS_BASE', 'MTRR_PHYS_MASK', 'MTRR_DEFAULT'].map(
      (name) => `KiInitializeMTRR: ${name} is not consistent between processors`,
    );
    expect(await complaintsOf(windows)).toEqual([
      'cpus-inconsistent variable at 1',
      'cpus-inconsistent def-type at 3',
    ]);
    const xen = [
      '(XEN) mtrr: your CPUs had inconsistent fixed MTRR settings',
      '[    0.1] mtrr: your CPUs had inconsistent fixed MTRR settings',
    ];
    expect(await complaintsOf(xen)).toHaveLength(1);
  });

  it('are each for itself where they name no registers', async () => {
    const lines = [
      'mtrr: no more MTRRs available',
      'mtrr: type mismatch for 10000000,1000 old: write-back new: write-combining',
      'mtrr: type mismatch for 20000000,1000 old: uncachable new: write-combining',
    ];
    expect(await complaintsOf(lines)).toEqual([
      'ranges-short undefined at 1',
      'range-refused undefined at 2',
      'range-refused undefined at 3',
    ]);
  });
});
