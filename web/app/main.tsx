/** The page's program. */
import { render } from 'preact';

render(<main>eptsweep</main>, document.getElementById('page')!);
