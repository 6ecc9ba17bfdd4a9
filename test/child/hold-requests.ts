// Loaded before a program (`node --import`): from a chosen one on, its requests with messages of one type are on their way
// for ever, so that a test finds the program in the middle of its work, however fast or slow the machine is.
const [type = '', count = ''] = (process.env['HOLD_REQUESTS'] ?? '').split(' after ');
const { fetch: send } = globalThis;
let seen = 0;

const text = (body: unknown): string => (body instanceof Uint8Array ? Buffer.from(body).toString() : String(body));

globalThis.fetch = async (input, init) => {
  if (!text(init?.body).includes(`"type":"${type}"`)) return send(input, init);
  seen += 1;
  if (seen <= Number(count)) return send(input, init);
  process.stderr.write('held\n');
  const signal = init?.signal;
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
};
