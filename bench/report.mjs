const whole = (value) => Math.round(value).toLocaleString('en-US');

/** The Markdown of one run of the benchmark. */
export function table(held, verdicts, costs, machine) {
  const lines = [`One run of \`npm run bench\` on ${machine}. Medians, with the lowest and highest run.`, ''];
  for (const group of held) {
    const base = group.results.find((result) => result.file === 'driver-alone.mjs' && !result.temporalAsText);
    lines.push(
      `### ${group.title}`,
      '',
      '| | rows | rows/s | lowest – highest | × driver alone | CPU s per million rows | peak RSS MB |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    );
    for (const result of group.results) {
      const cells = [
        result.label,
        whole(result.rows),
        whole(result.rate),
        `${whole(result.low)} – ${whole(result.high)}`,
        base === undefined ? '' : (result.rate / base.rate).toFixed(2),
        ((result.cpu / result.rows) * 1e6).toFixed(1),
        whole(result.rss),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
    lines.push('');
  }
  lines.push('### Before the first row', '', '| | |', '| --- | ---: |');
  for (const [what, cost] of costs) lines.push(`| ${what} | ${cost} |`);
  lines.push('', '### Promises', '', '| | promised | measured | |', '| --- | ---: | ---: | --- |');
  for (const { text, bound, value, kept } of verdicts) {
    lines.push(`| ${text} | ${bound} | ${value.toFixed(2)} | ${kept ? 'kept' : 'MISSED'} |`);
  }
  return lines.join('\n');
}

/** A bar chart of the main contest's rates. */
export function chart(results) {
  const shown = results
    .filter((result) => ['sql-api', 'snowflake', 'driver', 'segment', 'cdp'].includes(result.id))
    .sort((a, b) => b.rate - a.rate);
  const highest = Math.max(...shown.map((result) => result.rate));
  const bars = shown.map((result, index) => {
    const y = 56 + index * 38;
    const width = Math.max(2, (result.rate / highest) * 400);
    const fill = result.label.startsWith('snowmelt') ? '#1f7a8c' : '#b0b7bf';
    return [
      `<text x="290" y="${y + 17}" text-anchor="end">${result.label}</text>`,
      `<rect x="300" y="${y}" width="${width.toFixed(1)}" height="24" rx="3" fill="${fill}"/>`,
      `<text x="${(306 + width).toFixed(1)}" y="${y + 17}">${whole(result.rate)}</text>`,
    ].join('');
  });
  const height = 76 + shown.length * 38;
  const title = 'Rows per second to Customer.io, 10 columns (driver alone: read, thrown away)';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${height}" width="800" height="${height}" font-family="system-ui, sans-serif" font-size="14" fill="#24292f"><title>${title}</title><rect width="800" height="${height}" fill="#ffffff"/><text x="20" y="32" font-size="17" font-weight="600">${title}</text>${bars.join('')}</svg>\n`;
}
