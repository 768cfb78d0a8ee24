import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { failureOf } from "./failure.ts";
import type { Flags } from "./options.ts";
import { type HelpLook, type Parsed, parseArguments } from "./program.ts";
import { columnsOf, wantsColor } from "./render/screen.ts";
import { runCommand, showFailure } from "./session.ts";
import { factsOf, STDERR, STDOUT } from "./streams.ts";

/** What omg-fast asks for, and nobody types. */
const RESOLVE = "__resolve";

async function main(argv: readonly string[]): Promise<number> {
  const program = dirname(fileURLToPath(import.meta.url));
  if (argv[0] === RESOLVE) return resolveFolder(program);
  if (argv[0] === "exec" || argv[0] === "run") {
    const { passingOf, runPassing } = await import("./passing.ts");
    const passing = passingOf(argv, program);
    if (passing !== undefined) return runPassing(passing);
  }
  const facts = factsOf(STDOUT, process.env);
  const look: HelpLook = { columns: Math.min(columnsOf(facts), 120), color: (choice) => wantsColor(choice, facts) };
  let parsed: Parsed;
  try {
    parsed = parseArguments(argv, manifest.version, look);
  } catch (thrown) {
    return showFailure(failureOf(thrown), { json: argv.includes("--json") });
  }
  if (parsed.type === "run") return runParsed(parsed, program);
  STDOUT.write(parsed.text);
  return 0;
}

async function runParsed(parsed: Extract<Parsed, { type: "run" }>, program: string): Promise<number> {
  const { action } = parsed.command;
  if (action !== "exec" && (action !== "run" || parsed.flags.list === true)) return runCommand({ ...parsed, program });
  const { runPassing } = await import("./passing.ts");
  return runPassing({ ...parsed, action, program });
}

async function resolveFolder(program: string): Promise<number> {
  try {
    return await (await import("./resolve.ts")).resolveForFast(program);
  } catch (thrown) {
    return showFailure(failureOf(thrown), {});
  }
}

/** A fault that no code waits for must not end without a word. */
async function endWith(thrown: unknown, flags: Pick<Flags, "json">): Promise<never> {
  const exit = await showFailure(failureOf(thrown), flags);
  process.exit(exit);
}

const argv = process.argv.slice(2);
process.on("uncaughtException", (error) => void endWith(error, { json: argv.includes("--json") }));
// Where nothing is waited for any more before the end, that is a fault, and must not look like success.
process.on("beforeExit", () => {
  STDERR.write("omg: stopped before it was done. This is a bug in omg: please report it.\n");
  process.exit(1);
});
void main(argv).then(async (exit) => {
  await Promise.all([STDOUT.flushed(), STDERR.flushed()]);
  process.exit(sayIfUnwritten(exit));
});

/** An answer that nobody could read must not look like success; what was done is done all the same. */
function sayIfUnwritten(exit: number): number {
  const error = STDOUT.failure();
  if (error === undefined) return exit;
  const ended = exit === 0 ? "The command itself did all that it was asked." : `The command itself ended with ${exit}.`;
  STDERR.write(
    `omg: The output could not be written: ${error.message}.\nNow:  ${ended}\nNext: Make room where the output goes, and look again, with \`omg check\`.\n`,
  );
  return exit === 0 ? 1 : exit;
}
