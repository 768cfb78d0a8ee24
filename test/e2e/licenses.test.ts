import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DebSpec } from "../support/deb.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal } from "../support/refusal.ts";

const stated = (license: string) =>
  `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: 2026 Somebody\nLicense: ${license}\n`;
const documented = (name: string, text: string, fields: Record<string, string> = {}): DebSpec => ({
  name,
  version: "1.0",
  fields,
  files: { [`usr/share/doc/${name}/copyright`]: text },
});
const PACKAGES: readonly DebSpec[] = [
  documented("free", stated("Expat or AGPL-3+")),
  documented("banned", stated("AGPL-3+ and Expat")),
  documented("needy", stated("Expat"), { Depends: "banned" }),
  documented("prose", "It is under /usr/share/common-licenses/GPL-2, with no words about later ones."),
  { name: "silent", version: "1.0" },
  { name: "shares", version: "1.0", fields: { Depends: "banned" }, links: { "usr/share/doc/shares": "banned" } },
];
const POLICY = `version = 1\n[licenses]\ndeny = ["AGPL-*"]\n`;

describe.runIf(needs("apt-utils", "gpg", "root"))("licenses, through the whole of omg apply", () => {
  let lab: OmgLab;
  beforeEach(async () => {
    lab = await createOmgLab({ packages: PACKAGES });
  });
  afterEach(() => lab.dispose());
  const want = (policy: string, ...names: string[]) => {
    writeFileSync(join(lab.project, "policy.toml"), policy);
    lab.writeLock(lockOf(Object.fromEntries(names.map((name) => [name, "*"]))));
  };

  it("a banned one is refused, also in a dependency, and the machine stays as it was", async () => {
    want(POLICY, "needy");
    await expectRefusal(lab, {
      exit: 4,
      says: ["Policy refuses", "apt.banned", "AGPL-3.0-or-later AND MIT", /policy\.toml:3/, "Take apt.needy"],
    });
    // Its bytes are in the store now: the next plan says so before anything is asked.
    expect((await lab.omg(["plan"])).code).toBe(4);
    await lab.expect(4, "plan", "--json");
  });

  it("a package that shares the copyright file of another is under the same license", async () => {
    want(`version = 1\n[packages]\ndeny = ["none"]\n[licenses]\nallow = ["MIT", "AGPL-*"]\n`, "shares");
    await lab.expect(0, "apply", "--yes");
    want(POLICY, "shares");
    await lab.apt.aptOk("purge", "shares");
    // `banned` is installed: its file on the machine is the one that counts.
    await expectRefusal(lab, { exit: 4, says: ["apt.shares", "AGPL-3.0-or-later"] });
  });

  it("one of several to choose from is enough; what is told from prose says so", async () => {
    want(POLICY, "free");
    await lab.expect(0, "apply", "--yes");
    want(`version = 1\n[licenses]\nallow = ["MIT"]\n`, "free", "prose");
    await expectRefusal(lab, {
      exit: 4,
      says: ["apt.prose", "GPL-2.0-only", "as far as the words of its copyright file tell"],
    });
  });

  it("one that cannot be told is refused, unless the policy says otherwise", async () => {
    want(POLICY, "silent");
    await expectRefusal(lab, { exit: 4, says: ["silent has no copyright file", 'unknown = "allow"'] });
    want(`${POLICY}unknown = "allow"\n`, "silent");
    await expectRefusal(lab, {
      exit: 4,
      says: ["silent has no copyright file", "as last applied", "omg policy accept"],
    });
    await lab.expect(0, "policy", "accept", "--yes");
    await lab.expect(0, "apply", "--yes");
  });

  it("a list that forbids in one file and a choice in another leave nothing", async () => {
    mkdirSync(join(lab.apt.folder, "omg/config"), { recursive: true });
    writeFileSync(join(lab.apt.folder, "omg/config/policy.toml"), `version = 1\n[licenses]\ndeny = ["MIT"]\n`);
    want(POLICY, "free");
    await expectRefusal(lab, { exit: 4, says: ["apt.free", "AGPL-3.0-or-later OR MIT"] });
  });
});
