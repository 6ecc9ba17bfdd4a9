import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A program that answers each command with one message. */
export class StoppedProcess<Command, Answer> {
  readonly child: ChildProcess;
  readonly #answers: Answer[] = [];
  #hasEnded = false;
  #onChange: () => void = () => undefined;
  readonly #ended: Promise<void>;

  constructor(program: string, args: readonly string[] = [], execArgv: readonly string[] = []) {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    this.child = fork(program, args, { stdio: [...stdio], execArgv: [...execArgv] });
    this.child.on('message', (answer: Answer) => {
      this.#answers.push(answer);
      this.#onChange();
    });
    this.#ended = new Promise((resolve) => {
      this.child.on('exit', () => {
        this.#hasEnded = true;
        this.#onChange();
        resolve();
      });
    });
  }

  send(command: Command & object): void {
    this.child.send(command);
  }

  async next(): Promise<Answer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      if (this.#hasEnded) throw new Error('the process has ended');
      await new Promise<void>((resolve) => (this.#onChange = resolve));
    }
  }

  async ask(command: Command & object): Promise<Answer> {
    this.send(command);
    return this.next();
  }

  /** Stops it, and waits until the kernel has. */
  async stop(): Promise<void> {
    this.child.kill('SIGSTOP');
    const state = (): string | undefined => {
      const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2)[0];
    };
    // proc_pid_stat(5), field 3.
    await expect.poll(state, { interval: 5 }).toBe('T');
  }

  goOn(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}
