import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { needs } from "../support/needs.ts";
import { nodeArchive, nodeConfig, nodeFile, publishNode } from "../support/node-dist.ts";
import { createRuntimeLab, detached, hashOf, type RuntimeLab } from "../support/runtime-lab.ts";
import { tarGz } from "../support/tar-writer.ts";

const SEED = Number(process.env.OMG_SEED ?? Date.now() % 1_000_000);
/** Enough files that a kill falls between some of them. */
const MANY = Array.from({ length: 400 }, (_, index) => ({
  name: `TOP/lib/file${index}.js`,
  content: `// ${index}\n`.repeat(50),
}));

describe("installing a runtime where something goes wrong", () => {
  let lab: RuntimeLab;
  const versions = () => join(lab.data, "versions/node");
  const here = () => (existsSync(versions()) ? readdirSync(versions()) : []);
  const says = (version: string) => execFileSync(join(versions(), version, "bin/node"), { encoding: "utf8" }).trim();
  const isWhole = (version: string) => readdirSync(join(versions(), version, "lib")).length === MANY.length + 1;

  beforeAll(async () => {
    lab = await createRuntimeLab();
    lab.trust("node");
    lab.config(nodeConfig(lab));
    const archive = (version: string) => nodeArchive(version, MANY);
    publishNode(
      lab,
      ["23.1.0", "22.1.0", "21.1.0", "20.1.0"].map((version) => ({ version, archive: archive(version) })),
    );
    await lab.expect(0, "use", "node", "20", "--yes");
  });
  afterAll(() => lab.dispose());

  it.each([
    "extract.before-sync",
    "extract.before-rename",
    "remove.before-content",
    "apply.after-operation",
    "record.before-base",
  ])(
    "killed at %s, goes on from what is true",
    async (failpoint) => {
      const [from, to] = here().includes("20.1.0") ? ["20.1.0", "22.1.0"] : ["22.1.0", "20.1.0"];
      const cut = await lab.omg(["use", "node", to, "--yes"], { env: { OMG_FAILPOINT: failpoint } });
      expect(cut.signal, `${cut.stdout}${cut.stderr}`).toBe("SIGKILL");
      for (const version of here().filter((name) => !name.startsWith(".")))
        expect([version, isWhole(version)]).toEqual([version, true]);
      await lab.expect(0, "apply", "--yes");
      expect([here(), says(to), isWhole(to)]).toEqual([[to], `v${to}`, true]);
      expect(from).not.toBe(to);
      await lab.expect(0, "check");
    },
    30_000,
  );

  it("killed at any instant, never has half a version", async () => {
    let random = SEED;
    for (let round = 0; round < 8; round += 1) {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      const delay = 200 + (random % 1500);
      const to = round % 2 === 0 ? "22.1.0" : "20.1.0";
      await lab.omg(["use", "node", to, "--yes"], {
        onStart: (child) => void setTimeout(() => child.kill("SIGKILL"), delay),
      });
      for (const version of here().filter((name) => !name.startsWith(".")))
        expect([SEED, round, version, isWhole(version)]).toEqual([SEED, round, version, true]);
    }
    await lab.expect(0, "use", "node", "22.1.0", "--yes");
    await lab.expect(0, "apply", "--yes");
    expect([here(), says("22.1.0")]).toEqual([["22.1.0"], "v22.1.0"]);
  }, 90_000);

  it("twenty at once end with one whole copy", async () => {
    await lab.expect(0, "use", "node", "20.1.0", "--no-apply");
    const all = await Promise.all(Array.from({ length: 20 }, () => lab.omg(["apply", "--yes"])));
    // One at a time changes anything; the others say who does, or find it done.
    expect(all.filter(({ code }) => code !== 0 && code !== 5).map(({ code, stderr }) => [code, stderr])).toEqual([]);
    expect(all.some(({ code }) => code === 0)).toBe(true);
    expect([here(), says("20.1.0"), isWhole("20.1.0")]).toEqual([["20.1.0"], "v20.1.0", true]);
    await lab.expect(0, "check");
  }, 90_000);

  it("takes nothing from a publisher's server that fails, and says so", async () => {
    const before = here();
    const path = `/node/v21.1.0/${nodeFile("21.1.0")}`;
    const good = lab.server.files.get(path) ?? "";
    lab.server.files.set(path, { status: 404 });
    const ran = await lab.omg(["use", "node", "21.1.0", "--yes"]);
    expect([ran.code, here()]).toEqual([8, before]);
    lab.server.files.set(path, good);
    await lab.expect(0, "use", "node", "21.1.0", "--yes");
    expect(says("21.1.0")).toBe("v21.1.0");
  });

  // A minute of trickling is waited for: this clock makes it a second, and everything else is real.
  const hasty = () => {
    const shim = join(lab.folder, "hasty.cjs");
    writeFileSync(shim, "const now = performance.now.bind(performance); performance.now = () => 100 * now();\n");
    return { NODE_OPTIONS: `--require=${shim}` };
  };

  it.each([
    ["list of versions", "/node/index.json", "endless", /more than 67108864 bytes came/],
    ["list of versions", "/node/index.json", "trickle", /less than 1024 a second/],
    ["signed list", "/node/v23.1.0/SHASUMS256.txt.asc", "endless", /more than 33554432 bytes came/],
    ["signed list", "/node/v23.1.0/SHASUMS256.txt.asc", "trickle", /less than 1024 a second/],
    ["archive", `/node/v23.1.0/${nodeFile("23.1.0")}`, "trickle", /less than 1024 a second/],
  ] as const)("gives up on a server whose %s (%s) does this: %s", async (_, path, fault, pattern) => {
    const lock = join(lab.project, "omg.lock");
    const [before, locked] = [here(), readFileSync(lock, "utf8")];
    const good = lab.server.files.get(path) as Buffer;
    lab.server.files.set(path, { body: Buffer.from(good), fault });
    const ran = await lab.omg(["use", "node", "23", "--yes"], { env: hasty() });
    lab.server.files.set(path, good);
    expect([ran.code, `${ran.stdout}${ran.stderr}`.replace(/\s+/g, " ")]).toEqual([8, expect.stringMatching(pattern)]);
    expect(here()).toEqual(before);
    writeFileSync(lock, locked); // it asks for 23 once the plan stands, whether the archive comes or not
  });

  it("takes no byte more than the list says that an archive has", async () => {
    const { files, url } = lab.server;
    const archive = tarGz([{ name: "go/bin/go", content: "#!/bin/sh\n", mode: 0o755 }]);
    const arch = process.arch === "x64" ? "amd64" : "arm64";
    const [filename, sha256] = [`go1.22.1.linux-${arch}.tar.gz`, hashOf(archive)];
    const file = { filename, os: "linux", arch, version: "go1.22.1", sha256, size: archive.length, kind: "archive" };
    files.set("/go/", JSON.stringify([{ version: "go1.22.1", stable: true, files: [file] }]));
    files.set(`/go/${filename}.asc`, detached(lab, archive));
    files.set(`/go/${filename}`, { body: archive, fault: "endless" });
    lab.trust("go");
    lab.config(`${nodeConfig(lab)}[runtimes.go]\nmirror = "${url}/go"\nkeys = false\n`);
    const folder = join(lab.folder, "go-project");
    mkdirSync(folder);
    const ran = await lab.omg(["use", "go", "1.22", "--yes"], { cwd: folder });
    const said = `${ran.stdout}${ran.stderr}`.replace(/\s+/g, " ");
    expect([ran.code, said]).toEqual([4, expect.stringContaining(`more than ${archive.length} bytes came`)]);
    expect(existsSync(join(lab.data, "versions/go"))).toBe(false);
    files.set(`/go/${filename}`, archive);
    expect((await lab.omg(["apply", "--yes"], { cwd: folder })).code).toBe(0);
  });

  it.runIf(needs("root"))(
    "on a full disk says so, leaves nothing, and goes on where there is room",
    async () => {
      const small = join(lab.folder, "small");
      mkdirSync(small);
      const mount = (...options: readonly string[]) =>
        execFileSync("/usr/bin/mount", ["-t", "tmpfs", ...options, "tmpfs", small]);
      mount("-o", "size=700k");
      onTestFinished(() => void execFileSync("/usr/bin/umount", [small]));
      const env = { OMG_DATA_DIR: small, OMG_STATE_DIR: join(lab.folder, "small-state") };
      const full = await lab.omg(["apply", "--yes"], { env });
      expect([full.code, full.stderr]).toEqual([1, expect.stringContaining("No space is left")]);
      const folder = join(small, "user/versions/node");
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
      mount("-o", "remount,size=64m");
      const then = await lab.omg(["apply", "--yes"], { env });
      expect([then.code, readdirSync(folder)]).toEqual([0, ["21.1.0"]]);
    },
    60_000,
  );
});
