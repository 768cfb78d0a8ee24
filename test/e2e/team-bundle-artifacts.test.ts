import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPlatform } from "../../host/platform.ts";
import { type BundleMachine, createBundleMachine, LOCK, PASSPHRASE_FILE, RECEIVE } from "../support/bundle-lab.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

/** Node's own account of the most memory that the process had, in KiB. */
const RSS = `process.on("exit", () => require("node:fs").writeFileSync(process.env.RSS_FILE, String(process.resourceUsage().maxRSS)));\n`;

it("a bundle takes memory for a few pieces, however large its artifacts are", async () => {
  const [alice, bob] = [createBundleMachine(), createBundleMachine()];
  alice.put("omg.lock", LOCK);
  const large = randomBytes(1 << 20);
  const copies = 200;
  const hash = createHash("sha256");
  for (let index = 0; index < copies; index += 1) hash.update(large);
  const digest = hash.digest("hex");
  const object = join(alice.env.OMG_DATA_DIR ?? "", "store/sha256", digest.slice(0, 2), digest.slice(2));
  mkdirSync(dirname(object), { recursive: true });
  for (let index = 0; index < copies; index += 1) writeFileSync(object, large, { flag: "a" });
  const pins = `---\npins: ${readPlatform().platform}\napt:\n  big: { version: "1.0", sha256: ${digest}, from: debian }\n`;
  alice.put("omg.lock", `${LOCK}apt:\n  packages:\n    big: "*"\n${pins}`);
  const watch = alice.put("../rss.cjs", RSS);
  const peak = async (machine: BundleMachine, ...args: readonly string[]) => {
    const out = join(machine.project, "../rss");
    const ran = await machine.omg(args, { env: { NODE_OPTIONS: `--require ${watch}`, RSS_FILE: out } });
    expect(ran.code, ran.stderr).toBe(0);
    return Number(readFileSync(out, "utf8")) / 1024;
  };
  const share = ["team", "share", "--yes", ...PASSPHRASE_FILE, "--output"];
  const receive = [...RECEIVE, "--from", await alice.key()];
  const small = await peak(alice, ...share, "../small.omg");
  const big = await peak(alice, ...share, "../big.omg", "--artifacts");
  expect(readFileSync(join(alice.project, "../big.omg")).length).toBeGreaterThan(copies << 20);
  const little = await peak(bob, ...receive, join(alice.project, "../small.omg"));
  const much = await peak(bob, ...receive, join(alice.project, "../big.omg"));
  expect(existsSync(join(bob.env.OMG_DATA_DIR ?? "", "store/sha256", digest.slice(0, 2), digest.slice(2)))).toBe(true);
  expect(big - small, `${small} MiB, with artifacts ${big}`).toBeLessThan(100);
  expect(much - little, `${little} MiB, with artifacts ${much}`).toBeLessThan(100);
  for (const machine of [alice, bob]) machine.dispose();
});

describe.runIf(needs("apt-utils", "gpg", "gpg-agent", "root"))("a bundle with what it takes to apply it", () => {
  let alice: OmgLab;
  let bob: OmgLab;
  beforeAll(async () => {
    [alice, bob] = [await createOmgLab(), await createOmgLab()];
    chmodSync(alice.apt.folder, 0o755);
  });
  afterAll(async () => {
    await alice.dispose();
    await bob.dispose();
  });

  it("is applied where the mirror has nothing any more", async () => {
    alice.writeLock(lockOf({ "omg-app": "2.0" }));
    await alice.expect(0, "lock");
    await alice.expect(0, "apply", "--yes");
    const [passphrase, file] = [join(alice.apt.folder, "passphrase"), join(alice.apt.folder, "team.omg")];
    writeFileSync(passphrase, "correct horse battery\n");
    const means = ["--yes", "--passphrase-file", passphrase];
    const { stdout } = await alice.expect(0, "team", "share", "--artifacts", "--output", file, ...means, "--json");
    const shared = JSON.parse(stdout) as { from: string; artifacts: { count: number } };
    expect(shared.artifacts.count).toBeGreaterThanOrEqual(3);
    execFileSync("find", [bob.apt.repo.path, "-name", "*.deb", "-delete"]);
    const received = await bob.expect(0, "team", "receive", file, "--from", shared.from, ...means);
    expect(received.stdout).toContain("Laid out");
    const installed = Object.fromEntries(
      [...(await bob.apt.installed())].map(([name, { version }]) => [name, version]),
    );
    expect(installed).toMatchObject({ "omg-app": "2.0", "omg-extra": "1.0", "omg-lib": "1.1" });
    await bob.expect(0, "check");
    expect(bob.readLock()).toBe(alice.readLock());
    const again = await bob.expect(0, "team", "receive", file, ...means);
    expect(again.stdout).toContain("The same");
    expect(again.stdout).toContain("Nothing to do");
  });
});
