import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const exec = promisify(execFile);

const lib = (version: string) => ({ name: "omg-lib", version });
const app = (version: string) => ({ name: "omg-app", version, fields: { Depends: "omg-lib" } });

// A signed repository that moves on: its indexes forget versions that a lock pins, and its pool keeps them for a while.
describe.runIf(needs("apt-utils", "gpg", "root"))("a lock of yesterday", () => {
  let lab: OmgLab;
  let pinned: string;
  beforeAll(async () => {
    lab = await createOmgLab({ packages: [app("1.0"), lib("1.0"), { name: "omg-other", version: "1.0" }] });
    const validUntil = new Date(Date.now() + 2000);
    await lab.apt.publish({ validUntil });
    await lab.apt.serve();
    await lab.apt.aptOk("update");
    lab.writeLock(lockOf({ "omg-app": "*" }));
    await lab.expect(0, "lock");
    pinned = lab.readLock();
    await moveOn(lab, { name: "omg-app", version: "1.0" }, app("2.0"));
    await moveOn(lab, lib("1.0"), lib("2.0"));
    await lab.apt.publish();
    await lab.apt.aptOk("update");
  });
  afterAll(() => lab?.dispose());

  const versions = async () => {
    const installed = await lab.apt.installed();
    return ["omg-app", "omg-lib"].map((name) => installed.get(name)?.version);
  };
  const digests = (kind: string) => new RegExp(`${kind}: ([0-9a-f]{64})`).exec(pinned)?.[1] ?? "";
  const object = (kind: string) => {
    const digest = digests(kind);
    return join(lab.env.OMG_DATA_DIR ?? "", "store/sha256", digest.slice(0, 2), digest.slice(2));
  };

  it("has the signed indexes that it was made with in the store, and only for what is written", async () => {
    expect(readFileSync(object("release"), "utf8")).toContain("BEGIN PGP SIGNED MESSAGE");
    expect(readFileSync(object("packages"), "utf8")).toContain("Package: omg-app\nVersion: 1.0");
    expect(statSync(object("packages")).mode & 0o222).toBe(0);
  });

  it.each(["release", "packages"])("is refused when the kept %s was changed by one byte", async (kind) => {
    const bytes = readFileSync(object(kind));
    const changed = Buffer.from(bytes);
    changed[100] = (changed[100] ?? 0) ^ 1;
    replace(object(kind), changed);
    const before = lab.apt.snapshot();
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toContain("its bytes have changed");
    expect(lab.apt.snapshot()).toBe(before);
    replace(object(kind), bytes);
  });

  it("says what is missing where the indexes are not kept", async () => {
    const bytes = readFileSync(object("packages"));
    rmSync(object("packages"));
    const { stderr } = await lab.expect(1, "apply", "--yes");
    expect(stderr).toContain("The package lists that it was pinned with (omg/stable/main) are not kept here either");
    expect(await versions()).toEqual([undefined, undefined]);
    replace(object("packages"), bytes);
  });

  it("still pins what it pinned when a request is added, and keeps what proves it", async () => {
    lab.wantPackages({ "omg-app": "*", "omg-other": "*" });
    await lab.expect(0, "lock");
    const text = lab.readLock();
    expect(text).toMatch(/omg-app: \{ version: "1.0".*\n {2}omg-lib: \{ version: "1.0"/);
    expect(text).toContain(`omg/stable/main@${digests("release").slice(0, 12)}: { release: ${digests("release")}`);
    await lab.expect(0, "lock");
    expect(lab.readLock()).toBe(text);
  });

  it("is planned, fetched, proved and installed, its Valid-Until notwithstanding", async () => {
    const { stdout } = await lab.expect(0, "plan", "--json");
    expect(stdout).toMatch(/"code": "signature-valid"/);
    expect(stdout).toContain(digests("release"));
    const applied = await lab.expect(0, "apply", "--yes");
    expect(applied.stdout).toContain("No source lists 2 of these any more");
    expect(await versions()).toEqual(["1.0", "1.0"]);
    await lab.expect(0, "check", "--locked");
  });

  it("lets go of an index that nothing is pinned with any more", async () => {
    lab.writeLock(lab.readLock().replace(/^ {2}omg-(app|lib):.*version: "1.0".*\n/gm, ""));
    await lab.apt.aptOk("purge", "omg-app", "omg-lib");
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain('omg-app: { version: "2.0"');
    expect(lab.readLock()).not.toContain("@");
  });

  it("proves nothing by keys that the source is not bound to today", async () => {
    lab.writeLock(pinned);
    const source = join(lab.apt.root, "etc/apt/sources.list.d/omg.sources");
    const text = readFileSync(source, "utf8");
    writeFileSync(source, text.replace(/^Signed-By:.*$/m, "Signed-By: 0123456789ABCDEF0123456789ABCDEF01234567"));
    const store = await forgetPackages(lab);
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toMatch(/none of the keys that may sign/);
    expect(await versions()).toEqual([undefined, undefined]);
    expect(store).toBe(true);
    writeFileSync(source, text);
  });
});

/** Out of the index, and still in the pool. */
async function moveOn(
  lab: OmgLab,
  old: { readonly name: string; readonly version: string },
  next: Parameters<OmgLab["apt"]["addPackage"]>[0],
): Promise<void> {
  const file = lab.apt.repo.file(old.name, old.version);
  const bytes = readFileSync(file);
  lab.apt.withdraw(old.name, old.version);
  writeFileSync(file, bytes);
  await lab.apt.addPackage(next);
}

function replace(path: string, bytes: Buffer): void {
  rmSync(path, { force: true });
  writeFileSync(path, bytes, { mode: 0o444 });
}

/** omg's own record of what it installed would prove it as well. */
async function forgetPackages(lab: OmgLab): Promise<boolean> {
  const records = join(lab.env.OMG_DATA_DIR ?? "", "artifacts.json");
  rmSync(records, { force: true });
  return !existsSync(records);
}

describe.runIf(needs("apt-utils", "gpg", "root"))(
  "a lock of yesterday whose source has its signature in a file of its own",
  () => {
    it("keeps that as well, and is proved by it", async () => {
      const lab = await createOmgLab({ packages: [lib("1.0")], skipUpdate: true });
      try {
        await detach(lab);
        lab.writeLock(lockOf({ "omg-lib": "*" }));
        await lab.expect(0, "lock");
        const digest = /signature: ([0-9a-f]{64})/.exec(lab.readLock())?.[1] ?? "";
        await moveOn(lab, lib("1.0"), lib("2.0"));
        await lab.apt.publish();
        await detach(lab);
        await lab.expect(0, "apply", "--yes");
        expect((await lab.apt.installed()).get("omg-lib")?.version).toBe("1.0");
        rmSync(join(lab.env.OMG_DATA_DIR ?? "", "artifacts.json"));
        await lab.apt.aptOk("purge", "omg-lib");
        rmSync(join(lab.env.OMG_DATA_DIR ?? "", "store/sha256", digest.slice(0, 2), digest.slice(2)));
        expect((await lab.expect(1, "plan")).stdout).toContain("are not kept here either");
      } finally {
        await lab.dispose();
      }
    });

    it("is captured with its proof, unless it is only shown", async () => {
      const lab = await createOmgLab({ packages: [lib("1.0")] });
      try {
        await lab.apt.aptOk("install", "omg-lib");
        const store = join(lab.env.OMG_DATA_DIR ?? "", "store");
        await lab.expect(0, "env", "capture", "--print");
        expect(existsSync(store)).toBe(false);
        await lab.expect(0, "env", "capture");
        const digest = /packages: ([0-9a-f]{64})/.exec(lab.readLock())?.[1] ?? "";
        expect(readFileSync(join(store, "sha256", digest.slice(0, 2), digest.slice(2)), "utf8")).toContain("omg-lib");
      } finally {
        await lab.dispose();
      }
    });
  },
);

/** Release and Release.gpg in place of InRelease. */
async function detach(lab: OmgLab): Promise<void> {
  const dist = join(lab.apt.repo.path, "dists/stable");
  const gpg = ["--batch", "--yes", "--quiet", "--homedir", join(lab.apt.folder, "gnupg")];
  await exec("gpg", [...gpg, "--armor", "--detach-sign", "-o", join(dist, "Release.gpg"), join(dist, "Release")]);
  rmSync(join(dist, "InRelease"));
  await lab.apt.aptOk("update");
}
