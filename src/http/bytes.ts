/**
 * Bytes in a buffer that no other thread shares, as `fetch` takes them: `Uint8Array<ArrayBuffer>`, written so that
 * TypeScript before 5.7, where `Uint8Array` takes no type, reads it too.
 */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;
