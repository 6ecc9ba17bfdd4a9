import { fork, type ChildProcess } from 'node:child_process';
import type { MirrorCommand, MirrorSetup } from '../child/mirror-runner.js';
import type { RunnerAnswer, RunnerCommand, RunnerSetup } from '../child/people-runner.js';

/** What a process may be asked. */
export type AnyCommand = RunnerCommand | MirrorCommand;

/** A process that runs the sync "people". */
export class RunnerProcess {
  readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Resolves when the process has heard a SIGTERM. */
  readonly stopping: Promise<void>;
  /** Queries of its runs, as far as they were told. */
  readonly queries = new Map<string, string>();
  readonly #answers: RunnerAnswer[] = [];
  #onChange: () => void = () => undefined;
  #hasEnded = false;

  /** @param program from `buildChild('test/child/people-runner.ts')`, or of another that obeys in the same way */
  constructor(program: string, setup: RunnerSetup | MirrorSetup) {
    this.child = fork(program, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.stopping = new Promise((resolve) => {
      this.child.on('message', (answer: RunnerAnswer) => {
        if (answer.is === 'stopping') {
          resolve();
          return;
        }
        if (answer.is === 'queried') {
          this.queries.set(answer.runId, answer.queryId);
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
  async ask(command: AnyCommand): Promise<RunnerAnswer | undefined> {
    if (!this.child.connected) return undefined;
    this.child.send(command, () => undefined);
    return this.#next();
  }

  /** Sends a command that has no answer. */
  tell(command: AnyCommand): void {
    if (this.child.connected) this.child.send(command, () => undefined);
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
