import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { publishNode, realNodeArchive } from "../support/node-dist.ts";
import type { RuntimeLab } from "../support/runtime-lab.ts";
import {
  createMirrorLab,
  mirrorBun,
  mirrorDeno,
  mirrorGo,
  mirrorPython,
  mirrorRust,
} from "../support/runtime-mirrors.ts";

const ONLY_X64 = process.arch === "x64";
const NODE = "node -p process.execPath";
const MAIN_GO = `package main
import ("os"; "os/exec"; "fmt")
func main() {
  compiler, _ := exec.LookPath("go")
  fmt.Println(compiler)
  node := exec.Command("node", "-p", "process.execPath + process.argv[1]", os.Args[1])
  node.Stdout = os.Stdout
  if node.Run() != nil { os.Exit(3) }
}
`;
const MAIN_RS = `use std::process::{Command, exit};
fn main() {
    println!("{}", std::env::var("CARGO").unwrap());
    let ran = Command::new("node").args(["-p", "process.execPath"]).status().unwrap();
    exit(ran.code().unwrap() + 4)
}
`;

describe.runIf(needs("python3-minimal", "golang-go", "rustc", "cargo", "make", "gcc", "libc6-dev", "xz-utils"))(
  "omg run, with the real runners and runtimes that are really installed",
  () => {
    let lab: RuntimeLab;
    const program = (runtime: string, name: string) =>
      join(lab.data, "versions", runtime, versions[runtime] ?? "", "bin", name);
    const versions: Record<string, string> = { node: process.versions.node };
    const write = (name: string, text: string) => {
      mkdirSync(dirname(join(lab.project, name)), { recursive: true });
      writeFileSync(join(lab.project, name), text);
    };
    /** What a task printed, and how it ended. */
    const run = async (task: string, { below = ".", args = [] as readonly string[] } = {}) => {
      const PATH = [lab.env.PATH, dirname(process.execPath), ...JUST].join(":");
      // The archive of the tests has rustc and cargo, and no standard library of 190 MB.
      const env = { PATH, RUSTFLAGS: "--sysroot=/usr" };
      const { code, stdout, stderr } = await lab.omg(["-C", below, "run", task, ...args], { env });
      return { code, stdout, stderr };
    };

    beforeAll(async () => {
      const { sigstore, ...made } = await createMirrorLab();
      lab = made.lab;
      publishNode(lab, [{ version: process.versions.node, archive: realNodeArchive(lab, process.versions.node) }]);
      const mirrored = {
        python: await mirrorPython(lab, sigstore),
        go: mirrorGo(lab),
        rust: mirrorRust(lab),
        ...(ONLY_X64 ? { bun: mirrorBun(lab), deno: mirrorDeno(lab) } : {}),
      };
      const requests = Object.entries(mirrored).map(([runtime, { request, version }]) => {
        versions[runtime] = version;
        return `  ${runtime}: "${request}"\n`;
      });
      write("omg.lock", `version: 1\nname: tasks\nruntimes:\n  node: "${versions.node}"\n${requests.join("")}`);
      await lab.expect(0, "lock");
      await lab.expect(0, "apply", "--yes");
    }, 180_000);
    afterAll(() => lab.dispose());

    it("npm: a script finds the folder's Node and Python, and has its arguments", async () => {
      const show = "import sys; print(sys.prefix, sys.argv[1:])";
      write("npm/show.py", show);
      write("npm/package.json", JSON.stringify({ scripts: { where: `${NODE} && python3 show.py` } }));
      const { code, stdout } = await run("where", { below: "npm", args: ["a b", "--flag"] });
      expect(code).toBe(0);
      expect(stdout.split("\n").slice(-3)).toEqual([
        program("node", "node"),
        `${dirname(dirname(program("python", "python3")))} ['a b', '--flag']`,
        "",
      ]);
      expect((await run("where", { below: "npm", args: ["--", "--flag", "--"] })).stdout).toContain("['--flag', '--']");
    });

    it("make: a rule, and its own exit code", async () => {
      write("make/Makefile", `where:\n\t@${NODE}\n\t@echo $(WORD)\nfails:\n\t@exit 5\n`);
      expect(await run("where", { below: "make", args: ["WORD=given"] })).toMatchObject({
        code: 0,
        stdout: `${program("node", "node")}\ngiven\n`,
      });
      expect(await run("fails", { below: "make" })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("Error 5"),
      });
    });

    it("go: builds and runs the module with the pinned Go, and what it starts finds the pinned Node", async () => {
      write("go/go.mod", "module example.org/where\n\ngo 1.19\n");
      write("go/main.go", MAIN_GO);
      expect(await run("run", { below: "go", args: ["!"] })).toMatchObject({
        code: 0,
        stdout: `${program("go", "go")}\n${program("node", "node")}!\n`,
      });
      expect(await run("fmt", { below: "go" })).toMatchObject({ code: 0, stdout: "main.go\n" });
      expect(await run("run", { below: "go" })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("exit status 2"),
      });
    });

    it("cargo: compiles with the pinned rustc, and ends as the program does", async () => {
      write("cargo/Cargo.toml", '[package]\nname = "where"\nversion = "0.1.0"\nedition = "2021"\n');
      write("cargo/src/main.rs", MAIN_RS);
      const ran = await run("run", { below: "cargo", args: ["--quiet"] });
      expect(ran).toMatchObject({ code: 4, stdout: `${program("rust", "cargo")}\n${program("node", "node")}\n` });
    });

    it.runIf(ONLY_X64)("deno and bun: their own tasks, in their own shells", async () => {
      write(
        "deno/deno.jsonc",
        `{ /* x */ "tasks": { "where": "${NODE} && deno eval 'console.log(Deno.execPath())'" } }`,
      );
      const deno = await run("where", { below: "deno" });
      expect(deno).toMatchObject({ code: 0, stdout: `${program("node", "node")}\n${program("deno", "deno")}\n` });
      write("bun/package.json", JSON.stringify({ scripts: { where: `${NODE} && bun -p process.execPath` } }));
      write("bun/bun.lock", "{}");
      const bun = await run("where", { below: "bun" });
      expect(bun).toMatchObject({ code: 0, stdout: `${program("node", "node")}\n${program("bun", "bun")}\n` });
    });

    it.runIf(ONLY_X64)("just: a recipe with arguments, where package.json has a task of the same name", async () => {
      write("just/justfile", `# shows Node\nwhere +words:\n    @${NODE}\n    @echo {{words}}\n`);
      write("just/package.json", JSON.stringify({ scripts: { where: "exit 9" } }));
      expect(await run("just:where", { below: "just", args: ["a", "b"] })).toMatchObject({
        code: 0,
        stdout: `${program("node", "node")}\na b\n`,
      });
      expect((await run("where", { below: "just" })).code).toBe(9);
    });
  },
);

/** npm has it for this processor, and Debian only since 13. */
const JUST = ONLY_X64 ? [dirname(createRequire(import.meta.url).resolve("rust-just-linux-x64/bin/just"))] : [];
