/** Results as text, one format a file. */
export type { Column, JsonValue } from './column.ts';
export { configLines } from './config-yaml.ts';
export { csvLines } from './csv.ts';
export { explanationJson } from './explain-json.ts';
export { explainLines } from './explain-text.ts';
export { idsText } from './explain-words.ts';
export { disagreementText, findingJson, findingText, fuzzReportJson, fuzzReportLines } from './fuzz-words.ts';
export { jsonLines, rowObject } from './json.ts';
export { markdownLines, markdownTable } from './markdown.ts';
export { ndjsonLines } from './ndjson.ts';
export { replayJsonLines, replayNdjsonLines } from './replay-json.ts';
export { replaySvgLines } from './replay-svg.ts';
export { replayLines } from './replay-text.ts';
export { shareJsonLines } from './share-json.ts';
export { shareSvgLines } from './share-svg.ts';
export { shareLines } from './share-text.ts';
export { type TableOptions, tableLines } from './table.ts';
export { countText, eptText, hexText, levelText, pagesText, sizeText } from './words.ts';
