// What a command prints is its result: one that could not be written is no success.

/** Watches from now on. What is returned resolves once all is out, with why it is not; a reader that left (`| head`) is no error. */
export function watchOutput(): () => Promise<Error | undefined> {
  let unwritten: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') unwritten ??= error;
  });
  return async () => {
    await new Promise((written) => process.stdout.write('', written));
    return unwritten;
  };
}
