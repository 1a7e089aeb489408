/** What a policy takes on trust is said by every command that answers under it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, withFiles } from './program.ts';

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

  it("peer-xen-ept says that it was not told the host's MTRRs, where they would count", async () => {
    const guest = 'maxphyaddr: 36\nmtrr: {default: WB}\n';
    const device = `${guest}noncoherentDma: true\n`;
    const files = {
      'bare.yaml': guest,
      'device.yaml': device,
      'told.yaml': `${device}hostMsrs: {0x2ff: 0x806}\n`,
    };
    await withFiles(files, async (folder) => {
      const said = async (command: string, file: string) => {
        const args = [command, join(folder, file), '0', '--policy', 'peer-xen-ept'];
        const { stdout, stderr } = await inProcess(args);
        return `${stdout}${stderr}`;
      };
      for (const command of ['map', 'explain']) {
        expect(await said(command, 'device.yaml')).toContain("assumed: the host's MTRRs, which Xen merges");
        expect(await said(command, 'told.yaml')).not.toContain('assumed');
        expect(await said(command, 'bare.yaml')).not.toContain('assumed');
      }
    });
  });
});

describe('a confidential guest', () => {
  const PRIVATE = 'private memory is mapped by the TDX module, always WB';
  const TOO_OLD =
    'assumed: mainline KVM runs TDX VMs from 6.16 on: kvm-6.15 is taken for a kernel with TDX backported';
  const commands = (policy: string) => [
    ['map', 'tdx-guest', '0+1M', '--policy', policy],
    ['explain', 'tdx-guest', '0', '--policy', policy],
    ['diff', 'tdx-guest', '0+1M', '--policy', policy, '--against', 'engine:direct'],
    ['share', 'tdx-guest', '0+1M', '--policy', policy],
    ['verify', 'tdx-guest', '0+1M', '--policy', policy],
  ];

  it.each(commands('kvm-6.16'))(
    '%s %s says what is told of it, and nothing of the release',
    async (...args) => {
      const { stdout, stderr } = await inProcess(args);
      expect(`${stdout}${stderr}`).toContain(PRIVATE);
      expect(`${stdout}${stderr}`).not.toContain('mainline');
    },
  );

  it.each(commands('kvm-6.15'))('%s %s says that mainline had none yet', async (...args) => {
    const { stdout, stderr } = await inProcess(args);
    expect(`${stdout}${stderr}`).toContain(TOO_OLD);
  });

  it('is said of in a replay, and in the JSON of a diff', async () => {
    const scenario = `vm: tdx.yaml
events:
  - {wrmsr: {vcpu: 0, msr: 0x2ff, value: 0x806}}
`;
    const config = 'maxphyaddr: 46\nconfidential: tdx\npolicy: kvm-6.18\n';
    await withFiles({ 'scenario.yaml': scenario, 'tdx.yaml': config }, async (folder) => {
      const { stderr } = await inProcess(['replay', join(folder, 'scenario.yaml')]);
      expect(stderr).toContain(`eptsweep replay: assumed: a TDX VM is told`);
    });
    const { stdout } = await inProcess([
      'diff',
      'tdx-guest',
      '0+1M',
      '--across',
      'kernels=6.15,6.18',
      '-f',
      'json',
    ]);
    const { provenance } = JSON.parse(stdout) as { provenance: { assumptions: string[] } };
    expect(provenance.assumptions.filter((text) => text.includes(PRIVATE))).toHaveLength(1);
    expect(provenance.assumptions.filter((text) => text.startsWith('mainline KVM'))).toHaveLength(1);
  });

  it('of SNP came with 6.11', async () => {
    for (const [policy, count] of [
      ['kvm-6.10', 1],
      ['kvm-6.11', 0],
    ] as const) {
      const { stderr } = await inProcess(['map', 'snp-guest', '0+1M', '--policy', policy]);
      expect(stderr.split('mainline KVM runs SNP VMs from 6.11 on').length - 1).toBe(count);
    }
  });

  it('is no policy of its own: the name that is looked for tells how to say it', async () => {
    const { stderr, status } = await inProcess(['map', 'ovmf-q35', '0', '--policy', 'kvm-6.18-tdx']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /unknown policy "kvm-6\.18-tdx".*policy kvm-6\.18 and a config that says confidential: tdx/,
    );
    const { stdout } = await inProcess(['list', 'policies']);
    expect(stdout).toMatch(/^confidential: tdx .*kvm-6\.16 or later.*preset tdx-guest$/m);
    expect(stdout).toMatch(/^confidential: snp .*host: \{vendor: amd\}.*preset snp-guest$/m);
  });
});
