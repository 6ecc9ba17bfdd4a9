import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorFault } from './collector-fault.js';

/** Lets a planned fault strike one request. */
export async function answerFault(fault: CollectorFault, response: ServerResponse, accept: () => void): Promise<void> {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter });
      response.end(fault.body ?? '');
      return;
    case 'status-after-accept':
      accept();
      response.writeHead(fault.status).end();
      return;
    case 'reset':
      if (fault.accept === true) accept();
      response.socket?.resetAndDestroy();
      return;
    case 'reset-mid-response':
      accept();
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"', () => response.socket?.resetAndDestroy());
      return;
    case 'slow':
      await sleep(fault.delayMs);
      accept();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      return;
    case 'hang':
      return;
    case 'refuse-messages':
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ meta: { errors: ['refused as planned'] } }));
      return;
  }
  fault satisfies never;
}
