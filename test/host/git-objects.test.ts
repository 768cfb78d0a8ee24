import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMirror } from "../../host/git-mirror.ts";
import { objectsIn } from "../../host/git-objects.ts";
import { createGitLab, GIT_NEEDS, type GitLab } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";

const HERE = needs(...GIT_NEEDS);

let lab: GitLab;
beforeAll(async () => {
  if (HERE) lab = await createGitLab();
});
afterAll(() => lab?.close());

/** A copy of the repository, with a commit of these files in it. */
async function mirrored(files: Readonly<Record<string, string>>) {
  const name = lab.commit(files);
  lab.push();
  const options = { address: lab.fileUrl, strict: true, protocols: "file" };
  const mirror = await openMirror({ folder: join(lab.folder, `mirrors-${name}`), ...options });
  await mirror.fetch(["+refs/heads/main:refs/omg/test"]);
  const objects = objectsIn(mirror.folder);
  const commit = (await objects.commits([name])).get(name);
  if (commit === undefined) throw new Error("the commit is there");
  return { folder: mirror.folder, objects, name, commit };
}

/** git packs what it fetches; here each object gets a file of its own. */
function unpack(folder: string): void {
  const packs = join(folder, "objects", "pack");
  for (const name of readdirSync(packs).filter((each) => each.endsWith(".pack"))) {
    const input = readFileSync(join(packs, name));
    rmSync(packs, { recursive: true });
    execFileSync("git", ["-c", "safe.directory=*", `--git-dir=${folder}`, "unpack-objects", "-q"], { input });
  }
  execFileSync("chmod", ["-R", "a+rX", join(folder, "objects")]);
}

/** What git itself says that a name in the work tree stands for. */
function nameOf(what: string): string {
  return execFileSync("git", ["rev-parse", what], { cwd: lab.work, encoding: "utf8" }).trim();
}

describe.runIf(HERE)("objects of a repository", () => {
  it("are the files that git has there", async () => {
    const { objects, commit } = await mirrored({ "a/b/ü": "ä\n", plain: "" });
    expect(commit.tree).toBe(nameOf("HEAD^{tree}"));
    expect(await objects.text(commit.tree, "a/b/ü")).toBe("ä\n");
    expect(await objects.text(commit.tree, "plain")).toBe("");
    expect(await objects.text(commit.tree, "a/none")).toBeUndefined();
    await expect(objects.text(commit.tree, "a/b")).rejects.toMatchObject({ code: "object-odd" });
    await expect(objects.text(commit.tree, "plain/x")).rejects.toMatchObject({ code: "object-odd" });
  });

  it("are not believed where others lie in their place, be it commit, tree or file", async () => {
    const { folder, objects, name, commit } = await mirrored({ file: "good\n" });
    unpack(folder);
    const put = (object: string, type: string, content: string) => {
      const path = join(folder, "objects", object.slice(0, 2), object.slice(2));
      chmodSync(path, 0o644);
      writeFileSync(path, deflateSync(Buffer.from(`${type} ${Buffer.byteLength(content)}\0${content}`)));
    };
    put(nameOf("HEAD:file"), "blob", "evil\n");
    await expect(objects.text(commit.tree, "file")).rejects.toMatchObject({ code: "object-damaged" });
    put(commit.tree, "tree", "");
    await expect(objects.text(commit.tree, "file")).rejects.toMatchObject({ code: "object-damaged" });
    put(name, "commit", `tree ${"0".repeat(40)}\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n`);
    await expect(objects.commits([name])).rejects.toMatchObject({ code: "object-damaged" });
    await expect(objects.commits(["0".repeat(40)])).rejects.toMatchObject({ code: "object-damaged" });
  });
});
