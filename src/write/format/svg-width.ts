/** Widths that a picture can be laid out for, in its own units. */
export const PICTURE_WIDTHS = { least: 320, most: 4000, default: 720 } as const;
