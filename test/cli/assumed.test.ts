/** What a policy takes on trust is said by every command that answers under it. */
import { describe, expect, it } from 'vitest';
import { inProcess } from './program.ts';

const LATER = 'assumed: 7.2 is taken to decide as 7.1.5, the last release that was verified';

describe('a release that was not verified', () => {
  it.each([
    [['map', 'thinkpad-t400', '0+1M', '--policy', 'kvm-7.2']],
    [['map', 'thinkpad-t400', '0+1M', '--policy', 'kvm-7.2', '-f', 'csv']],
    [['explain', 'thinkpad-t400', '0', '--policy', 'kvm-7.2']],
    [['diff', 'thinkpad-t400', '0+1M', '--across', 'kernels=7.1,7.2']],
    [['diff', 'thinkpad-t400', '0+1M', '--against', 'policy:kvm-7.2']],
    [['share', 'thinkpad-t400', '0+1M', '--policy', 'kvm-7.2']],
    [['replay', 'seabios-boot', '--policy', 'kvm-7.2']],
    [['check', 'thinkpad-t400', '--policy', 'kvm-7.2']],
  ])('%j says so', async (args) => {
    const { stdout, stderr } = await inProcess(args);
    expect(`${stdout}${stderr}`).toContain(LATER);
  });

  it.each([
    [['map', 'thinkpad-t400', '0+1M', '--policy', 'kvm-7.1.5']],
    [['diff', 'thinkpad-t400', '0+1M', '--across', 'kernels=4.7,5.12,7.1']],
    [['explain', 'thinkpad-t400', '0', '--policy', 'kvm-5.4']],
  ])('%j has nothing to say', async (args) => {
    const { stdout, stderr } = await inProcess(args);
    expect(`${stdout}${stderr}`).not.toContain('assumed');
  });

  it("peer-xen-ept says that it was not told the host's MTRRs", async () => {
    for (const command of ['map', 'explain']) {
      const { stdout, stderr } = await inProcess([command, 'thinkpad-t400', '0', '--policy', 'peer-xen-ept']);
      expect(`${stdout}${stderr}`).toContain("assumed: the host's MTRRs");
    }
  });
});
