import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseProviders } from "../../../app/selection.ts";
import { PROVIDER_NAMES } from "../../../cli/completions/facts.ts";
import { completionScript, SHELLS, type Shell } from "../../../cli/completions/scripts.ts";
import { needs } from "../../support/needs.ts";

let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-complete-"));
  for (const shell of SHELLS) writeFileSync(join(folder, shell), completionScript(shell));
  for (const name of ["cache", "data/generations", "data/user/generations", "home", "work/sub folder"])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "cache/apt-names"), "lib++\nlibc6\nlibc6:i386\nripgrep\nripper\n");
  for (const name of ["data/generations/7.json", "data/generations/6.remnant.json", "data/user/generations/3.json"])
    writeFileSync(join(folder, name), "{}");
  writeFileSync(join(folder, "work/monday.plan"), "");
  env = {
    PATH: "/usr/bin:/bin",
    HOME: join(folder, "home"),
    TERM: "dumb",
    LC_ALL: "C.UTF-8",
    OMG_CACHE_DIR: join(folder, "cache"),
    OMG_DATA_DIR: join(folder, "data"),
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (file: string, args: readonly string[], more: Record<string, string> = {}) =>
  execFileSync(file, args, { env: { ...env, ...more }, cwd: join(folder, "work"), encoding: "utf8", timeout: 10_000 });

/**
 * Types a line and a tab into a real interactive shell on a terminal of its own, then a return. `omg` is a function there that
 * writes down the words that it gets.
 */
const DRIVER = String.raw`
zmodload zsh/zpty
said() { local out; for i in {1..200}; do zpty -rt shell out && buffer+=$out; [[ -e $1 ]] && return 0; sleep 0.02; done; print -r -- "$buffer"; zpty -d shell; exit 9 }
zpty shell "$START"
zpty -w shell "$SETUP"
zpty -w shell ': >$READY'
said $READY
zpty -wn shell "$LINE"$'\t'
[[ -n $DONE ]] && said $DONE
zpty -wn shell $'\r'
said $SAID
zpty -d shell
`;

function typed(shell: "bash" | "zsh", line: string): string[] {
  const [ready, said, done] = [join(folder, "ready"), join(folder, "said"), join(folder, "done")];
  for (const path of [ready, said, done]) rmSync(path, { force: true });
  const record = 'omg() { printf "%s\n" "$@" >$SAID.new; mv $SAID.new $SAID; }';
  const START = shell === "bash" ? "bash --norc --noprofile -i" : "zsh -f -i";
  // Keys that come while zsh still completes would end that.
  const tab = 'tab() { zle expand-or-complete; : >$DONE }; zle -N tab; bindkey "^I" tab';
  const before = shell === "bash" ? "" : `autoload -Uz compinit; compinit -u -D; ${tab}; `;
  const SETUP = `${before}source ${join(folder, shell)}; ${record}`;
  run("zsh", ["-f", "-c", DRIVER], {
    START,
    SETUP,
    LINE: line,
    READY: ready,
    SAID: said,
    ...(shell === "zsh" ? { DONE: done } : {}),
  });
  return readFileSync(said, "utf8").trimEnd().split("\n");
}

/** Candidates, as fish itself gives them for a line. */
function fish(line: string): string[] {
  return run("fish", ["--no-config", "-c", `source ${join(folder, "fish")}; complete -C "$argv[1]"`, line])
    .trimEnd()
    .split("\n");
}

const HERE = needs("bash", "zsh", "fish");

/** A line with one way to complete it, and the words it becomes. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["omg stat", ["status"]],
  ["omg env cap", ["env", "capture"]],
  ["omg plan --det", ["plan", "--detailed-exitcode"]],
  ["omg --color nev", ["--color", "never"]],
  ["omg check --only apt,sh", ["check", "--only", "apt,shell"]],
  ["omg install ripg", ["install", "ripgrep"]],
  ["omg install lib+", ["install", "lib++"]],
  ["omg install libc6:", ["install", "libc6:i386"]],
  ["omg -C /tmp rollback user", ["-C", "/tmp", "rollback", "user:3"]],
  ["omg rollback system:", ["rollback", "system:7"]],
  ["omg completions zs", ["completions", "zsh"]],
  ["omg apply mon", ["apply", "monday.plan"]],
  ["omg -C sub", ["-C", "sub folder/"]],
  ["omg help env chec", ["help", "env", "check"]],
  ["omg manual env cap", ["manual", "env", "capture"]],
  ["omg adopt -- --al", ["adopt", "--", "--al"]],
];

describe.runIf(HERE)("a real shell completes", () => {
  it.each(CASES)("in bash: %s", (line, words) => expect(typed("bash", line)).toEqual(words));

  it.each(CASES)("in zsh: %s", (line, words) =>
    expect(typed("zsh", line).map((word) => word.replace(/(?<=sub folder)\/$/, ""))).toEqual(
      words.map((word) => word.replace(/\/$/, "")),
    ),
  );

  it.each(CASES.slice(0, -1))("in fish: %s", (line, words) => {
    const last = words.at(-1) ?? "";
    expect(fish(line).map((each) => each.split("\t")[0])).toEqual([last]);
  });

  it("in fish, with what each command does", () => {
    expect(fish("omg env ")).toContain("capture\twrite what is installed here into a lock");
    expect(fish("omg r").map((each) => each.split("\t")[0])).toEqual(["remove", "rollback", "run"]);
  });
});

describe.runIf(HERE)("the words", () => {
  const offered = (...words: string[]) =>
    run("bash", ["-c", `source ${join(folder, "bash")}; __omg_complete "$@"`, "x", ...words]).split("\n");

  it("of packages come from apt where omg keeps no names, and Node is never started", () => {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "node"), "#!/bin/sh\necho node was started\n", { mode: 0o755 });
    writeFileSync(join(bin, "apt-cache"), "#!/bin/sh\necho from-apt\n", { mode: 0o755 }); // a fake: the real one's names differ by machine
    const more = { PATH: `${bin}:/usr/bin:/bin`, OMG_CACHE_DIR: join(folder, "none") };
    const script = join(folder, "bash-elsewhere");
    writeFileSync(script, completionScript("bash").replaceAll("/var/cache/omg", "/nonexistent"));
    const text = run("bash", ["-c", `source ${script}; __omg_complete install fro`], more);
    expect(text).toBe("from-apt\n");
  });

  it("leave out options that a command refuses", () => {
    expect(offered("history", "--").some((each) => each.startsWith("--lock"))).toBe(false);
    expect(offered("plan", "--").some((each) => each.startsWith("--lock"))).toBe(true);
  });

  it("for providers are names that omg takes", async () => {
    for (const name of PROVIDER_NAMES) {
      const all = PROVIDER_NAMES.map((each) => ({ name: each, detect: async () => ({ available: true }) }));
      await expect(chooseProviders(all as never, { only: [name] }, undefined)).resolves.toBeDefined();
    }
  });

  it.each<Shell>(["bash", "zsh", "fish"])("are in a script that %s reads without a complaint", (shell) => {
    expect(run(shell, ["-n", join(folder, shell)])).toBe("");
  });
});
