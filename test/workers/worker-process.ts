import { fork, type ChildProcess } from 'node:child_process';
import type { QueueWorkerNews, QueueWorkerSetup } from '../child/queue-worker.js';

/** A process that works on the jobs of a queue. */
export class WorkerProcess {
  readonly child: ChildProcess;
  readonly news: QueueWorkerNews[] = [];
  /** Resolves when the process has ended, with its exit code. */
  readonly ended: Promise<number | null>;
  hasEnded = false;
  readonly #waiting = new Set<() => void>();

  /** @param program from `buildChild('test/child/queue-worker.ts')` */
  constructor(program: string, setup: QueueWorkerSetup) {
    this.child = fork(program, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child.on('message', (news: QueueWorkerNews) => {
      this.news.push(news);
      for (const look of this.#waiting) look();
    });
    this.ended = new Promise((resolve) => {
      this.child.on('exit', (code) => {
        this.hasEnded = true;
        for (const look of this.#waiting) look();
        resolve(code);
      });
    });
  }

  /** Resolves when the process has told this so many times, or has ended. */
  async told(is: QueueWorkerNews['is'], times = 1): Promise<void> {
    const isTold = (): boolean => this.hasEnded || this.news.filter((each) => each.is === is).length >= times;
    while (!isTold()) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** Kills the process as the kernel does: nothing of it runs any more. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
