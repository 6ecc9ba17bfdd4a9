/** Whether a path is a key: none has a frame, line ends or so much base64. It must not stand in an error. */
export function isKeyText(path: string): boolean {
  return /-----BEGIN|[\r\n]|\\n|^[A-Za-z0-9+/=]{100,}$/.test(path);
}
