import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PackageURL } from "packageurl-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archGroup, writeTrackerDump } from "../support/advisory-dumps.ts";
import { strictFault } from "../support/cyclonedx.ts";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import type { PacmanSpec } from "../support/pacman-package.ts";

const PACKAGES: readonly PacmanSpec[] = [
  { name: "holed", version: "1.0-1", repo: "core", depends: ["copyleft"], packager: "Jane <jane@archlinux.org>" },
  { name: "copyleft", version: "2:1.0-1", repo: "core", licenses: ["GPL3", "MIT OR Apache-2.0"] },
  { name: "secret", version: "1.0-1", repo: "core", licenses: ["custom"] },
  // Somebody else's build of the same name is another program.
  { name: "holed-elsewhere", version: "1.0-1", repo: "third" },
];
const GROUPS = [
  archGroup(1, ["holed", "holed-elsewhere"], { fixed: "1.1-1" }),
  archGroup(2, ["copyleft"], { severity: "Low", affected: "1:1.0-1", fixed: "2:1.0-1" }),
];

describe.runIf(needs(...PACMAN_NEEDS))("what is known of a package on Arch", () => {
  let lab: PacmanOmgLab;
  beforeEach(async () => {
    lab = await createPacmanOmgLab({ packages: PACKAGES });
    writeFileSync(join(lab.pacman.root, "etc/os-release"), "NAME=Arch\nID=arch\n");
    await lab.expect(0, "audit", "update", "--from", writeTrackerDump(join(lab.project, "all.json"), GROUPS));
  });
  afterEach(() => lab.dispose());

  const policy = (text: string) => writeFileSync(join(lab.project, "policy.toml"), `version = 1\n${text}\n`);
  const refused = async (...words: readonly string[]) => {
    const { stderr } = await lab.expect(4, "apply", "--yes");
    for (const word of words) expect(stderr).toContain(word);
    expect(await lab.pacman.installed()).toEqual({});
  };

  it("a version that Arch's tracker lists as vulnerable is refused before it is installed", async () => {
    lab.want({ holed: "*" });
    await lab.expect(0, "lock");
    policy('[vulnerabilities]\nmax-severity = "low"');
    await refused("pacman.holed", "CVE-2026-10001", "fixed in 1.1-1");
    lab.want({ "holed-elsewhere": "*" });
    await lab.expect(0, "lock");
    await refused("pacman.holed-elsewhere", "not known");
  });

  it("licenses count as the package's own file states them", async () => {
    lab.want({ holed: "*" });
    await lab.expect(0, "lock");
    policy('[licenses]\ndeny = ["GPL-3.0-*"]');
    await refused("pacman.copyleft", "GPL-3.0-only AND (MIT OR Apache-2.0)");
    lab.want({ secret: "*" });
    await lab.expect(0, "lock");
    policy('[licenses]\nallow = ["MIT"]');
    await refused("LicenseRef-Arch-custom");
  });

  it("what is installed is scanned, listed with its licenses and addresses, and shown with its holes", async () => {
    lab.want({ holed: "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    const scanned = JSON.parse((await lab.omg(["audit", "scan", "--json"])).stdout);
    expect(scanned.packages.map(({ source }: { source: string }) => source)).toEqual(["holed"]);
    expect((await lab.omg(["info", "holed"])).stdout).toContain("CVE-2026-10001");
    const { stdout } = await lab.expect(0, "audit", "sbom");
    expect(await strictFault(stdout, "1.6")).toBeNull();
    const { components, dependencies } = JSON.parse(stdout);
    const copyleft = components.find(({ name }: { name: string }) => name === "copyleft");
    expect(PackageURL.fromString(copyleft.purl)).toMatchObject({
      type: "alpm",
      namespace: "arch",
      name: "copyleft",
      version: "2:1.0-1",
      qualifiers: { arch: "any" },
    });
    expect(copyleft.licenses).toMatchObject([{ expression: "GPL-3.0-only AND (MIT OR Apache-2.0)" }]);
    expect(dependencies.find(({ ref }: { ref: string }) => ref === "pacman.holed").dependsOn).toEqual([
      "pacman.copyleft",
    ]);
  });
});
