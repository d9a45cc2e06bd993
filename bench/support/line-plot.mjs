import { figure } from './table.mjs';

const WIDTH = 760;
const LEFT = 78;
const RIGHT = 12;
const PANEL = 120;
const TITLE = 28;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .unit { fill: #57606a; }
  .line { fill: none; stroke: #2f6fbb; stroke-width: 1.3; }
  .frame { stroke: #8c959f; stroke-width: 0.7; }
  .before { fill: #8c959f; opacity: 0.15; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .unit { fill: #9aa4af; }
    .line { stroke: #5b9bea; }
  }`;

/**
 * An SVG of lines over time, one panel below the other, each from zero; what is before `from` lies in the shade.
 * @param {readonly {title: string, unit: string, points: readonly {seconds: number, value: number}[]}[]} panels
 */
export function linePlot(panels, { seconds, from }) {
  const height = panels.length * (PANEL + TITLE + 12) + 28;
  const x = (at) => round(LEFT + ((WIDTH - LEFT - RIGHT) * at) / seconds);
  const parts = panels.map((panel, at) => panelAt(8 + at * (PANEL + TITLE + 12), panel, x, from));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<style>${style}</style>`,
    ...parts,
    `<text class="unit" x="${WIDTH - RIGHT}" y="${height - 8}" text-anchor="end">${figure(seconds / 60)} minutes</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function panelAt(top, { title, unit, points }, x, from) {
  const known = points.filter(({ value }) => Number.isFinite(value));
  const most = Math.max(...known.map(({ value }) => value), Number.MIN_VALUE);
  const [high, low] = [top + TITLE, top + TITLE + PANEL];
  const y = (value) => round(low - (PANEL * value) / most);
  const path = known.map(({ seconds, value }) => `${x(seconds)},${y(value)}`).join(' ');
  return [
    `<text class="title" x="8" y="${top + 18}">${title}<tspan class="unit" dx="8">${unit}</tspan></text>`,
    `<rect class="before" x="${LEFT}" y="${high}" width="${round(x(from) - LEFT)}" height="${PANEL}"/>`,
    `<line class="frame" x1="${LEFT}" y1="${low}" x2="${WIDTH - RIGHT}" y2="${low}"/>`,
    `<text x="${LEFT - 8}" y="${high + 10}" text-anchor="end">${figure(most)}</text>`,
    `<text x="${LEFT - 8}" y="${low}" text-anchor="end">0</text>`,
    `<polyline class="line" points="${path}"/>`,
  ].join('\n');
}

const round = (value) => Math.round(value * 10) / 10;
