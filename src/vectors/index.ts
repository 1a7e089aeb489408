/** Golden tables that other programs are held against: what all engines answer, each row with its rule and where that is written. */

export { type CombinationRow, combinationRows } from './combinations.ts';
export {
  kindsOf,
  type LayoutKind,
  type PageRow,
  type PageTable,
  pageTables,
  type TableOptions,
} from './pages.ts';
export { RULE_IDS, RULES, type RuleId, type RuleText } from './rules.ts';
export { type VerdictRow, verdictRows } from './verdicts.ts';
