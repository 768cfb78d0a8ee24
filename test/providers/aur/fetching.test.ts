import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recipeOf } from "../../../providers/aur/recipe/recipe.ts";
import { openRepository } from "../../../providers/aur/repository.ts";
import { gatherSources } from "../../../providers/aur/sources/fetch.ts";
import { createAurLab, pkgbuild } from "../../support/aur-lab.ts";
import { needs } from "../../support/needs.ts";

let folder: string;
let served: string[];
let server: ReturnType<typeof createServer>;
let url: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "omg-sources-"));
  chmodSync(folder, 0o755);
  served = [];
  server = createServer((request, response) => {
    served.push(request.url ?? "");
    if (request.url?.endsWith("word.txt") === true) response.end("word\n");
    else response.writeHead(404).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});

it("keeps a source that has a checksum, and fetches it again where what was kept is damaged", async () => {
  const sum = createHash("sha256").update("word\n").digest("hex");
  const text = `pkgbase = one\npkgver = 1\npkgrel = 1\narch = any\nsource = ${url}/word.txt\nsha256sums = ${sum}\n\npkgname = one\n`;
  const recipe = recipeOf(text, "x86_64");
  const kept = join(folder, "kept");
  const gather = async (name: string) => {
    mkdirSync(join(folder, name));
    const means = { commits: {}, repositories: join(folder, "git"), kept, signal: new AbortController().signal };
    await gatherSources(recipe, join(folder, name), folder, means);
    return readFileSync(join(folder, name, "word.txt"), "utf8");
  };
  expect(await gather("first")).toBe("word\n");
  expect(await gather("second")).toBe("word\n");
  expect(served).toEqual(["/word.txt"]);
  const [file = ""] = readdirSync(kept);
  writeFileSync(join(kept, file), "");
  expect(await gather("third")).toBe("word\n");
  expect(served).toEqual(["/word.txt", "/word.txt"]);
});

describe.runIf(needs("git"))("a repository", () => {
  it("is asked for through the environment's proxy, as everything else that is fetched", async () => {
    vi.stubEnv("http_proxy", url);
    vi.stubEnv("no_proxy", "");
    const address = "http://recipes.invalid/one.git";
    const repository = await openRepository({ folder: join(folder, "git"), address, strict: true });
    await expect(repository.fetch(["+HEAD:refs/omg/head"])).rejects.toMatchObject({ code: "repository-unreachable" });
    expect(served[0]).toBe(`${address}/info/refs?service=git-upload-pack`);
  });

  it("shows all that changed, or nothing: no line lies hidden in the middle of others", async () => {
    const aur = await createAurLab();
    try {
      const lines = `${"many words ".repeat(1000)}\n`.repeat(200);
      const files = { "A.patch": lines, PKGBUILD: pkgbuild("one"), "z.patch": lines, ".SRCINFO": "pkgbase = one\n" };
      const some = aur.publish("one", { ...files, "z.patch": "little\n" });
      const all = aur.publish("one", files);
      const address = `${aur.url}/one.git`;
      const repository = await openRepository({ folder: join(folder, "git"), address, strict: true });
      await repository.fetch(["+HEAD:refs/omg/head"]);
      expect(await repository.diff(undefined, some)).toMatch(/\+pkgname=one[\s\S]*\+little/);
      await expect(repository.diff(undefined, all)).rejects.toMatchObject({ code: "recipe-too-large" });
    } finally {
      await aur.close();
    }
  });
});
