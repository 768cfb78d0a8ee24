import { STDERR, STDOUT } from "./streams.ts";

/** Ends the process once everything is written. An answer that nobody could read must not look like success; what was done is done all the same. */
export async function end(exit: number): Promise<never> {
  await Promise.all([STDOUT.flushed(), STDERR.flushed()]);
  process.exit(sayIfUnwritten(exit));
}

function sayIfUnwritten(exit: number): number {
  const error = STDOUT.failure();
  if (error === undefined) return exit;
  const ended = exit === 0 ? "The command itself did all that it was asked." : `The command itself ended with ${exit}.`;
  STDERR.write(
    `omg: The output could not be written: ${error.message}.\nNow:  ${ended}\nNext: Make room where the output goes, and look again, with \`omg check\`.\n`,
  );
  return exit === 0 ? 1 : exit;
}
