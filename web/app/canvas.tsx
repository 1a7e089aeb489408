/** A canvas as wide as its place, painted anew when something changes, at most once a frame. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CanvasPainter } from '../draw/canvas-painter.ts';
import type { Painter } from '../draw/painter.ts';

/** The width that an element has, in CSS pixels. */
export function useWidth(): readonly [ref: { current: HTMLDivElement | null }, width: number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** A point of a canvas, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where an event happened on the element that listens. */
export function pointOf(event: MouseEvent): Point {
  const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

interface CanvasProps {
  readonly width: number;
  readonly height: number;
  readonly paint: (painter: Painter) => void;
}

/** What is painted; whoever shows it says in words what it shows. */
export function Canvas({ width, height, paint }: CanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const painter = useRef<CanvasPainter | undefined>(undefined);
  const density = globalThis.devicePixelRatio || 1;
  useLayoutEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    // Not empty: patterns cannot be made for a canvas that is.
    canvas.width = Math.max(1, Math.round(width * density));
    canvas.height = Math.max(1, Math.round(height * density));
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(density, density);
    painter.current = new CanvasPainter(context, density);
    paint(painter.current);
  }, [width, height, density]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => painter.current && paint(painter.current));
    return () => cancelAnimationFrame(frame);
  }, [paint]);
  return <canvas ref={ref} style={{ width: `${width}px`, height: `${height}px` }} />;
}
