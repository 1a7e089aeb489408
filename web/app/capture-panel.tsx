/** How to collect a better dump. */
import { Recipes } from './recipes.tsx';

/** The recipes, unfolded. */
export function CapturePanel() {
  return <Recipes isOpen />;
}
