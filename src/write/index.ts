/** Results as text, one format a file. */

export type { Disagreement, Question } from '../fuzz/index.ts';
export type { OddLine, OddLines, TraceSource } from '../trace/index.ts';
export { addresses, countText, eptText, hexText, idsText, levelText, pagesText, sizeText } from '../words.ts';
export { assertJsonLines } from './assert/json.ts';
export { assertJunitLines } from './assert/junit.ts';
export { assertMarkdownLines } from './assert/markdown.ts';
export type { AssertedMachine, AssertReport } from './assert/report.ts';
export { assertSarifLines } from './assert/sarif.ts';
export { assertLines } from './assert/text.ts';
export { checkJson, checkJsonLines } from './check/json.ts';
export { junitLines as checkJunitLines, junitSuite as checkJunitSuite } from './check/junit.ts';
export { checkMarkdownLines } from './check/markdown.ts';
export type { CheckReport } from './check/report.ts';
export { sarifLines as checkSarifLines } from './check/sarif.ts';
export { checkLines } from './check/text.ts';
export { type AcrossJob, acrossOutput } from './diff/across.ts';
export type { DiffOutput } from './diff/output.ts';
export type { DiffParquetOptions } from './diff/parquet.ts';
export type { RestoredJob } from './diff/restored.ts';
export { answerJson, type DiffColumnsOptions, type DiffRow, diffColumns } from './diff/rows.ts';
export type { DiffPicture } from './diff/svg.ts';
export { type TwoSidedJob, twoSidedOutput } from './diff/two.ts';
export { type ExplainedAll, explainJson, explanationJson } from './explain/json.ts';
export type { ToldPeer } from './explain/peer.ts';
export { type ExplainTextOptions, explainLines } from './explain/text.ts';
export { fitJsonLines } from './fit/json.ts';
export type { FitReport } from './fit/report.ts';
export { fitLines } from './fit/text.ts';
export type { Column, JsonValue } from './format/column.ts';
export { csvLines } from './format/csv.ts';
export { type Format, MAP_FORMATS } from './format/formats.ts';
export { documentLines, type JsonDocument, jsonLines, rowObject } from './format/json.ts';
export type { JunitCase, JunitProblem, JunitSuite } from './format/junit.ts';
export { markdownLines, markdownTable } from './format/markdown.ts';
export { type NdjsonOptions, ndjsonLines } from './format/ndjson.ts';
export type { By } from './format/range-columns.ts';
export { type TableOptions, type TextStyle, tableLines } from './format/table.ts';
export { type Basis, basisOf } from './json/basis.ts';
export type { JsonObject } from './json/vocabulary.ts';
export type { MapJob } from './map/job.ts';
export { mapJsonLines, mapNdjsonLines } from './map/json.ts';
export { type MapRow, mapColumns, mapRows } from './map/rows.ts';
export { mapSvg } from './map/svg.ts';
export { mapLines } from './map/text.ts';
export {
  EMBEDDED_ID,
  type Embedded,
  type EmbeddedOptions,
  embeddedOf,
  PAGE_VIEWS,
  type PageView,
  pageWith,
} from './page/embedded.ts';
export type { PictureOptions } from './picture/picture-options.ts';
export type { Scale } from './picture/space-scale.ts';
export { RECIPES, type Recipe } from './registers/capture.ts';
export { configLines } from './registers/config-yaml.ts';
export { vmConfigLines } from './registers/vm-config.ts';
export { designLines } from './replay/designs.ts';
export { designsSvgLines } from './replay/designs-svg.ts';
export {
  designsJsonLines,
  designsNdjsonLines,
  type ReplayHead,
  replayJsonLines,
  replayNdjsonLines,
} from './replay/json.ts';
export { replaySvgLines } from './replay/svg.ts';
export { type ReplayTextOptions, replayLines } from './replay/text.ts';
export { followedJsonLines, followedNdjsonLines } from './replay/trace-json.ts';
export type { FollowedReport } from './replay/trace-report.ts';
export { type FollowedTextOptions, followedLines } from './replay/trace-text.ts';
export { eventText } from './replay/words.ts';
export { shareJsonLines } from './share/json.ts';
export { shareSvgLines } from './share/svg.ts';
export { type ShareTextOptions, shareLines } from './share/text.ts';
