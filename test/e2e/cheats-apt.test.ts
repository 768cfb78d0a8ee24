import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bindTo, expectCaught, listed, resign } from "../support/cheat.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "gpg-agent", "root");
const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

// One way to cheat, one test: each through the whole of `omg apply` on a real apt, with real keys. Each says no with a code of its
// own, and leaves the machine as it was to the last byte.
describe.runIf(HERE)("a cheat that changes who signed what, and when", () => {
  let lab: OmgLab;
  let gpg: GpgHome;
  let release: Buffer;
  let ring: Buffer;
  const keyring = () => join(lab.apt.root, "etc/apt/keyrings/omg.gpg");
  beforeAll(async () => {
    lab = await createOmgLab();
    gpg = new GpgHome();
    release = readFileSync(listed(lab, "InRelease"));
    ring = readFileSync(keyring());
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
    await lab.expect(0, "lock");
  }, 60_000);
  afterEach(() => {
    writeFileSync(listed(lab, "InRelease"), release);
    writeFileSync(keyring(), ring);
  });
  afterAll(async () => {
    await lab.expect(0, "apply", "--yes");
    gpg.dispose();
    await lab.dispose();
  });

  it("another byte in the signed file", async () => {
    writeFileSync(listed(lab, "InRelease"), release.toString("latin1").replace("Suite: stable", "Suite: stablE"));
    await expectCaught(lab, { code: "signature-bad", exit: 4 });
  });

  it("another signer", async () => {
    const eve = gpg.makeKey("eve", { at: ago(9) });
    resign(lab, gpg, { keys: [eve], at: ago(0) });
    await expectCaught(lab, { code: "key-unknown", exit: 4, says: ["none of the keys that may sign"] });
  });

  it("another signer who calls himself by the right name", async () => {
    const double = gpg.makeKey("omg", { at: ago(9) });
    resign(lab, gpg, { keys: [double], at: ago(0) });
    await expectCaught(lab, { code: "key-unknown", exit: 4 });
  });

  it("an index past its date", async () => {
    const key = gpg.makeKey("dated", { at: ago(9) });
    bindTo(lab, gpg, [key]);
    const until = `Valid-Until: ${ago(1).toUTCString()}\n`;
    resign(lab, gpg, { keys: [key], at: ago(3) }, (text) => `${until}${text}`);
    await expectCaught(lab, { code: "release-expired", exit: 4, says: ["was valid until", "apt-get update"] });
  });

  it("an index from the future", async () => {
    const key = gpg.makeKey("early", { at: ago(9) });
    bindTo(lab, gpg, [key]);
    resign(lab, gpg, { keys: [key], at: ago(1) }, (text) =>
      text.replace(/^Date: .*$/m, `Date: ${ago(-2).toUTCString()}`),
    );
    await expectCaught(lab, { code: "release-from-future", exit: 4 });
  });

  it("a signature from the future", async () => {
    const key = gpg.makeKey("future", { at: ago(9) });
    bindTo(lab, gpg, [key]);
    resign(lab, gpg, { keys: [key], at: ago(-2) });
    await expectCaught(lab, { code: "signature-from-future", exit: 4 });
  });

  it("a weak hash", async () => {
    const key = gpg.makeKey("sha1", { at: ago(9), type: "rsa3072" });
    bindTo(lab, gpg, [key]);
    resign(lab, gpg, { keys: [key], at: ago(0), digest: "SHA1" });
    await expectCaught(lab, { code: "weak-hash", exit: 4, says: ["SHA1"] });
  });

  it("a weak key", async () => {
    const key = gpg.makeKey("small", { at: ago(9), type: "rsa1024" });
    bindTo(lab, gpg, [key]);
    resign(lab, gpg, { keys: [key], at: ago(0) });
    await expectCaught(lab, { code: "weak-key", exit: 4, says: ["1024 bits"] });
  });

  it("a revoked key, whatever policy would allow", async () => {
    const key = gpg.makeKey("revoked", { at: ago(9) });
    resign(lab, gpg, { keys: [key], at: ago(2) });
    gpg.revoke(key, ago(1));
    bindTo(lab, gpg, [key]);
    const policy = join(lab.project, "policy.toml");
    writeFileSync(policy, 'version = 1\n[grade]\nminimum = "risk"\n[signatures]\nrequired = false\n');
    await expectCaught(lab, { code: "key-revoked", exit: 4, says: ["revoked"] });
    rmSync(policy);
  });

  it("a key that expired since", async () => {
    const key = gpg.makeKey("expired", { at: ago(9), expire: "5d" });
    resign(lab, gpg, { keys: [key], at: ago(6) });
    bindTo(lab, gpg, [key]);
    await expectCaught(lab, { code: "key-expired", exit: 4 });
  });

  it("a key that had expired before it signed", async () => {
    const key = gpg.makeKey("late", { at: ago(9) });
    resign(lab, gpg, { keys: [key], at: ago(2) });
    gpg.gpg(ago(8), ["--passphrase", "", "--quick-set-expire", key, "4d"]);
    bindTo(lab, gpg, [key]);
    await expectCaught(lab, { code: "signature-outside-key-life", exit: 4 });
  });

  it("a signature older than its key", async () => {
    const key = gpg.makeKey("young", { at: ago(2) });
    resign(lab, gpg, { keys: [key], at: ago(3) });
    bindTo(lab, gpg, [key]);
    await expectCaught(lab, { code: "signature-outside-key-life", exit: 4 });
  });

  it("no signature, where signatures are required", async () => {
    const text = release.toString("utf8");
    const plain = text.slice(text.indexOf("\n\n") + 2, text.indexOf("\n-----BEGIN PGP SIGNATURE-----") + 1);
    writeFileSync(listed(lab, "InRelease"), plain);
    writeFileSync(join(lab.project, "policy.toml"), "version = 1\n[signatures]\nrequired = true\n");
    await expectCaught(lab, { code: "signature-bad", exit: 4, says: ["signatures.required"] });
    rmSync(join(lab.project, "policy.toml"));
    await expectCaught(lab, { code: "signature-bad", exit: 4 });
  });

  it("an index under another one's signature (mix and match)", async () => {
    const path = listed(lab, "Packages");
    const packages = readFileSync(path);
    writeFileSync(path, packages.toString("latin1").replace("Long text of omg-script", "Long_text of omg-script"));
    await expectCaught(lab, { code: "index-mismatch", exit: 4, says: ["apt-get update"] });
    writeFileSync(path, packages);
  });
});

describe.runIf(HERE)("a cheat that puts other bytes under a name", () => {
  let lab: OmgLab;
  beforeEach(async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
    await lab.expect(0, "lock");
  }, 60_000);
  afterEach(() => lab.dispose());

  it("another byte on the mirror", async () => {
    const file = lab.apt.repo.file("omg-script", "1.0");
    const bytes = readFileSync(file);
    bytes.fill(0x21, bytes.length - 1);
    writeFileSync(file, bytes);
    await expectCaught(lab, { code: "artifact-mismatch", exit: 4, says: ["other bytes"] });
  });

  it("another byte in the store", async () => {
    const { sha256 } = lab.apt.repo.deb("omg-script", "1.0");
    const folder = omgPath(lab, `data/store/sha256/${sha256.slice(0, 2)}`);
    mkdirSync(folder, { recursive: true });
    const bytes = readFileSync(lab.apt.repo.file("omg-script", "1.0"));
    bytes.fill(0x21, bytes.length - 1);
    writeFileSync(join(folder, sha256.slice(2)), bytes);
    await expectCaught(lab, { code: "hash-mismatch", exit: 4 });
  });

  it("the same version built anew, signed by the archive: lock and signed index disagree", async () => {
    lab.apt.withdraw("omg-script", "1.0");
    await lab.apt.addPackage({ name: "omg-script", version: "1.0", build: "by somebody else" });
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    // A machine that did not make the lock has not kept the lists that it was made with.
    rmSync(omgPath(lab, "data/store"), { recursive: true });
    const says = ["The lock pins omg-script 1.0 to the build", "omg update omg-script"];
    await expectCaught(lab, { code: "lock-index-disagree", exit: 4, says });
    await lab.expect(4, "plan");
    // Who has found out why pins it anew.
    lab.writeLock(lockOf({ "omg-script": "1.0" }));
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
  });

  it("a lock that names other bytes than the index", async () => {
    const { sha256 } = lab.apt.repo.deb("omg-script", "1.0");
    lab.writeLock(lab.readLock().replace(sha256, "f".repeat(64)));
    rmSync(omgPath(lab, "data/store"), { recursive: true });
    await expectCaught(lab, { code: "lock-index-disagree", exit: 4, says: [sha256] });
  });

  it("a newer one of the same name from an origin that is not allowed", async () => {
    await lab.apt.addPackage({ name: "omg-script", version: "9.0", suite: "elsewhere" });
    await lab.apt.publish({ suite: "elsewhere", label: "Elsewhere" });
    await lab.apt.aptOk("update");
    lab.writeLock(lockOf({ "omg-script": "9.*" }));
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(/omg-script: .*9\.0.*from: elsewhere/);
    writeFileSync(join(lab.project, "policy.toml"), 'version = 1\n[origins]\nallow = ["omg"]\n');
    await expectRefusal(lab, { exit: 4, says: ["origins.allow", "elsewhere"] });
    lab.writeLock(lockOf({ "omg-script": { version: "9.*", from: "omg" } }));
    await expectRefusal(lab, { args: ["lock"], exit: 1, says: ["omg-script"] });
  });
});

describe.runIf(HERE)("an older index, replayed across runs", () => {
  let lab: OmgLab;
  let old: string;
  const lists = () => join(lab.apt.root, "var/lib/apt/lists");
  const seen = () => omgPath(lab, "state/releases.json");
  beforeAll(async () => {
    lab = await createOmgLab();
    await lab.apt.publish({ date: ago(3) });
    await refetch();
    old = join(lab.apt.folder, "old");
    cpSync(lists(), old, { recursive: true });
    await lab.apt.publish({ date: ago(1) });
    await refetch();
    lab.writeLock(lockOf({ "omg-base": "1.0" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ "omg-base": "1.0", "omg-script": "1.0" }));
  }, 60_000);
  afterAll(() => lab.dispose());

  /** As a machine does that lost its lists: apt itself has nothing to compare with then. */
  async function refetch(): Promise<void> {
    rmSync(lists(), { recursive: true });
    mkdirSync(join(lists(), "partial"), { recursive: true });
    await lab.apt.aptOk("update");
  }

  it("is refused, though apt takes it, and whatever else is right about it", async () => {
    await lab.apt.publish({ date: ago(3) });
    await refetch();
    await expectCaught(lab, { code: "release-older", exit: 4, says: ["old state of the archive", seen()] });
  });

  it("is refused where apt's own lists were put back", async () => {
    await lab.apt.publish({ date: ago(1) });
    await refetch();
    rmSync(lists(), { recursive: true });
    cpSync(old, lists(), { recursive: true });
    await expectCaught(lab, { code: "release-older", exit: 4 });
  });

  it("stays refused by omg update, which changes neither the lock nor the machine's packages", async () => {
    await lab.apt.publish({ date: ago(3) });
    await refetch();
    const lock = lab.readLock();
    await expectRefusal(lab, { args: ["update", "--yes"], exit: 4, says: ["old state of the archive"] });
    expect(lab.readLock()).toBe(lock);
  });

  it("is seen by a record that cannot be read away", async () => {
    const whole = readFileSync(seen());
    writeFileSync(seen(), "{");
    await expectRefusal(lab, { exit: 1, says: [seen(), "move it away"] });
    writeFileSync(seen(), whole);
  });

  it("a newer one, and the same once more, are taken; a record of it is kept", async () => {
    await lab.apt.publish({ date: ago(0) });
    await refetch();
    await lab.expect(0, "apply", "--yes");
    const { sources } = JSON.parse(readFileSync(seen(), "utf8")) as { sources: Record<string, { date: string }> };
    const dates = Object.values(sources).map(({ date }) => Date.parse(date));
    expect(dates).toHaveLength(1);
    expect(Date.now() - (dates[0] ?? 0)).toBeLessThan(DAY_MS);
    lab.writeLock(lockOf({ "omg-base": "1.0", "omg-script": "1.0", "omg-extra": "1.0" }));
    await lab.expect(0, "apply", "--yes");
  });
});
