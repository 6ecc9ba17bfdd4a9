import type { JsonValue } from '../../mapping/message.js';
import { sqlTypeName } from '../../mapping/values/sql-type-name.js';
import { shownLine } from '../../options/shown-text.js';
import type { SyncPreview } from './preview-report.js';
import { bytesText, syncTimeText, textTable } from './text-table.js';

const show = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A preview as text for a terminal. */
export function previewText<M>(preview: Omit<SyncPreview<M>, 'toString'>): string {
  const { sync, lastSyncTime, columns, rows, rejections, warnings, notChecked, estimate } = preview;
  const parts = [
    `Preview of "${shownLine(sync)}", last_sync_time ${syncTimeText(lastSyncTime)}: nothing was sent or stored.`,
  ];
  const isTold = columns.some(({ becomes }) => becomes !== undefined);
  const types = columns.map(({ name, type, becomes }) => [
    name,
    sqlTypeName(type),
    becomes ?? (isTold ? 'not sent' : ''),
  ]);
  parts.push('Columns', textTable([['column', 'type', 'becomes'], ...types]));
  if (rows.length === 0) parts.push('There are no rows in this window.');
  else {
    parts.push('Rows', textTable([columns.map(({ name }) => name), ...rows.map(({ values }) => values.map(show))]));
    const messages = rows.flatMap(({ row, messages: made }) =>
      made.map((each) => shownLine(`  ${row}: ${JSON.stringify(each)}`)),
    );
    parts.push('Messages', messages.length === 0 ? '  none' : messages.join('\n'));
  }
  if (rejections.length > 0) {
    parts.push(
      'Rows that would be rejected',
      rejections
        .map(
          ({ code, reason, detail = reason, hint }) =>
            `  ${shownLine(`${code}: ${detail}`)}${hint === undefined ? '' : `\n    ${shownLine(hint)}`}`,
        )
        .join('\n'),
    );
  }
  if (warnings.length > 0) {
    parts.push(
      'Warnings',
      warnings
        .map(({ code, message, fix }) => `  ${shownLine(`${code}: ${message}`)}\n    ${shownLine(fix)}`)
        .join('\n'),
    );
  }
  if (notChecked.length > 0) parts.push('Not checked', notChecked.map((text) => `  ${shownLine(text)}`).join('\n'));
  const { rows: count, messages = 0, bytes = 0, batches = 0 } = estimate;
  if (count !== undefined) {
    parts.push(
      `The whole window: ${count} rows, about ${messages} messages, ${bytesText(bytes)}, ${batches} requests.`,
    );
  }
  return `${parts.join('\n')}\n`;
}
