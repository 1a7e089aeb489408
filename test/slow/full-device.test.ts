/** Output to a device that takes nothing, where the system has one. */
import { existsSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shell } from '../cli/program.ts';

it.runIf(existsSync('/dev/full'))('to a device that is full: one line', () => {
  for (const line of ['eptsweep map ovmf-q35 > /dev/full', 'eptsweep map ovmf-q35 -f svg -o /dev/full']) {
    const { status, stderr } = shell(line);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^eptsweep map: (\/dev\/full: )?no space left on device\n$/);
  }
  expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
});
