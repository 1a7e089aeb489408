/** How a picture is laid out. */
import type { Scale } from './space-scale.ts';

/** What `--scale` and `--width` say. */
export interface PictureOptions {
  readonly scale: Scale;
  /** Units that the picture is wide. */
  readonly width: number;
}
