/** What is wrong with a machine, as `eptsweep check` finds it. */
import { assumedSentences, checkReport } from '../../src/answer/index.ts';
import type { Evaluator } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { checkJson, type JsonObject } from '../../src/write/index.ts';
import type { OpenMachine } from './machine.ts';
import type { Documented, Questions } from './protocol.ts';

/** What `check` finds. */
export function checked(
  evaluator: Evaluator,
  machine: OpenMachine,
  ask: Questions['check']['ask'],
): Documented {
  const policy = ask.policy === undefined ? undefined : policyFromText(ask.policy);
  const { opened } = machine;
  const report = checkReport(opened, evaluator, { file: opened.vm.name, policy });
  return { document: checkJson(report) as unknown as JsonObject, said: assumedSentences([policy]) };
}
