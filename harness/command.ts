// A command of the kit.

export interface HarnessCommand {
  // One line for the list of commands.
  readonly summary: string;
  // The words after the command's name; resolves with the exit code.
  run(words: readonly string[]): Promise<number>;
}
