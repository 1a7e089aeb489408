/** Which dialog is open. */
import { signal } from '@preact/signals';

/** The help is shown. */
export const isHelpOpen = signal(false);

/** The link is shown. */
export const isLinkOpen = signal(false);
