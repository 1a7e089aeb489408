/** Entries of EPT tables as texts. */
import { type EntryBatch, entryAt } from '../../src/trace/index.ts';

/** Each entry of a batch: `line space gfn level entry`. */
export const entryTexts = (batch: EntryBatch): readonly string[] =>
  Array.from({ length: batch.count }, (_, at) => {
    const place = `${batch.line[at]} ${batch.space[at]} ${batch.gfn[at]!.toString(16)} ${batch.level[at]}`;
    return `${place} ${entryAt(batch, at).toString(16)}`;
  });
