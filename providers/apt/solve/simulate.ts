import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../host/run.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import { stanzaOf } from "../act/one-shot.ts";
import type { AptConfig } from "../machine/config.ts";
import { qualified } from "../names.ts";
import { withScratch } from "./scratch.ts";
import { type Move, parseExplanation, parseMoves } from "./solver-output.ts";

/** What apt's solver is asked for. Names and versions must be ones that an index or the extra artifacts have. */
export interface SolverQuestion {
  readonly install: readonly { readonly name: string; readonly version: string }[];
  /** Whether a package that is there in the very version is installed again. */
  readonly reinstall: boolean;
  readonly remove: readonly string[];
  /** Everything asked for is pinned, and so is what goes with it: nothing comes along because it is merely recommended. */
  readonly pinned?: boolean;
  /** Packages that no index lists any more, and the store still holds. */
  readonly extra: readonly Artifact[];
}

export type SolverAnswer =
  | { readonly solved: true; readonly moves: readonly Move[] }
  /** In apt's own words, one reason a line. */
  | { readonly solved: false; readonly explanation: readonly string[] };

/**
 * Everything is allowed here, so that apt says what it would have to do; whether that may be done is decided afterwards. A
 * simulation changes nothing and takes no lock.
 */
const FLAGS = [
  "-q",
  "--simulate",
  "--yes",
  "--allow-downgrades",
  "--allow-change-held-packages",
  "--allow-remove-essential",
  "-oAPT::Get::AutomaticRemove=false",
  "-oAPT::Get::Purge=false",
  "-oAPT::Get::Show-User-Simulation-Note=false",
  // What apt asks its planner it would also pack with xz and leave in the system's log folder (eipp.log.xz): a fifth of its time.
  "-oDir::Log::Planner=",
  // Otherwise the machine's id would decide (apt_preferences(5), "Phased updates"); omg does, and on every machine alike.
  "-oAPT::Get::Never-Include-Phased-Updates=false",
  "-oAPT::Get::Always-Include-Phased-Updates=true",
];

const NO_WISHES = ["-oAPT::Install-Recommends=false", "-oAPT::Install-Suggests=false"];

/** apt-get's exit code for everything that it refuses, impossible requests included (apt-get(8), "Diagnostics"). */
const REFUSED = 100;

/**
 * One run of the real solver. `scratch` is a folder for files of the run. Errors: OmgError `solver-failed` when apt did not
 * answer; `program-missing`.
 */
export async function simulate(config: AptConfig, question: SolverQuestion, scratch: string): Promise<SolverAnswer> {
  return withExtraSource(question.extra, scratch, async (source) => {
    const reinstall = question.reinstall ? ["--reinstall"] : [];
    const wishes = question.pinned === true ? NO_WISHES : [];
    const args = [...FLAGS, ...wishes, ...source, ...reinstall, "install", ...wordsOf(question)];
    const { code, stdout, stderr } = await run("/usr/bin/apt-get", args, { env: config.env });
    if (code === 0) return { solved: true, moves: parseMoves(stdout) };
    const explanation = parseExplanation(stdout, stderr);
    if (code === REFUSED && explanation.length > 0) return { solved: false, explanation };
    throw new OmgError({
      code: "solver-failed",
      exit: "error",
      message: `apt could not work out the changes: apt-get ended with ${code ?? "a signal"}.`,
      state: "Nothing was changed.",
      hint: "Run `apt-get check` to see what is wrong with apt's own state.",
      details: stderr.split("\n").filter((line) => line !== ""),
    });
  });
}

function wordsOf({ install, remove }: SolverQuestion): string[] {
  return [
    ...install.map(({ name, version }) => `${qualified(name)}=${version}`),
    ...remove.map((name) => `${qualified(name)}-`),
  ];
}

/** apt-get(8), `--with-source`: a Packages file that counts as a source of this one run. */
async function withExtraSource<T>(
  extra: readonly Artifact[],
  scratch: string,
  use: (args: readonly string[]) => Promise<T>,
): Promise<T> {
  if (extra.length === 0) return use([]);
  return withScratch(scratch, (folder) => {
    const path = join(folder, "Packages");
    writeFileSync(path, extra.map(stanzaOf).join("\n"));
    return use(["--with-source", path]);
  });
}
