/** Results as text, one format a file. */

export { explanationJson } from './explain/json.ts';
export { explainLines } from './explain/text.ts';
export { idsText } from './explain/words.ts';
export type { Column, JsonValue } from './format/column.ts';
export { csvLines } from './format/csv.ts';
export { jsonLines, rowObject } from './format/json.ts';
export { markdownLines } from './format/markdown.ts';
export { ndjsonLines } from './format/ndjson.ts';
export { type TableOptions, tableLines } from './format/table.ts';
export { disagreementText, findingJson, findingText, fuzzReportJson, fuzzReportLines } from './fuzz/words.ts';
export { configLines } from './registers/config-yaml.ts';
export { replayJsonLines, replayNdjsonLines } from './replay/json.ts';
export { replaySvgLines } from './replay/svg.ts';
export { replayLines } from './replay/text.ts';
export { shareJsonLines } from './share/json.ts';
export { shareSvgLines } from './share/svg.ts';
export { shareLines } from './share/text.ts';
export { countText, eptText, hexText, levelText, pagesText, sizeText } from './words.ts';
