/** What colours, patterns and marks mean: those that are on a picture. */
import { useCallback, useState } from 'preact/hooks';
import { type LegendItem, paintLegend } from '../draw/legend.ts';
import type { Painter } from '../draw/painter.ts';
import { Canvas, useWidth } from './canvas.tsx';
import { theme } from './theme.ts';

/** The legend below a picture. */
export function Legend({ items }: { readonly items: readonly LegendItem[] }) {
  const [place, width] = useWidth();
  const [height, setHeight] = useState(24);
  const colours = theme.value;
  const paint = useCallback(
    (painter: Painter) => {
      painter.box({ x: 0, y: 0, width, height }, { fill: colours.paper });
      setHeight(paintLegend(painter, colours, items, { x: 12, y: 0, width: width - 24 }));
    },
    [colours, width, height, items.join()],
  );
  return (
    <div ref={place} class="legend" role="img" aria-label={`Legend: ${items.join(', ')}`}>
      {width > 0 && <Canvas width={width} height={height} paint={paint} />}
    </div>
  );
}
