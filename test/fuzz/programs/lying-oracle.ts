/** A program that speaks the oracle protocol and is wrong in one way: `lying-oracle.ts LIE`. */
import { serve } from '../../../src/oracle/index.ts';
import { type LieName, lyingEngine } from '../lying-engine.ts';

for await (const answers of serve(lyingEngine(process.argv[2] as LieName), process.stdin)) {
  process.stdout.write(answers);
}
