import { figure } from './table.mjs';

const WIDTH = 760;
const LABELS = 260;
const BARS = 380;
const ROW = 26;
const TITLE = 44;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .unit { fill: #57606a; }
  .bar { fill: #2f6fbb; }
  .bar.marked { fill: #c2571a; }
  .range { stroke: #24292f; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .unit { fill: #9aa4af; }
    .bar { fill: #5b9bea; }
    .bar.marked { fill: #e8834a; }
    .range { stroke: #e6edf3; }
  }`;

/**
 * An SVG of horizontal bars, one panel below the other, legible on light and on dark ground.
 * @param {readonly {title: string, unit: string, bars: readonly {label: string, value: number, low?: number, high?: number, marked?: boolean}[]}[]} panels
 */
export function barPlot(panels) {
  const parts = [];
  let top = 8;
  for (const panel of panels) {
    parts.push(panelAt(top, panel));
    top += TITLE + panel.bars.length * ROW + 12;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">`,
    `<style>${style}</style>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function panelAt(top, { title, unit, bars }) {
  const most = Math.max(...bars.map(({ value, high = value }) => Math.max(value, high)), Number.MIN_VALUE);
  const scale = (value) => Math.round((10 * BARS * Math.max(0, value)) / most) / 10;
  return [
    `<text class="title" x="8" y="${top + 20}">${escaped(title)}<tspan class="unit" dx="8">${escaped(unit)}</tspan></text>`,
    ...bars.map((bar, at) => barAt(top + TITLE - 8 + at * ROW, bar, scale)),
  ].join('\n');
}

function barAt(top, { label, value, low, high, marked }, scale) {
  const middle = top + 9;
  const end = LABELS + scale(high ?? value) + 8;
  const range =
    low === undefined
      ? ''
      : `<line class="range" x1="${LABELS + scale(low)}" y1="${middle}" x2="${LABELS + scale(high)}" y2="${middle}"/>`;
  return [
    `<text x="${LABELS - 8}" y="${top + 14}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="bar${marked ? ' marked' : ''}" x="${LABELS}" y="${top}" width="${scale(value)}" height="18" rx="2"/>`,
    range,
    `<text x="${end}" y="${top + 14}">${figure(value)}</text>`,
  ].join('');
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
