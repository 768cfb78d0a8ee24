import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BundleMachine, createBundleMachine, LOCK } from "../support/bundle-lab.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";

describe.runIf(needs("gpg", "gpg-agent"))("a bundle for the holders of keys that gpg made", () => {
  let alice: BundleMachine;
  let bob: BundleMachine;
  let home: GpgHome;
  const at = (name: string) => join(home.folder, name);
  beforeAll(() => {
    home = new GpgHome();
    for (const name of ["bob", "eve"]) {
      home.gpg(undefined, ["--passphrase", "", "--quick-gen-key", name, "future-default", "default", "0"]);
      home.exportTo(at(`${name}.asc`), [name], "armour");
      home.gpg(undefined, ["--armor", "-o", at(`${name}.secret`), "--export-secret-keys", name]);
    }
  });
  afterAll(() => home.dispose());
  beforeEach(() => {
    [alice, bob] = [createBundleMachine(), createBundleMachine()];
    alice.put("omg.lock", LOCK);
  });
  const share = (to: string) => alice.expect(0, "team", "share", "--yes", "--to", to, "--output", at("team.omg"));
  afterEach(() => {
    for (const machine of [alice, bob]) machine.dispose();
    rmSync(at("team.omg"), { force: true });
  });

  it("is opened by each of them, and by nobody else", async () => {
    const { stdout } = await share(at("bob.asc"));
    const fingerprint = /fpr:+([0-9A-F]{40}):/.exec(home.gpg(undefined, ["--with-colons", "-k", "bob"]))?.[1];
    expect(stdout).toContain(fingerprint);
    const from = ["--from", await alice.key(), "--yes", "--no-apply"];
    const { stderr } = await bob.expect(4, "team", "receive", at("team.omg"), "--key", at("eve.secret"), ...from);
    expect(stderr).toContain("not for");
    expect((await bob.expect(4, "team", "receive", at("team.omg"), ...from)).stderr).toContain("gpg --decrypt");
    await bob.expect(0, "team", "receive", at("team.omg"), "--key", at("bob.secret"), ...from);
    rmSync(at("team.omg"));
    await share(`${at("bob.asc")},${at("eve.asc")}`);
    await bob.expect(0, "team", "receive", at("team.omg"), "--key", at("eve.secret"), ...from);
    expect(bob.read("omg.lock")).toBe(LOCK);
  });

  it("is opened by gpg, into a pipe", async () => {
    await share(at("bob.asc"));
    const plain = execFileSync("gpg", ["--homedir", home.folder, "--batch", "--quiet", "--decrypt", at("team.omg")], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const receive = ["team", "receive", "-", "--yes", "--no-apply", "--from", await alice.key()];
    expect(await bob.omg(receive, { input: plain.toString("latin1") })).toMatchObject({ code: 0 });
    expect(bob.read("omg.lock")).toBe(LOCK);
    const damaged = plain.toString("latin1").replace("EDITOR", "EDITER");
    expect((await bob.omg(receive, { input: damaged })).stderr).toContain("other bytes than it should");
  });

  it("is not made for a key that only signs", async () => {
    home.gpg(undefined, ["--passphrase", "", "--quick-gen-key", "signer", "ed25519", "sign", "0"]);
    home.exportTo(at("signer.asc"), ["signer"], "armour");
    const to = ["--to", at("signer.asc"), "--output", at("team.omg")];
    expect((await alice.expect(3, "team", "share", "--yes", ...to)).stderr).toContain("nothing can be encrypted");
    expect(existsSync(at("team.omg"))).toBe(false);
  });
});
