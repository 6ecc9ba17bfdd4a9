// Calls the handler as Lambda would, with fifteen minutes left.
import { handler, shop } from './handler.js';

try {
  console.log(await handler({}, { getRemainingTimeInMillis: () => 900_000 }));
} finally {
  await shop.close();
}
