/** A horizontal bar chart on a logarithmic scale, readable on light and dark pages and without the picture. */

const LABEL_WIDTH = 190;
const BAR_WIDTH = 380;
const VALUE_WIDTH = 90;
const ROW = 26;
const TOP = 44;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** @returns SVG; values of 1 or more */
export function barsSvg(
  title: string,
  bars: readonly { readonly label: string; readonly value: number; readonly text: string }[],
): string {
  const most = Math.log2(Math.max(2, ...bars.map((bar) => bar.value)));
  const width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
  const height = TOP + bars.length * ROW + 10;
  const rows = bars.map(({ label, value, text }, i) => {
    const y = TOP + i * ROW;
    const length = Math.max(2, Math.round((Math.log2(value + 1) / most) * BAR_WIDTH));
    return [
      `<text class="ink" x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="bar" x="${LABEL_WIDTH}" y="${y + 3}" width="${length}" height="${ROW - 10}"/>`,
      `<text class="ink" x="${LABEL_WIDTH + length + 6}" y="${y + 15}">${escaped(text)}</text>`,
    ].join('\n');
  });
  const description = bars.map(({ label, text }) => `${label} ${text}`).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(description)}; bars on a logarithmic scale</desc>
<style>
text { font: 13px system-ui, sans-serif }
.ink { fill: #1a1a1a } .bar { fill: #b3451c }
@media (prefers-color-scheme: dark) { .ink { fill: #e8e8e8 } .bar { fill: #f08a5d } }
</style>
<text class="ink" x="8" y="22" font-weight="bold">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}
