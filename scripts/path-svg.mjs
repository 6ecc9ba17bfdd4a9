// Writes docs/path.svg, the picture in README.md: `node scripts/path-svg.mjs`.
import { writeFileSync } from 'node:fs';

const BOX = { width: 150, height: 64, gap: 34, top: 20 };
const steps = [
  ['Snowflake', 'your query'],
  ['Source', 'reads rows'],
  ['RowMapper', 'row → messages'],
  ['Sink', 'sends batches'],
  ['Customer.io', 'or any other'],
];
const x = (index) => 10 + index * (BOX.width + BOX.gap);
const middle = BOX.top + BOX.height / 2;
const width = x(steps.length - 1) + BOX.width + 10;

const box = ([title, what], index) => {
  const isYours = index > 0 && index < steps.length - 1;
  const at = x(index);
  return `<rect class="${isYours ? 'part' : 'end'}" x="${at}" y="${BOX.top}" width="${BOX.width}" height="${BOX.height}" rx="8"/>
<text class="title" x="${at + BOX.width / 2}" y="${middle - 4}">${title}</text>
<text x="${at + BOX.width / 2}" y="${middle + 17}">${what}</text>`;
};
const arrow = (_, index) => {
  const from = x(index) + BOX.width;
  return `<path class="arrow" d="M${from + 5} ${middle}h${BOX.gap - 12}m-6 -5l6 5l-6 5"/>`;
};
const state = `<rect class="part" x="${x(1)}" y="136" width="${x(3) + BOX.width - x(1)}" height="48" rx="8"/>
<text x="${(x(1) + x(3) + BOX.width) / 2}" y="165"><tspan class="title">Sync</tspan>: one run at a time, a checkpoint in the StateStore, last_sync_time moves last</text>
<path class="arrow" d="M${x(2) + BOX.width / 2} 134v-44m-5 6l5 -6l5 6"/>`;

writeFileSync(
  new URL('../docs/path.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 200" role="img" aria-label="Rows go from Snowflake through source, mapper and sink to the destination; a sync keeps how far they are">
<style>text{font:13px system-ui,sans-serif;text-anchor:middle;fill:#1f2328}.title{font-weight:600}rect{stroke:#d1d9e0}.end{fill:#f6f8fa}.part{fill:#e6f3f5;stroke:#1f7a8c}.arrow{fill:none;stroke:#59636e;stroke-width:1.6}</style>
<rect x="0" y="0" width="${width}" height="200" fill="#fff" stroke="none"/>
${[...steps.map(box), ...steps.slice(1).map(arrow), state].join('\n')}
</svg>
`,
);
