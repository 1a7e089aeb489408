/** Dumps in, facts out: what people have of a machine's memory types, read from text. */

export type { Chunks } from './chunks.ts';
export { tornEvidence } from './facts/evidence-list.ts';
export type {
  Complaint,
  Contradiction,
  CoverageFact,
  CpuFacts,
  Cr0Fact,
  DmaDevice,
  DmaUnit,
  Facts,
  MappedRange,
  MapTool,
  Message,
  Place,
  Platform,
  RamKind,
  RamRange,
  RamSource,
  Recognised,
  RegisterFact,
  Silence,
  Stage,
  ToolMap,
  Torn,
  WidthFact,
} from './facts/facts.ts';
export { NO_FACTS, placeText, saysAnything } from './facts/facts.ts';
export { mergeFacts, ramOnly } from './facts/merge.ts';
export {
  type ConvertOptions,
  type DescribedCpu,
  type DescribedCpus,
  type DescribedVm,
  toVcpuInits,
  toVm,
} from './facts/vcpus.ts';
export { FORMATS, type FormatInfo } from './formats.ts';
export { looksLikeConfig } from './looks-like-config.ts';
export { readBytes, readStream, readText } from './read.ts';
export { ReadError, type ReadErrorReason } from './read-error.ts';
export { Reading, type ReadOptions } from './reading.ts';
