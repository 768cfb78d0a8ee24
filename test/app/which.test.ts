import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WhichTool } from "../../app/answers.ts";
import { which } from "../../app/commands/which.ts";
import { resolveFolder } from "../../app/here/resolve.ts";
import { versionsHere } from "../../app/here/versions.ts";
import { Watched } from "../../app/here/watched.ts";
import { readPlatform } from "../../host/platform.ts";
import { createHereLab, type HereLab } from "../support/here-lab.ts";
import { needs } from "../support/needs.ts";

let lab: HereLab;
beforeEach(() => {
  lab = createHereLab();
});
afterEach(() => lab.dispose());

const tool = async (name: string, below = ""): Promise<WhichTool | undefined> =>
  (await which(lab.context(below), { name })).tools[0];
/** `version version (file:line)`, or what is wrong. */
const told = async (name: string, below = "") => {
  const found = await tool(name, below);
  const place =
    found?.because === undefined ? "" : ` (${found.because.file.replace(`${lab.folder}/`, "")}:${found.because.line})`;
  return `${found?.fault ?? found?.versions.map(({ version }) => version).join(" ")}${place}`;
};

describe("omg which", () => {
  it("takes the newest installed version that answers, of any kind of request", async () => {
    for (const version of ["18.20.4", "20.9.0", "20.19.5", "22.1.0"]) lab.install("node", version, "node");
    for (const [request, version] of [
      ["20", "20.19.5"],
      ["20.9.0", "20.9.0"],
      ["v18", "18.20.4"],
      ["node", "22.1.0"],
    ] as const) {
      lab.write("project/.nvmrc", `${request}\n`);
      expect(await told("node")).toBe(`${version} (project/.nvmrc:1)`);
    }
    rmSync(join(lab.project, ".nvmrc"));
    for (const [range, version] of [
      [">=18 <20.19", "20.9.0"],
      ["^18 || ^20", "20.19.5"],
      ["~20.9", "20.9.0"],
      [">22", undefined],
    ] as const) {
      lab.write("project/package.json", JSON.stringify({ engines: { node: range } }));
      expect(await tool("node")).toMatchObject(
        version ? { versions: [{ version }] } : { versions: [], missing: [range] },
      );
    }
  });

  it("takes from PATH what a version lacks, and nothing where the version has lost its own program", async () => {
    lab.install("node", "20.19.5", "node");
    lab.write("project/.nvmrc", "20\n");
    lab.write("bin/npm", "#!/bin/sh\n", 0o755);
    const env = { PATH: join(lab.folder, "bin"), HOME: join(lab.folder, "home") };
    const npm = async () => (await which(lab.context("", { env }), { name: "npm" })).tools[0];
    expect(await npm()).toMatchObject({ versions: [{ version: "20.19.5" }], path: join(lab.folder, "bin/npm") });
    chmodSync(join(lab.data, "versions/node/20.19.5/bin/node"), 0o644);
    const damaged = await npm();
    expect(damaged).toMatchObject({ damaged: true, remedy: "omg use node 20.19.5" });
    expect(damaged?.path).toBeUndefined();
  });

  it("takes a newer Go where the one that is named is missing, and an older one never", async () => {
    lab.write("project/go.mod", "module m\ngo 1.22\ntoolchain go1.22.4\n");
    lab.install("go", "1.21.9", "go");
    expect(await tool("go")).toMatchObject({ versions: [], missing: ["1.22.4", ">=1.22.4"] });
    lab.install("go", "1.23.1", "go");
    lab.install("go", "1.24rc1", "go");
    expect(await told("go")).toBe("1.23.1 (project/go.mod:3)");
    lab.install("go", "1.22.4", "go");
    expect(await told("go")).toBe("1.22.4 1.23.1 (project/go.mod:3)");
  });

  it("goes by pyenv's rule that all have to be there, and by asdf's that one does", async () => {
    lab.install("python", "3.11.2", "python", "python3.11");
    lab.write("project/.python-version", "3.12\n3.11\n");
    expect(await tool("python")).toMatchObject({ versions: [], missing: ["3.12"] });
    lab.install("python", "3.12.1", "python");
    expect(await told("python")).toBe("3.12.1 3.11.2 (project/.python-version:1)");
    expect(await tool("python3.11")).toMatchObject({
      runtime: "python",
      path: join(lab.data, "versions/python/3.11.2/bin/python3.11"),
    });
    rmSync(join(lab.project, ".python-version"));
    lab.write("project/.tool-versions", "python 3.13 3.11 system\n");
    expect(await told("python")).toBe("3.11.2 system (project/.tool-versions:1)");
  });

  it("names a program's runtime, its path, and what PATH has where nothing asks", async () => {
    lab.install("node", "20.19.5", "node", "npm");
    lab.write("project/.nvmrc", "20\n");
    expect(await tool("npm")).toMatchObject({ runtime: "node", path: join(lab.data, "versions/node/20.19.5/bin/npm") });
    expect(await tool("sh")).toEqual({ name: "sh", versions: [], missing: [], path: "/usr/bin/sh" });
    await expect(which(lab.context(), { name: "no-such-thing" })).rejects.toMatchObject({ code: "no-such-tool" });
    rmSync(join(lab.project, ".nvmrc"));
    symlinkSync("20.19.5", join(lab.data, "versions/node/current"));
    expect(await told("node")).toBe("20.19.5");
  });

  it("goes by the pins of a project's lock, for this platform, and points at the line", async () => {
    for (const version of ["20.9.0", "20.19.5"]) lab.install("node", version, "node");
    lab.write("project/a/x", "");
    lab.write("project/omg.lock", `version: 1\nname: p\nruntimes:\n  node: "20"\n  deno: "*"\n`);
    expect(await told("node", "a")).toBe("20.19.5 (project/omg.lock:4)");
    expect((await tool("deno"))?.remedy).toBe("omg lock, then omg apply");
    const { platform } = readPlatform();
    lab.write(
      "project/omg.lock",
      `version: 1\nname: p\nruntimes:\n  node: "20"\n---\npins: ${platform}\nruntimes:\n  node: { version: 20.9.0 }\n`,
    );
    expect(await told("node", "a")).toBe("20.9.0 (project/omg.lock:4)");
    rmSync(join(lab.data, "versions/node/20.9.0"), { recursive: true });
    expect((await tool("node"))?.remedy).toBe("omg apply");
    lab.write("project/a/.nvmrc", "20.19.5\n");
    expect(await told("node", "a")).toBe("20.19.5 (project/a/.nvmrc:1)");
  });

  it("takes nothing from a lock that is not valid, and hides what folders above say", async () => {
    lab.write(".nvmrc", "18\n");
    lab.write("project/omg.lock", "version: 1\nname: p\nnonsense: 1\n");
    expect(await told("node")).toBe("unknown key `nonsense` (project/omg.lock:3)");
    const { notices, tools } = await resolveFolder(lab.context());
    expect(notices).toEqual([
      `${lab.project}/omg.lock:3: unknown key \`nonsense\`. No version counts here until that is mended.`,
    ]);
    expect(tools.find(({ name }) => name === "node")).toMatchObject({
      message: expect.stringMatching(/^node has no version here: .*omg\.lock:3: unknown key/),
    });
  });

  it("knows which version mise has of what omg does not install", async () => {
    lab.write("project/mise.toml", '[tools]\nterraform = "1.9"\n"npm:prettier" = "latest"\nzig = "0.13"\n');
    const mise = "home/.local/share/mise/installs";
    for (const path of ["terraform/1.9.8", "terraform/1.90.0", "npm-prettier/3.4.1"])
      lab.write(`${mise}/${path}/x`, "");
    const { tools } = await which(lab.context(), {});
    expect(tools).toMatchObject([
      { name: "terraform", versions: [{ version: "1.9.8" }], missing: [], foreign: true },
      { name: "npm:prettier", versions: [{ version: "3.4.1" }], missing: [], foreign: true },
      { name: "zig", versions: [], missing: ["0.13"], foreign: true },
    ]);
  });

  it("knows a tool that omg keeps as it knows a runtime, before what mise has of it", async () => {
    lab.write("project/mise.toml", '[tools]\nzig = "0.13"\nterraform = "1.9"\n');
    lab.install("zig", "0.13.0", "zig");
    lab.write("home/.local/share/mise/installs/zig/0.13.1/x", "");
    expect((await which(lab.context(), {})).tools).toMatchObject([
      { name: "zig", versions: [{ version: "0.13.0" }], path: join(lab.data, "versions/zig/0.13.0/bin/zig") },
      { name: "terraform", foreign: true },
    ]);
    lab.write("project/mise.toml", '[tools]\nzig = "0.14"\n');
    expect(await tool("zig")).toMatchObject({ missing: ["0.14"], remedy: "omg use zig 0.14" });
    const { tools } = await resolveFolder(lab.context());
    expect(tools.find(({ name }) => name === "zig")).toMatchObject({ hint: "omg use zig 0.14" });
  });

  it("depends on every file that was there and every one that was not, includes and installed versions too", async () => {
    lab.write("project/omg.lock", "version: 1\nname: p\ninclude: [more.yaml]\n");
    lab.write("project/more.yaml", 'runtimes: { node: "20" }\n');
    lab.write("project/a/.nvmrc", "20\n");
    const watched = new Watched();
    await versionsHere(lab.context("a"), watched);
    const paths = new Map(
      watched.stamps.map(({ path, found }) => [path.replace(`${lab.folder}/`, ""), found !== undefined]),
    );
    expect(paths.get("project/a/.nvmrc")).toBe(true);
    expect(paths.get("project/more.yaml")).toBe(true);
    expect(paths.get("project/a/omg.lock")).toBe(false);
    expect(paths.get("project/go.mod")).toBe(false);
    expect(paths.has("home/.local/share/omg/versions/node")).toBe(true);
    expect(paths.get("/.tool-versions")).toBe(false);
  });

  it("lists what is asked for of tools that omg does not install", async () => {
    lab.write("project/.tool-versions", "terraform 1.9\n");
    expect((await which(lab.context(), {})).tools).toEqual([
      expect.objectContaining({ name: "terraform", foreign: true, missing: ["1.9"] }),
    ]);
  });

  it("takes a pipe, a device or a file of 2 MB for none", async () => {
    lab.write("project/.nvmrc", `20\n${"#".repeat(2 << 20)}`);
    expect(await told("node")).toBe("it is larger than a version file can be (project/.nvmrc:1)");
    rmSync(join(lab.project, ".nvmrc"));
    symlinkSync("/dev/zero", join(lab.project, ".nvmrc"));
    expect(await told("node")).toMatch(/^it (?:is no regular file|can be written by everybody) /);
    rmSync(join(lab.project, ".nvmrc"));
    mkdirSync(join(lab.project, ".nvmrc"));
    expect(await told("node")).toBe("system");
  });

  it.runIf(needs("root"))("believes no file or folder that somebody else could have written", async () => {
    const path = lab.write("project/.nvmrc", "20\n");
    chmodSync(path, 0o666);
    expect(await told("node")).toBe("it can be written by everybody (project/.nvmrc:1)");
    chmodSync(path, 0o644);
    chownSync(path, 64_123, 64_123);
    expect(await told("node")).toBe("it belongs to another user (project/.nvmrc:1)");
    chownSync(path, 0, 0);
    chownSync(lab.project, 64_123, 64_123);
    expect(await told("node")).toBe("its folder belongs to another user (project/.nvmrc:1)");
  });
});
