import { fork, type ChildProcess } from 'node:child_process';
import type { RunnerAnswer, RunnerCommand, RunnerSetup } from '../child/people-runner.js';

/** A process that runs the sync "people". */
export class RunnerProcess {
  readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Resolves when the process has heard a SIGTERM. */
  readonly stopping: Promise<void>;
  readonly #answers: RunnerAnswer[] = [];
  #onChange: () => void = () => undefined;
  #hasEnded = false;

  /** @param program from `buildChild('test/child/people-runner.ts')` */
  constructor(program: string, setup: RunnerSetup) {
    this.child = fork(program, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.stopping = new Promise((resolve) => {
      this.child.on('message', (answer: RunnerAnswer) => {
        if (answer.is === 'stopping') {
          resolve();
          return;
        }
        this.#answers.push(answer);
        this.#onChange();
      });
    });
    this.ended = new Promise((resolve) => {
      this.child.on('exit', () => {
        this.#hasEnded = true;
        this.#onChange();
        resolve();
      });
    });
  }

  /** Resolves when the program has loaded. */
  async ready(): Promise<this> {
    const answer = await this.#next();
    if (answer?.is !== 'ready') throw new Error('the runner did not start');
    return this;
  }

  /** One command and its answer; `undefined` when the process ended before. */
  async ask(command: RunnerCommand): Promise<RunnerAnswer | undefined> {
    if (!this.child.connected) return undefined;
    this.child.send(command, () => undefined);
    return this.#next();
  }

  /** Kills the process as the kernel does: nothing of it runs any more. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async #next(): Promise<RunnerAnswer | undefined> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined || this.#hasEnded) return answer;
      await new Promise<void>((resolve) => (this.#onChange = resolve));
    }
  }
}
