import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeConfig, nodeFile, publishNode, realNodeArchive } from "../support/node-dist.ts";
import { createRuntimeLab, type RuntimeLab } from "../support/runtime-lab.ts";

describe("node, from its list of versions to a program that runs", () => {
  let lab: RuntimeLab;
  const real = process.versions.node;
  const bin = (version: string, name = "node") => join(lab.data, "versions/node", version, "bin", name);
  const lock = () => readFileSync(join(lab.project, "omg.lock"), "utf8");

  beforeAll(async () => {
    lab = await createRuntimeLab();
    lab.trust("node");
    lab.config(nodeConfig(lab));
    publishNode(lab, [
      { version: "23.1.0" },
      { version: real, lts: "Iron", archive: realNodeArchive(lab, real) },
      { version: "18.20.4", lts: "Hydrogen" },
    ]);
  }, 120_000);
  afterAll(() => lab.dispose());

  it("installs nothing that is not pinned, and says so of each", async () => {
    const text = 'version: 1\nname: unpinned\nruntimes:\n  node: "18"\n  go: "1.22"\n  deno: "2"\n';
    writeFileSync(join(lab.project, "omg.lock"), text);
    const ran = await lab.expect(3, "apply", "--yes");
    for (const asked of ["node 18", "go 1.22", "deno 2"]) expect(ran.stderr).toContain(`${asked} is not pinned`);
    expect(ran.stderr).toContain("`omg lock` pins it");
    expect(lab.server.requests).toEqual([]);
    rmSync(join(lab.project, "omg.lock"));
  });

  it("lists what there is, and installs the newest that answers", async () => {
    const listed = await lab.expect(0, "list", "node", "--available", "--names");
    expect(listed.stdout).toBe(`23.1.0\n${real}\n18.20.4\n`);
    await lab.expect(0, "use", "node", "lts", "--yes");
    expect(lock()).toContain('runtimes:\n  node: "lts"\n');
    expect(lock()).toMatch(
      new RegExp(`node: \\{ version: "${real}", url: "http.*gz", sha256: [0-9a-f]{64}, from: nodejs.org \\}`),
    );
    expect(execFileSync(bin(real), ["-p", "1 + 1"], { encoding: "utf8" })).toBe("2\n");
    expect(existsSync(join(lab.data, "versions/node/current"))).toBe(false);
  }, 60_000);

  it("is in sync then, asks nobody, and tells what is here", async () => {
    const asked = lab.server.requests.length;
    await lab.expect(0, "check");
    const plan = JSON.parse((await lab.expect(0, "plan", "--json")).stdout);
    expect([plan.resource_changes, plan.omg.satisfied]).toEqual([[], 1]);
    const again = await lab.expect(0, "apply", "--yes");
    expect(again.stdout).toContain("Nothing to do");
    expect(lab.server.requests.length).toBe(asked);
    const listed = JSON.parse((await lab.expect(0, "list", "--json")).stdout);
    expect(listed.versions).toEqual([
      { runtime: "node", version: real, installed: true, current: false, pinned: true, lts: "iron" },
    ]);
  });

  it("explains what vouches for it before it is fetched", async () => {
    const plan = JSON.parse((await lab.expect(0, "use", "node", "18", "--dry-run", "--json")).stdout).apply.plan;
    const [judgement] = plan.omg.verdict.judgements;
    expect(judgement.grade).toBe("verified");
    expect(
      judgement.evidence.map(({ check, verdict }: { check: string; verdict: string }) => `${check} ${verdict}`),
    ).toEqual(["checksum pending", "signature pass"]);
    expect(plan.resource_changes.map((change: { address: string }) => change.address)).toEqual([
      "node.18.20.4",
      `node.${real}`,
    ]);
    expect(lock()).toContain('node: "lts"');
  });

  it("moves to another version and leaves nothing of the one that goes", async () => {
    const moved = await lab.expect(0, "use", "node@18", "--yes");
    expect(moved.stdout).toContain(`node.${real} goes: no lock that was applied here asks for it any more`);
    expect(lab.server.requests.at(-1)).toBe(`/node/v18.20.4/${nodeFile("18.20.4")} 200`);
    expect(lab.server.requests).toContain("/node/index.json 304");
    expect(execFileSync(bin("18.20.4"), { encoding: "utf8" })).toBe("v18.20.4\n");
    expect(readdirSync(join(lab.data, "versions/node"))).toEqual(["18.20.4"]);
    await lab.expect(0, "check");
  });

  it("holds everywhere what the user's own lock asks for, and switches at once", async () => {
    await lab.expect(0, "use", "--global", "node", "23", "--yes");
    expect(readlinkSync(join(lab.data, "versions/node/current"))).toBe("23.1.0");
    await lab.expect(0, "use", "--global", "node", "18", "--yes");
    expect(readlinkSync(join(lab.data, "versions/node/current"))).toBe("18.20.4");
    expect(readdirSync(join(lab.data, "versions/node")).sort()).toEqual(["18.20.4", "current"]);
    const listed = JSON.parse((await lab.expect(0, "list", "--json")).stdout).versions;
    expect(listed).toMatchObject([{ version: "18.20.4", current: true, pinned: true }]);
  });

  it("removes no version that another lock counts on", async () => {
    await lab.expect(0, "use", "node", "none", "--yes");
    expect(existsSync(bin("18.20.4"))).toBe(true);
    expect(lock()).not.toContain("18.20.4");
  });

  it("goes back to a generation from its own store, without asking anybody", async () => {
    await lab.expect(0, "use", "node", "23", "--yes");
    const history = JSON.parse((await lab.expect(0, "history", "--json")).stdout);
    const before = history.entries.find(({ current }: { current: boolean }) => current).id;
    await lab.expect(0, "use", "node", "18", "--yes");
    expect(existsSync(bin("23.1.0"))).toBe(false);
    const asked = lab.server.requests.length;
    await lab.expect(0, "rollback", before, "--yes");
    expect(execFileSync(bin("23.1.0"), { encoding: "utf8" })).toBe("v23.1.0\n");
    expect(lab.server.requests.length).toBe(asked);
  });

  it("updates within its request, and leaves what is pinned alone otherwise", async () => {
    await lab.expect(0, "use", "node", "18", "--yes");
    publishNode(lab, [
      { version: "23.1.0" },
      { version: "18.20.8", lts: "Hydrogen" },
      { version: "18.20.4", lts: "Hydrogen" },
    ]);
    await lab.expect(0, "lock");
    expect(lock()).toContain('node: { version: "18.20.4"');
    await lab.expect(0, "update", "node", "--only", "runtimes", "--yes");
    expect(lock()).toContain('node: { version: "18.20.8"');
    expect(execFileSync(bin("18.20.8"), { encoding: "utf8" })).toBe("v18.20.8\n");
    await lab.expect(0, "use", "node", "18.20.4", "--yes");
  });

  it("captures what is installed, with the hash that it was made of", async () => {
    const folder = join(lab.folder, "other");
    mkdirSync(folder, { recursive: true });
    const captured = await lab.omg(["env", "capture", "--print", "--only", "runtimes"], { cwd: folder });
    expect(captured.stdout).toMatch(
      /runtimes:\n {2}node: "18.20.4"\n---\npins: .*\nruntimes:\n {2}node: \{ version: "18.20.4", url: ".*", sha256: [0-9a-f]{64} \}/,
    );
  });

  it("shows what mise installed, and captures it where omg has nothing", async () => {
    const installs = join(lab.home, ".local/share/mise/installs");
    mkdirSync(join(installs, "node/21.7.3/bin"), { recursive: true });
    mkdirSync(join(installs, "go/1.22.10/bin"), { recursive: true });
    symlinkSync("./21.7.3", join(installs, "node/21"));
    // As mise leaves it for what omg does not install.
    mkdirSync(join(installs, "http-hello/1.2.3/hello-1.2.3/bin"), { recursive: true });
    for (const name of ["1", "latest"]) symlinkSync("./1.2.3", join(installs, "http-hello", name));
    writeFileSync(join(installs, "http-hello/.mise.backend.toml"), 'short = "http:hello"\n');
    mkdirSync(join(installs, "emptied"));
    const { versions } = JSON.parse((await lab.expect(0, "list", "--json")).stdout);
    expect(versions.filter(({ by }: { by?: string }) => by === "mise")).toMatchObject([
      { runtime: "node", version: "21.7.3", pinned: false },
      { runtime: "go", version: "1.22.10", pinned: false },
      { runtime: "http-hello", version: "1.2.3", pinned: false },
    ]);
    expect((await lab.expect(0, "list", "http:hello")).stdout).toBe("http-hello  1.2.3  by mise\n");
    expect((await lab.expect(1, "list", "http:hello", "--available")).stderr).toContain(
      "omg has no runtime http:hello",
    );
    const captured = await lab.expect(0, "env", "capture", "--print", "--only", "runtimes");
    expect(captured.stdout).toMatch(/runtimes:\n {2}go: "1.22.10"\n {2}node: "\d/);
    expect(captured.stdout).not.toMatch(/ go: \{/);
  });

  it("tells a damaged version, and mends it", async () => {
    await lab.expect(0, "apply", "--yes");
    const [version] = readdirSync(join(lab.data, "versions/node")).filter((name) => name !== "current");
    writeFileSync(
      join(lab.data, "versions/node", version ?? "", ".omg-runtime.json"),
      JSON.stringify({ sha256: "0".repeat(64) }),
    );
    await lab.expect(2, "check");
    await lab.expect(0, "apply", "--yes");
    await lab.expect(0, "check");
  });
});
