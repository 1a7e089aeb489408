/** A dump, a config or a preset becomes a machine, and what `check`, `assert` and `fit` take of it. */
export { assertInput } from './assert-input.ts';
export { checkInput } from './check-input.ts';
export { layoutOfFacts, listsDevices, memoryOfFacts, ramRanges } from './dump-memory.ts';
export { faultReason } from './fault.ts';
export { wantedOfRam } from './fit-ram.ts';
export { type HostEvidence, hostEvidence, restingOn, stating } from './host-evidence.ts';
export { hostFacts } from './host-facts.ts';
export { knownRegisters } from './known-registers.ts';
export { openChunks, openText, presetOrConfig } from './open-text.ts';
export { openSafely, openView, vcpuIndex } from './open-view.ts';
export type { OpenedConfig, OpenOptions, Source } from './opened-config.ts';
export { isMachine } from './opened-config.ts';
export { withSettings } from './settings.ts';
