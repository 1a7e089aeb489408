/** Plain SVG: bars, and lines on logarithmic axes. */

const WIDTH = 640;
const LEFT = 150;
const FONT = 'font-family="sans-serif" font-size="13"';
const COLOURS = ['#2a6fbb', '#c8553d', '#4f8a4c'];

function svg(height: number, title: string, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="24" ${FONT} font-weight="bold">${title}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Horizontal bars, logarithmic: a decade is as long everywhere. */
export function barPlot(title: string, unit: string, bars: readonly (readonly [string, number])[]): string {
  const decades = bars.map(([, value]) => Math.log10(Math.max(value, 1e-9)));
  const low = Math.floor(Math.min(...decades)) - 0.3;
  const high = Math.max(...decades);
  const room = WIDTH - LEFT - 130;
  const body = bars.flatMap(([name, value], index) => {
    const y = 44 + index * 26;
    const width = Math.max(1, ((Math.log10(Math.max(value, 1e-9)) - low) / (high - low)) * room);
    const text = Number(value.toPrecision(3)).toLocaleString('en');
    return [
      `<text x="${LEFT - 8}" y="${y + 14}" ${FONT} text-anchor="end">${name}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="18" fill="${COLOURS[0]}"/>`,
      `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 14}" ${FONT}>${text} ${unit}</text>`,
    ];
  });
  return svg(56 + bars.length * 26, title, body);
}

/** One line of a plot. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Lines over a linear x and a y that starts at 0. */
export function linePlot(title: string, xTitle: string, yTitle: string, lines: readonly Line[]): string {
  const [height, top, bottom, left, right] = [320, 48, 52, 70, 24];
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const [xLow, xHigh] = [Math.min(...xs), Math.max(...xs)];
  const yHigh = Math.max(...points.map(([, y]) => y)) * 1.1;
  const px = (x: number): string =>
    (left + ((x - xLow) / (xHigh - xLow)) * (WIDTH - left - right)).toFixed(1);
  const py = (y: number): string => (height - bottom - (y / yHigh) * (height - top - bottom)).toFixed(1);
  const body = [
    `<path d="M${px(xLow)},${py(yHigh)} V${py(0)} H${px(xHigh)}" fill="none" stroke="#888888"/>`,
    ...[...new Set(xs)].map(
      (x) => `<text x="${px(x)}" y="${height - bottom + 18}" ${FONT} text-anchor="middle">${x}</text>`,
    ),
    ...[0, 0.5, 1].map((share) => {
      const value = (yHigh / 1.1) * share;
      return `<text x="${left - 8}" y="${Number(py(value)) + 4}" ${FONT} text-anchor="end">${Number(value.toPrecision(2))}</text>`;
    }),
    `<text x="${WIDTH / 2}" y="${height - 12}" ${FONT} text-anchor="middle">${xTitle}</text>`,
    `<text x="16" y="${top - 8}" ${FONT}>${yTitle}</text>`,
    ...lines.flatMap(({ name, points: each }, index) => [
      `<polyline points="${each.map(([x, y]) => `${px(x)},${py(y)}`).join(' ')}" fill="none" stroke="${COLOURS[index]}" stroke-width="2"/>`,
      ...each.map(([x, y]) => `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="${COLOURS[index]}"/>`),
      `<text x="${WIDTH - right}" y="${top - 8 + index * 18}" ${FONT} text-anchor="end" fill="${COLOURS[index]}">${name}</text>`,
    ]),
  ];
  return svg(height, title, body);
}
