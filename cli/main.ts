import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { end } from "./ending.ts";
import { failureOf } from "./failure.ts";
import type { Flags } from "./options.ts";
import { type HelpLook, type Parsed, parseArguments } from "./program.ts";
import { columnsOf, wantsColor } from "./render/screen.ts";
import { runCommand, type Start, showFailure } from "./session.ts";
import { questionOf } from "./standing/question.ts";
import { factsOf, STDERR, STDOUT } from "./streams.ts";

/** What omg-fast asks for, and nobody types. */
const RESOLVE = "__resolve";
/** What omgd starts, and nobody types. */
const PREPARE = "__prepare";

async function main(argv: readonly string[]): Promise<number> {
  const program = dirname(fileURLToPath(import.meta.url));
  const question = questionOf(argv, program);
  if (question === undefined) return answer(argv, program);
  // Loaded before anything that is watched.
  const { answerAndKeep } = await import("../app/standing/keep.ts");
  return answerAndKeep(question, (keep) => answer(argv, program, keep));
}

async function answer(argv: readonly string[], program: string, keep?: Start["keep"]): Promise<number> {
  if (argv[0] === RESOLVE) return helped(argv, async () => (await import("./resolve.ts")).resolveForFast(program));
  if (argv[0] === PREPARE)
    return helped(argv, async () => (await import("./prepare.ts")).prepareForDaemon(program, argv[1]));
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
  if (parsed.type === "run") return runParsed(parsed, { program, ...(keep === undefined ? {} : { keep }) });
  STDOUT.write(parsed.text);
  return 0;
}

async function runParsed(
  parsed: Extract<Parsed, { type: "run" }>,
  start: Pick<Start, "program" | "keep">,
): Promise<number> {
  const { action } = parsed.command;
  if (action !== "exec" && (action !== "run" || parsed.flags.list === true)) return runCommand({ ...parsed, ...start });
  const { runPassing } = await import("./passing.ts");
  return runPassing({ ...parsed, action, program: start.program });
}

/** Has something done for another program of omg's. */
async function helped(argv: readonly string[], work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (thrown) {
    return showFailure(failureOf(thrown), { json: argv.includes("--json") });
  }
}

/** A fault that no code waits for must not end without a word. */
async function endWith(thrown: unknown, flags: Pick<Flags, "json">): Promise<never> {
  const exit = await showFailure(failureOf(thrown), flags);
  process.exit(exit);
}

const argv = process.argv.slice(2);
// Once: what keeps this from being said must not be said by the same means.
process.once("uncaughtException", (error) => void endWith(error, { json: argv.includes("--json") }));
// Where nothing is waited for any more before the end, that is a fault, and must not look like success.
process.on("beforeExit", () => {
  STDERR.write("omg: stopped before it was done. This is a bug in omg: please report it.\n");
  process.exit(1);
});
void main(argv).then(end);
