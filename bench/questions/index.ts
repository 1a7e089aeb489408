import type { Question } from '../row.ts';
import { batch } from './batch.ts';
import { batchCompare } from './batch-compare.ts';
import { direct } from './direct.ts';
import { entries } from './entries.ts';
import { growth } from './growth.ts';
import { library } from './library.ts';
import { overview } from './overview.ts';
import { page } from './page.ts';
import { wholeProcess } from './process.ts';
import { random } from './random.ts';
import { threads } from './threads.ts';
import { types } from './types.ts';
import { comparison, wholeSpace } from './whole-space.ts';

/** All questions, in the order in which they are asked. */
export const QUESTIONS: readonly Question[] = [
  overview,
  entries,
  types,
  direct,
  random,
  wholeSpace,
  comparison,
  growth,
  batch,
  library,
  batchCompare,
  threads,
  wholeProcess,
  page,
];
