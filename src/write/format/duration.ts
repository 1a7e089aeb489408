/** Times and rates in words. */

/** `1:02:03` or `02:03`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? minutes : `${Math.floor(whole / 3600)}:${minutes}`;
}

/** `812 M`, `1.2 G`. */
export function rateText(perSecond: number): string {
  const [value, unit] = perSecond >= 1e9 ? [perSecond / 1e9, ' G'] : [perSecond / 1e6, ' M'];
  return `${value.toFixed(value < 100 ? 1 : 0)}${unit}`;
}
