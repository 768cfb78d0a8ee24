import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tasksHere } from "../../app/tasks/find.ts";
import { createHereLab, type HereLab } from "../support/here-lab.ts";
import { until } from "../support/until.ts";

const OMG = join(import.meta.dirname, "../../bin/omg");

let lab: HereLab;
const started: ChildProcess[] = [];
beforeEach(() => {
  lab = createHereLab();
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  lab.dispose();
});

const env = () => ({
  HOME: join(lab.folder, "home"),
  PATH: `/usr/bin:/bin:${dirname(process.execPath)}`,
  NO_COLOR: "1",
});
const omg = (args: readonly string[], cwd = lab.project) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [OMG, ...args], { cwd, env: env(), encoding: "utf8" });
  return { code: status, stdout, stderr };
};
const begin = (args: readonly string[]) => {
  const child = spawn(process.execPath, [OMG, ...args], {
    cwd: lab.project,
    env: env(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return { child, ended };
};

describe("omg exec", () => {
  it("runs the folder's version with its arguments, and ends as it does", () => {
    lab.install("node", "20.19.5", "node");
    lab.write("project/.nvmrc", "20\n");
    expect(omg(["exec", "--", "node", "--version", "-v", "--json"]).stdout).toBe("node 20.19.5 --version -v --json\n");
    expect(omg(["exec", "node", "-h"]).stdout).toBe("node 20.19.5 -h\n");
    expect(omg(["-C", "project", "exec", "--", "node", "-C"], lab.folder).stdout).toBe("node 20.19.5 -C\n");
    expect(omg(["exec", "--", "sh", "-c", "exit 7"]).code).toBe(7);
    expect(omg(["exec", "--", "sh", "-c", "kill -TERM $$"]).code).toBe(143);
    expect(omg(["exec", "--", "no-such"])).toMatchObject({ code: 127, stderr: expect.stringContaining("no-such") });
    expect(omg(["exec"])).toMatchObject({ code: 1, stderr: expect.stringContaining("exec needs a command.") });
  });

  it("passes signals on, and waits for what the program makes of them", async () => {
    const said = join(lab.folder, "said");
    lab.write(
      "project/wait.sh",
      `trap 'echo got it >${said}; exit 3' TERM\n: >${said}\nwhile :; do sleep 0.05; done\n`,
    );
    const { child, ended } = begin(["exec", "--", "sh", "wait.sh"]);
    await until(() => lab.exists("said"));
    child.kill("SIGTERM");
    expect(await ended).toBe(3);
    expect(readFileSync(said, "utf8")).toBe("got it\n");
  });
});

describe("omg run", () => {
  it("finds the tasks of every kind of file, in the closest folder that has any, and runs none of it", () => {
    lab.write(
      "project/package.json",
      JSON.stringify({ scripts: { test: "vitest", build: "tsc" }, packageManager: "pnpm@9.0.0" }),
    );
    lab.write(
      "project/deno.jsonc",
      '{ // tasks\n "tasks": { "fmt": "deno fmt", "up": { "command": "x", "description": "goes up" } } }',
    );
    lab.write(
      "project/justfile",
      "# builds it\nbuild target='all': dep\n  touch ran\n_hidden:\nset x := 1\nname := 'v'\n@quiet:\n",
    );
    lab.write(
      "project/Makefile",
      "VAR := $(shell touch ran)\n.PHONY: all\nall: a.o\nVAR2 = x\n%.o: %.c\ndouble:: x\n\tall: no\nsub/dir: \n",
    );
    lab.write(
      "project/pyproject.toml",
      '[tool.poe.tasks]\nlint = "ruff"\n[tool.pdm.scripts]\nserve = { cmd = "x" }\n[project.scripts]\ncli = "a:b"\n',
    );
    lab.write("project/uv.lock", "");
    lab.write("project/sub/go.mod", "module m\n");
    const of = (below = "") =>
      tasksHere(lab.context(below)).map(({ runner, name, command }) => `${runner}:${name} = ${command.join(" ")}`);
    expect(of()).toEqual([
      "npm:test = pnpm run test",
      "npm:build = pnpm run build",
      "deno:fmt = deno task fmt",
      "deno:up = deno task up",
      "just:build = just build",
      "just:quiet = just quiet",
      "make:all = make all",
      "make:sub/dir = make sub/dir",
      "python:lint = poe lint",
      "python:serve = pdm run serve",
      "python:cli = uv run cli",
    ]);
    expect(of("sub")).toContain("go:test = go test ./...");
    expect(tasksHere(lab.context()).find(({ name }) => name === "up")?.does).toBe("goes up");
    expect(tasksHere(lab.context()).find(({ runner }) => runner === "just")?.does).toBe("builds it");
    expect(lab.exists("project/ran")).toBe(false);
    const { stdout } = omg(["run", "--list"]);
    expect(stdout).toMatch(/^build +tsc +package\.json$/m);
    expect(stdout).toMatch(/^just:build +builds it +justfile$/m);
  });

  it("runs a script with the folder's versions on PATH, its arguments and its exit code", () => {
    lab.install("ruby", "3.4.1", "ruby", "tool");
    lab.write("project/.ruby-version", "3.4\n");
    lab.write("project/package.json", JSON.stringify({ scripts: { show: "tool", fail: "exit 4" } }));
    lab.write("project/sub/x", "");
    const { code, stdout } = omg(["run", "show", "--list", "a b"], join(lab.project, "sub"));
    expect(stdout).toContain("tool 3.4.1 --list a b");
    expect(code).toBe(0);
    expect(omg(["run", "fail"]).code).toBe(4);
    expect(omg(["run", "nothing"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("`omg run --list`".replaceAll("`", "")),
    });
    expect(omg(["run"])).toMatchObject({ code: 1, stderr: expect.stringContaining("Which task?") });
  });

  it("runs it again whenever a file changes, until it is told to stop", async () => {
    lab.write("project/package.json", JSON.stringify({ scripts: { count: "echo x >>../runs; exec sleep 100" } }));
    lab.write("project/node_modules/a", "");
    const runs = () => (lab.exists("runs") ? readFileSync(join(lab.folder, "runs"), "utf8").length / 2 : 0);
    const { child, ended } = begin(["run", "--watch", "count"]);
    await until(() => runs() === 1);
    writeFileSync(join(lab.project, "node_modules/a"), "left out");
    writeFileSync(join(lab.project, "source"), "changed");
    await until(() => runs() === 2);
    child.kill("SIGTERM");
    // npm itself makes 1 or 143 of it, by its version.
    expect([1, 143]).toContain(await ended);
    expect(runs()).toBe(2);
  });
});
