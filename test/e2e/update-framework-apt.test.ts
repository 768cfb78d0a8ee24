import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bindTo, expectCaught, listed, resign } from "../support/cheat.ts";
import type { FaultServer } from "../support/fault-server.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath } from "../support/refusal.ts";

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

// The attacks that The Update Framework lists (its specification, section 1.5.2), by a mirror that apt really asks: docs/security.md
// has them as a table.
describe.runIf(needs("apt-utils", "gpg", "gpg-agent", "root"))(
  "a mirror that attacks, against omg update and omg apply",
  () => {
    let lab: OmgLab;
    let mirror: FaultServer;
    beforeEach(async () => {
      lab = await createOmgLab({ conf: 'Acquire::Retries "0"; Acquire::http::Timeout "2";' });
      mirror = await lab.apt.serve();
      await lab.apt.aptOk("update");
      lab.writeLock(lockOf({ "omg-app": "2.0", "omg-script": "1.0" }));
      await lab.expect(0, "lock");
      // Something newer is there, so that fetching the lists anew means something.
      await lab.apt.addPackage({ name: "omg-script", version: "3.0" });
      await lab.apt.publish();
    }, 60_000);
    afterEach(() => lab.dispose());

    /** `omg update` fetches the lists, cannot, and leaves lists, lock and machine as they were. */
    async function refusedUpdate(...says: (string | RegExp)[]): Promise<void> {
      const before = [lab.readLock(), readFileSync(listed(lab, "InRelease"), "utf8")];
      lab.wantPackages({ "omg-app": "2.0", "omg-script": "*" });
      const asked = lab.readLock();
      await expectRefusal(lab, { args: ["update", "--yes"], exit: 8, says });
      expect([lab.readLock(), readFileSync(listed(lab, "InRelease"), "utf8")]).toEqual([asked, before[1]]);
      writeFileSync(join(lab.project, "omg.lock"), before[0] ?? "");
    }

    const served = (name: string) => join(lab.apt.repo.path, "dists/stable", name);

    it("arbitrary software: indexes signed by the mirror itself", async () => {
      const gpg = new GpgHome();
      const own = gpg.makeKey("mirror", { at: ago(1) });
      gpg.clearsign(served("Release"), served("InRelease"), { keys: [own], at: new Date() });
      gpg.dispose();
      await refusedUpdate("Not every source of apt could be read", /NO_PUBKEY|not available|signatures/);
    });

    it("arbitrary software: unsigned indexes", async () => {
      rmSync(served("InRelease"));
      await refusedUpdate("Not every source of apt could be read", /not signed|Release/);
    });

    it("endless data: a signed index that never ends", async () => {
      mirror.fail({ match: /InRelease$/, kind: "endless" });
      await refusedUpdate("Not every source of apt could be read");
    });

    it("endless data: a package list that never ends", async () => {
      mirror.fail({ match: /Packages/, kind: "endless" });
      await refusedUpdate("Not every source of apt could be read");
    });

    it("endless data: a package that never ends", async () => {
      mirror.fail({ match: /omg-script_/, kind: "endless" });
      await expectCaught(lab, { code: "artifact-mismatch", exit: 4, says: [/more than \d+ bytes came/] });
      const { sha256 } = lab.apt.repo.deb("omg-script", "1.0");
      expect(() => readFileSync(omgPath(lab, `data/store/incoming/${sha256}`))).toThrow("ENOENT");
    });

    it("slow retrieval: indexes that trickle", async () => {
      mkdirSync(dirname(omgPath(lab, "config/config.toml")), { recursive: true });
      writeFileSync(omgPath(lab, "config/config.toml"), "[apt]\nrefresh-limit = 4\n");
      mirror.fail({ match: /InRelease$/, kind: "trickle" });
      await refusedUpdate("came too slowly", "4 seconds", "--no-refresh");
      mirror.fail();
      await lab.expect(0, "update", "--yes");
    });

    it("slow retrieval: a package that trickles", async () => {
      mirror.fail({ match: /omg-script_/, kind: "trickle" });
      await expectCaught(lab, { code: "artifact-unreachable", exit: 8, says: ["less than 1024 a second"] });
      mirror.fail();
      await lab.expect(0, "apply", "--yes");
    });

    it("indefinite freeze: it stands still, and the archive's own date says how long it may", async () => {
      await lab.apt.publish({ validUntil: ago(1), date: ago(9) });
      await refusedUpdate(/expired|not valid/i);
    });

    it("indefinite freeze: it stands still, the archive sets no date, and the policy does", async () => {
      rmSync(join(lab.apt.root, "var/lib/apt/lists"), { recursive: true });
      mkdirSync(join(lab.apt.root, "var/lib/apt/lists/partial"), { recursive: true });
      await lab.apt.publish({ date: ago(30) });
      await lab.apt.aptOk("update");
      writeFileSync(join(lab.project, "policy.toml"), "version = 1\n[indexes]\nmax-age = 7\n");
      await expectRefusal(lab, { exit: 4, says: ["indexes.max-age", "30 days ago"] });
    });

    it("mix and match: a list of yesterday under the index of today", async () => {
      for (const ending of ["", ".gz"]) mirror.fail({ match: new RegExp(`Packages${ending}$`), kind: "corrupt" });
      await refusedUpdate("Not every source of apt could be read", /Hash Sum mismatch|unexpected size/);
    });

    it("extraneous dependencies: one more in the package list", async () => {
      const path = listed(lab, "Packages");
      const text = readFileSync(path, "latin1");
      writeFileSync(path, text.replace("Package: omg-script\n", "Package: omg-script\nDepends: omg-extra\n"), "latin1");
      await expectCaught(lab, { code: "index-mismatch", exit: 4 });
      expect((await lab.apt.installed()).has("omg-extra")).toBe(false);
    });

    it("extraneous dependencies: signed, and a policy that names what may come", async () => {
      writeFileSync(join(lab.project, "policy.toml"), 'version = 1\n[packages]\nallow = ["omg-app", "omg-script"]\n');
      await expectRefusal(lab, { exit: 4, says: ["packages.allow", "omg-base", "omg-lib"] });
    });

    it("wrong software: another package of the same archive under the name", async () => {
      writeFileSync(lab.apt.repo.file("omg-script", "1.0"), readFileSync(lab.apt.repo.file("omg-extra", "1.0")));
      await expectCaught(lab, { code: "artifact-mismatch", exit: 4 });
    });

    it("key compromise: the key of one archive signs for no other, though apt trusts it", async () => {
      const gpg = new GpgHome();
      const other = gpg.makeKey("other-archive", { at: ago(9) });
      gpg.exportTo(join(lab.apt.root, "etc/apt/trusted.gpg.d/other.gpg"), [other]);
      resign(lab, gpg, { keys: [other], at: ago(0) });
      await expectCaught(lab, { code: "key-unknown", exit: 4 });
      gpg.dispose();
    });

    it("key compromise: once its owner has revoked it, the key counts for nothing it ever signed", async () => {
      const gpg = new GpgHome();
      const key = gpg.makeKey("stolen", { at: ago(9) });
      bindTo(lab, gpg, [key]);
      resign(lab, gpg, { keys: [key], at: ago(1) });
      await lab.expect(0, "plan");
      gpg.revoke(key, ago(0));
      bindTo(lab, gpg, [key]);
      await expectCaught(lab, { code: "key-revoked", exit: 4 });
      gpg.dispose();
    });
  },
);
