import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Hooked, type HookedShell, hookedShell } from "../support/hooked-shell.ts";
import { needs } from "../support/needs.ts";
import { publishNode, realNodeArchive } from "../support/node-dist.ts";
import type { RuntimeLab } from "../support/runtime-lab.ts";
import { createMirrorLab, type Mirrored, mirrorGo, mirrorPython } from "../support/runtime-mirrors.ts";

/** Node lists itself under two versions, so the path of the program tells which one runs. */
const [NEW, OLD] = [process.versions.node, "18.20.4"];
const SHELLS: readonly HookedShell[] = ["bash", "zsh", "fish"];
const NODE_PATH = ["node", "-p", "process.execPath"];
const PYTHON_PATH = ["python3", "-c", "import sys; print(sys.prefix)"];

describe.runIf(needs("python3-minimal", "golang-go", "bash", "zsh", "fish", "gcc", "libc6-dev", "make"))(
  "three runtimes that are really installed, in one project",
  () => {
    let lab: RuntimeLab;
    let python: Mirrored;
    let go: Mirrored;
    const versions = (...parts: readonly string[]) => join(lab.data, "versions", ...parts);
    const node = (version: string) => versions("node", version, "bin/node");
    const write = (name: string, text: string) => {
      mkdirSync(dirname(join(lab.project, name)), { recursive: true });
      writeFileSync(join(lab.project, name), text);
    };
    /** A program as an editor or cron would start it: found on this PATH, in this folder. */
    const start = (words: readonly string[], { path = shims(), cwd = lab.project } = {}) => {
      const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", 'exec "$@"', "sh", ...words], {
        cwd,
        env: { ...lab.env, PATH: `${path}:${lab.env.PATH}:${dirname(process.execPath)}` },
        encoding: "utf8",
      });
      return { code: status, said: `${stdout}${stderr}`.trim() };
    };
    const shims = () => join(lab.data, "shims");

    beforeAll(async () => {
      const { sigstore, ...made } = await createMirrorLab();
      lab = made.lab;
      publishNode(lab, [
        { version: NEW, lts: "Iron", archive: realNodeArchive(lab, NEW) },
        { version: OLD, lts: "Hydrogen", archive: realNodeArchive(lab, OLD) },
      ]);
      [python, go] = [await mirrorPython(lab, sigstore), mirrorGo(lab)];
      await lab.expect(0, "hook", "bash");
      for (const [runtime, request] of [
        ["node", "lts"],
        ["python", python.request],
        ["go", go.request],
      ] as const)
        await lab.expect(0, "use", "--global", runtime, request, "--yes");
      mkdirSync(join(lab.folder, "elsewhere"));
      const other = await lab.omg(["use", "node", OLD, "--yes"], { cwd: join(lab.folder, "elsewhere") });
      if (other.code !== 0) throw new Error(other.stderr);
    }, 120_000);
    afterAll(() => lab.dispose());
    beforeEach(() => {
      write(".nvmrc", `${OLD.replace(/\..*/, "")}\n`);
      write("api/.python-version", `${python.request}\n`);
      write("api/go.mod", `module example.org/api\n\ngo ${go.request}\n`);
      write("api/main.go", 'package main\n\nimport "os"\n\nfunc main() { print(os.Args[1]) }\n');
    });
    afterEach(() => rmSync(join(lab.project, "omg.lock"), { force: true }));

    it("come from three files of two folders, as omg which says", async () => {
      const { tools } = JSON.parse((await lab.expect(0, "-C", "api", "which", "--json")).stdout);
      const told = tools.map(
        ({ name, path, because }: { name: string; path: string; because: { file: string; line: number } }) =>
          [name, path, `${because.file}:${because.line}`] as const,
      );
      expect(told).toEqual([
        ["node", node(OLD), `${lab.project}/.nvmrc:1`],
        ["python", versions("python", python.version, "bin/python"), `${lab.project}/api/.python-version:1`],
        ["go", versions("go", go.version, "bin/go"), `${lab.project}/api/go.mod:3`],
      ]);
    });

    it("are reached through shims by their own names, in this folder as its files say and elsewhere as they are current", () => {
      const api = { cwd: join(lab.project, "api") };
      expect(start(NODE_PATH, api)).toEqual({ code: 0, said: node(OLD) });
      expect(start(PYTHON_PATH, api)).toEqual({ code: 0, said: versions("python", python.version) });
      expect(start(["go", "version"], api).said).toMatch(go.runs[2]);
      expect(start(["go", "run", ".", "built here"], api)).toEqual({ code: 0, said: "built here" });
      expect(start(NODE_PATH, { cwd: lab.folder })).toEqual({ code: 0, said: node(NEW) });
      // npm is not in this version; the one that PATH has is a script for Node, and gets the folder's.
      expect(start(["npm", "exec", "--offline", "-c", "node -p process.execPath"])).toEqual({
        code: 0,
        said: node(OLD),
      });
    });

    it("are reached through omg exec and omg run, and what these start finds the same", async () => {
      write(
        "api/Makefile",
        `where:\n\t@node -p process.execPath\n\t@${PYTHON_PATH[0]} -c 'import sys; print(sys.prefix)'\n`,
      );
      const both = `${node(OLD)}\n${versions("python", python.version)}\n`;
      expect((await lab.expect(0, "-C", "api", "run", "where")).stdout).toBe(both);
      expect((await lab.expect(0, "-C", "api", "exec", "--", "make", "-s", "where")).stdout).toBe(both);
      expect((await lab.expect(0, "-C", "api", "exec", "--", "go", "version")).stdout).toMatch(go.runs[2]);
    });

    it("of which one is missing say so everywhere, and never run another version", async () => {
      write(".nvmrc", "16\n");
      const message = `omg: node 16 is not installed, which ${lab.project}/.nvmrc:1 asks for.`;
      for (const ran of [start(NODE_PATH), start(["npm", "--version"])])
        expect([ran.code, ran.said.replace(/\s+/g, " ")]).toEqual([127, `${message} Next: omg use node 16`]);
      const exec = await lab.omg(["exec", "--", ...NODE_PATH]);
      expect([exec.code, exec.stdout]).toEqual([127, ""]);
      expect(exec.stderr).toContain("node 16 is not installed");
      expect((await lab.expect(1, "which", "node")).stdout).toContain("not installed");
      // The others are as they were.
      expect(start(PYTHON_PATH, { cwd: join(lab.project, "api") }).said).toBe(versions("python", python.version));
    });

    it("of which one is damaged run nothing in its place, and omg use mends it", async () => {
      rmSync(node(OLD));
      const damaged = `node ${OLD} is damaged: ${node(OLD)} is not there, or is no program.`;
      for (const words of [NODE_PATH, ["npm", "--version"]]) {
        const ran = start(words);
        expect([ran.code, ran.said]).toEqual([127, `omg: ${damaged}\nNext: omg use node ${OLD}`]);
      }
      const exec = await lab.omg(["exec", "npm", "--version"]);
      expect([exec.code, exec.stdout]).toEqual([127, ""]);
      expect((await lab.expect(1, "which", "npm")).stdout).toContain(`${OLD}, damaged`);
      await lab.expect(0, "use", "node", OLD, "--yes");
      expect(start(NODE_PATH)).toEqual({ code: 0, said: node(OLD) });
      await lab.expect(0, "use", "node", "none", "--yes");
    });

    it.each(SHELLS)(
      "follow the folder in %s, change with omg use at the next prompt, and say what is missing",
      async (shell) => {
        const hook = join(lab.folder, `hook-${shell}`);
        writeFileSync(hook, (await lab.expect(0, "hook", shell)).stdout);
        mkdirSync(join(lab.folder, "out"), { recursive: true });
        const session: Hooked = await hookedShell(shell, {
          hook,
          cwd: lab.folder,
          env: { ...lab.env, HISTFILE: "/dev/null", TERM: "xterm" },
          out: join(lab.folder, "out"),
        });
        const word = (command: string) => (shell === "fish" ? `(${command} 2>&1)` : `"$(${command} 2>&1)"`);
        const nodeNow = word("node -p process.execPath");
        try {
          expect(await session.after(`cd ${lab.project}/api`, nodeNow)).toBe(node(OLD));
          expect(await session.after("", word("python3 -c 'import sys; print(sys.prefix)'"))).toBe(
            versions("python", python.version),
          );
          expect(await session.after("", word("go version"))).toMatch(go.runs[2]);
          expect(await session.after(`omg -C .. use node ${NEW} --yes >/dev/null`, nodeNow)).toBe(node(NEW));
          expect(await session.after("omg -C .. use node none --yes >/dev/null", nodeNow)).toBe(node(OLD));
          expect(await session.after("omg exec -- node -p process.execPath >$OUT/exec", word("cat $OUT/exec"))).toBe(
            node(OLD),
          );
          expect(await session.after("echo 16 >../.nvmrc", word("omg exec node"))).toContain(
            "node 16 is not installed",
          );
          expect(await session.after(`cd ${lab.folder}`, nodeNow)).toBe(node(NEW));
        } finally {
          await session.end();
        }
      },
    );

    it("and one that was removed is gone from each of them", async () => {
      const removed = await lab.omg(["use", "node", "none", "--yes"], { cwd: join(lab.folder, "elsewhere") });
      expect([removed.code, existsSync(node(OLD))]).toEqual([0, false]);
      expect(start(NODE_PATH)).toMatchObject({ code: 127, said: expect.stringContaining("node 18 is not installed") });
      await lab.expect(0, "use", "--global", "go", "none", "--yes");
      expect(readdirSync(shims())).not.toContain("go");
      // What PATH has otherwise, since nothing of omg's is left.
      expect(start(["sh", "-c", "command -v go"]).said).toBe("/usr/bin/go");
    });
  },
);
