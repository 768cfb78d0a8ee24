import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { needs } from "../support/needs.ts";
import { nodeArchive, nodeConfig, nodeFile, publishNode } from "../support/node-dist.ts";
import { createRuntimeLab, type RuntimeLab } from "../support/runtime-lab.ts";

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
      ["22.1.0", "21.1.0", "20.1.0"].map((version) => ({ version, archive: archive(version) })),
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
