import { eachMessage, textPerMessage } from './per-message.js';
import type { Rejection, WriteContext } from './sink.js';

/** The texts of a batch, and which of its messages have none: those are rejected, and their texts are empty. */
export interface BatchTexts {
  readonly texts: readonly string[];
  readonly refused: readonly Rejection[];
}

/** The texts that the engine has made, or else those of a sink's `serialize`. */
export function textsOf<M>(
  batch: readonly M[],
  { serialized }: Pick<WriteContext, 'serialized'>,
  sink: { readonly name: string; readonly serialize: (message: M) => string },
): BatchTexts {
  if (serialized !== undefined) return { texts: serialized, refused: [] };
  const what = `\`serialize\` of the sink "${sink.name}"`;
  const { places, values, rejected } = eachMessage(batch, (message) =>
    textPerMessage(what, () => sink.serialize(message)),
  );
  if (rejected.length === 0) return { texts: values, refused: [] };
  const texts = batch.map(() => '');
  for (const [at, place] of places.entries()) texts[place] = values[at] as string;
  return { texts, refused: rejected };
}
