/** Before tests that start the program or the built library: dist/ is that of the sources in the tree. */
import { build } from './build.mjs';

export default async function setup() {
  await build({ quick: true });
}
