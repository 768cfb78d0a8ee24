import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../cli/commands/index.ts";
import { type Parsed, parseArguments } from "../../cli/program.ts";
import { OmgError } from "../../schema/error.ts";

const parse = (line: string, columns = 80): Parsed =>
  parseArguments(
    line.split(" ").filter((word) => word !== ""),
    "1.2.3",
    { columns, color: () => false },
  );

function run(line: string) {
  const parsed = parse(line);
  if (parsed.type !== "run") throw new Error(`"${line}" asks for a text`);
  return { command: parsed.command.name, args: parsed.args, flags: parsed.flags };
}

function text(line: string, columns = 80): string {
  const parsed = parse(line, columns);
  if (parsed.type !== "text") throw new Error(`"${line}" asks for a run`);
  return parsed.text;
}

function refusal(line: string): OmgError {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof OmgError) return error;
    throw error;
  }
  throw new Error(`"${line}" was accepted`);
}

describe("arguments", () => {
  it("of a command that is read again are those of that time", () => {
    const first = run("search a b --limit 3 --names");
    expect(run("search c").flags).toEqual({});
    expect(refusal("search --limit x").code).toBe("usage");
    expect(run("search d --json")).toEqual({ command: "search", args: ["d"], flags: { json: true } });
    expect(text("search --help", 40)).not.toBe(text("search --help", 120));
    expect(first).toEqual({ command: "search", args: ["a", "b"], flags: { limit: 3, names: true } });
  });

  it("without an option among them are what they are after --, where nothing is taken for one", () => {
    const answered = COMMANDS.filter(({ passedOn }) => passedOn).map(({ name }) => name);
    expect(answered).toContain("search");
    const outcome = (line: string) => {
      try {
        return run(line);
      } catch (error) {
        return (error as OmgError).message;
      }
    };
    for (const name of answered) {
      expect(run(name)).toEqual({ command: name, args: [], flags: {} });
      for (const words of ["curl", "json parser", "help", "search info"])
        expect(outcome(`${name} ${words}`)).toEqual(outcome(`${name} -- ${words}`));
    }
    expect(refusal("explicit curl").code).toBe("usage");
  });

  it("of each command arrive", () => {
    expect(run("plan --out f.plan --detailed-exitcode --locked --allow-downgrades")).toEqual({
      command: "plan",
      args: [],
      flags: { out: "f.plan", detailedExitcode: true, locked: true, allowDowngrades: true },
    });
    expect(run("apply f.plan -y -n")).toEqual({
      command: "apply",
      args: ["f.plan"],
      flags: { yes: true, dryRun: true },
    });
    expect(run("env capture --adopt --force --print web.lock")).toEqual({
      command: "env capture",
      args: ["web.lock"],
      flags: { adopt: true, force: true, print: true },
    });
    expect(run("rollback system:7 --yes")).toEqual({ command: "rollback", args: ["system:7"], flags: { yes: true } });
    expect(run("adopt a b c")).toEqual({ command: "adopt", args: ["a", "b", "c"], flags: {} });
    expect(run("adopt --all").flags).toEqual({ all: true });
    expect(run("setup --remove").flags).toEqual({ remove: true });
    expect(run("env check").command).toBe("env check");
    expect(run("clean --older-than 30 --max-size 2G --keep-generations 5").flags).toEqual({
      olderThan: 30,
      maxSize: 2e9,
      keepGenerations: 5,
    });
    expect(run("clean --max-size 500MB").flags).toEqual({ maxSize: 5e8 });
    expect(refusal("clean --older-than 3d").message).toContain("3d");
    expect(refusal("clean --max-size -1").exit).toBe("error");
  });

  it("that are global stand before or after the command", () => {
    const flags = { cd: "/srv", lock: "x.lock", json: true, quiet: true, verbose: true, color: "never" };
    expect(run("-C /srv --lock x.lock --json -q -v --color never check").flags).toEqual(flags);
    expect(run("check -C /srv --lock x.lock --json -q -v --color never").flags).toEqual(flags);
  });

  it("behind the first word of exec and run are the program's, whatever stands before", () => {
    expect(run("-C /srv exec node --version")).toEqual({
      command: "exec",
      args: ["node", "--version"],
      flags: { cd: "/srv" },
    });
    expect(run("run -q -C /srv --watch test --list -C x")).toEqual({
      command: "run",
      args: ["test", "--list", "-C", "x"],
      flags: { quiet: true, cd: "/srv", watch: true },
    });
    expect(run("--color never exec -- node -h").args).toEqual(["node", "-h"]);
    expect(run("-C exec run --list").flags).toEqual({ cd: "exec", list: true });
    expect(text("-C /srv exec --help")).toContain("omg exec -- node --version");
    expect(refusal("--lock x exec node --version").message).toBe("exec takes no --lock.");
  });

  it("that list providers may be joined or repeated", () => {
    expect(run("check --only apt,shell --only node --skip aur").flags).toEqual({
      only: ["apt", "shell", "node"],
      skip: ["aur"],
    });
    expect(refusal("check --only ,").hint).toContain("apt,shell");
  });

  it("after -- are never options", () => {
    expect(run("adopt -- --all").args).toEqual(["--all"]);
  });
});

describe("usage errors", () => {
  it.each([
    ["aply", "unknown command 'aply'.", "Did you mean apply?"],
    ["env captrue", "unknown command 'captrue'.", "Did you mean capture?"],
    ["plan --jsn", "unknown option '--jsn'.", "Did you mean --json?"],
    ["apply --dryrun", "unknown option '--dryrun'.", "Did you mean --dry-run?"],
    ["help chck", "unknown command 'chck'.", "Did you mean check?"],
    ["zzzzzz", "unknown command 'zzzzzz'.", "omg help lists the commands, omg help COMMAND its options."],
    ["env", "env needs one more word.", "omg env capture, omg env diff, omg env check"],
    [
      "upgrade",
      "unknown command 'upgrade'.",
      "Here that is `omg update`: pin newer versions within the requests, and apply them.",
    ],
    [
      "env freeze",
      "unknown command 'freeze'.",
      "Here that is `omg env capture`: write what is installed here into a lock.",
    ],
    [
      "diff",
      "unknown command 'diff'.",
      "Here that is `omg env diff`: show what differs between lock and machine, entry by entry.",
    ],
    [
      "uninstall x",
      "unknown command 'uninstall'.",
      "Here that is `omg remove`: take packages out of the lock, and apply it.",
    ],
    ["captrue", "unknown command 'captrue'.", "Did you mean env capture?"],
    ["env-check", "unknown command 'env-check'.", "Did you mean env check?"],
    ["ci history", "unknown command 'history'.", "Did you mean omg history?"],
    ["apply --out x", "unknown option '--out'.", "--out is an option of omg plan."],
    [
      "check --detailed-exitcod",
      "unknown option '--detailed-exitcod'.",
      "Did you mean --detailed-exitcode, an option of omg plan?",
    ],
  ])("omg %s", (line, message, hint) => {
    const error = refusal(line);
    expect([error.message, error.hint, error.exit, error.code]).toEqual([message, hint, "error", "usage"]);
  });

  it.each(["check extra", "apply a b", "plan --out", "plan --color sometimes", "status --yes"])("omg %s", (line) => {
    expect(refusal(line).exit).toBe("error");
  });

  it.each(["rollback --only apt", "--skip apt history", "status --lock x", "setup --only apt"])(
    "omg %s: an option without an effect is refused",
    (line) => {
      expect(refusal(line).message).toMatch(/takes no --(only|skip|lock)/);
    },
  );
});

describe("help", () => {
  it.each(["", "help", "--help", "-h"])("omg %s lists every command", (line) => {
    for (const { name, summary } of COMMANDS)
      expect(text(line, 120)).toMatch(new RegExp(`^ {2}${name}\\b.*${summary}$`, "m"));
  });

  it.each(COMMANDS.map((command) => command.name))("of %s shows its options and working examples", (name) => {
    const help = text(`help ${name}`, 160);
    expect(text(`${name} --help`, 160)).toBe(help);
    const command = COMMANDS.find((each) => each.name === name);
    for (const option of command?.options ?? []) expect(help).toContain(option.description);
    expect(command?.examples.length).toBeGreaterThan(0);
    for (const example of command?.examples ?? []) {
      expect(help).toContain(example.command);
      const own = example.command.replace(/^sudo /, "").split(/ (?:&&|\|) /)[0] ?? "";
      expect(["run", "text"]).toContain(parse(own.replace(/^omg /, "")).type);
    }
  });

  it("keeps to the columns", () => {
    for (const each of text("help", 80).split("\n")) expect(each.length).toBeLessThanOrEqual(80);
  });

  it("version is the version alone", () => {
    expect(text("--version")).toBe("1.2.3\n");
  });
});
