/** Whether a URL leads to this machine, where nobody in between can read what `http:` sends in the clear. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
