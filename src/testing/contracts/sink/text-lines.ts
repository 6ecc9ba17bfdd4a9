import { held, same } from '../rule.js';
import { shown } from '../shown.js';
import { arrived, opened, takes } from './call-sink.js';
import type { SinkLines } from './sink-lines.js';

/** The texts of messages that the engine has made already. */
export function textLines<M>({ checkIf, message, messages }: SinkLines<M>): void {
  checkIf('serialize', 'gives one text per message from serialize, each time the same', ({ sink }, serialize) => {
    const textOf = (number: number): unknown => serialize.call(sink, message(number));
    const [first, again, other] = [textOf(1), textOf(1), textOf(2)];
    held(typeof first === 'string' && first.length > 0, `serialize gave ${shown(first)}`);
    held(again === first, `serialize gave ${shown(first)} and then ${shown(again)} for the same message`);
    held(other !== first, `serialize gave ${shown(first)} for two different messages`);
  });

  checkIf(
    'serialize',
    'delivers the same with the texts from serialize as without',
    async ({ sink, received }, serialize) => {
      await opened(sink);
      const batch = messages(3);
      const serialized = batch.map((value) => serialize.call(sink, value));
      await takes(sink, batch, { serialized });
      await arrived(received, messages(3));
    },
  );

  checkIf(
    'serialize.plainFor',
    'delivers the same from the text of a whole batch as without',
    async ({ sink, received }) => {
      await opened(sink);
      const batch = messages(3);
      const text = batch.map((one) => JSON.stringify(one)).join(',');
      const json = new Uint8Array(new TextEncoder().encode(text));
      await takes(sink, batch, { json });
      await arrived(received, messages(3));
      same(new TextDecoder().decode(json), text, 'after the write context.json was');
    },
  );
}
