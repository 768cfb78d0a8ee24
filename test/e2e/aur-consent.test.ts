import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUR_NEEDS, pkgbuild } from "../support/aur-lab.ts";
import { type AurOmgLab, createAurOmgLab } from "../support/aur-omg-lab.ts";
import { needs } from "../support/needs.ts";
import { onTerminal } from "../support/on-terminal.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/until.ts";

// What a person or the machine's configuration has to agree to, and what holds without them, with the real makepkg.
describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS, "libcap2-bin"))("what is built only as somebody agreed to", () => {
  let lab: AurOmgLab;
  beforeAll(async () => {
    lab = await createAurOmgLab();
  });
  afterAll(() => lab.dispose());

  const configure = (more: string) =>
    writeFileSync(join(lab.env.OMG_CONFIG_DIR ?? "", "config.toml"), `[aur]\naddress = "${lab.aur.url}"\n${more}`);
  const accept = async (name: string, PKGBUILD: string, more: Readonly<Record<string, string>> = {}, allow = {}) => {
    lab.build({ [name]: { commit: lab.aur.publish(name, { PKGBUILD, ...more }), ...allow } });
    await lab.expect(0, "lock");
  };

  it("has what acts with root's rights by a file's capabilities", async () => {
    const body = `package() {
  install -Dm755 /usr/bin/true "$pkgdir/usr/bin/aur-cap"
  /usr/sbin/setcap cap_net_raw+ep "$pkgdir/usr/bin/aur-cap"
}`;
    const PKGBUILD = pkgbuild("aur-cap", { options: "(!strip)" }, body);
    await accept("aur-cap", PKGBUILD);
    const { stderr } = await lab.expect(9, "apply", "--yes");
    expect(stderr).toMatch(/nobody has\s+agreed to what it holds: a file\s+\(capabilities\)/);
    expect(await lab.pacman.installed()).not.toHaveProperty("aur-cap");
    await accept("aur-cap", PKGBUILD, {}, { allow: ["capabilities"] });
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toHaveProperty("aur-cap");
  });

  it("takes with --yes what the lock names, and no newer recipe, at a terminal too", async () => {
    const first = lab.aur.publish("aur-yes", { PKGBUILD: pkgbuild("aur-yes") });
    lab.build({});
    const install = await onTerminal(lab, ["install", "aur.aur-yes", "--yes"], "y\n");
    expect(install.code, install.shown).toBe(9);
    expect(lab.readLock()).not.toContain(first);
    lab.build({ "aur-yes": { commit: first } });
    await lab.expect(0, "lock");
    const second = lab.aur.publish("aur-yes", { PKGBUILD: pkgbuild("aur-yes", { pkgver: "2.0" }) });
    lab.build({ "aur-yes": "*" });
    const update = await onTerminal(lab, ["update", "--no-apply", "--no-refresh", "--yes"], "y\n");
    expect(update.code, update.shown).toBe(9);
    expect(update.shown).not.toContain("[y/N]");
    expect(lab.readLock()).not.toContain(second);
    const apply = await onTerminal(lab, ["apply", "--yes"], "");
    expect(apply.code, apply.shown).toBe(0);
    expect(apply.shown).not.toContain("[y/N]");
    expect(await lab.pacman.installed()).toMatchObject({ "aur-yes": "1.0-1" });
  });

  it("has no other sources than the PKGBUILD that was shown", async () => {
    const [good, other] = [lab.aur.upstream("good"), lab.aur.upstream("other")];
    good.commit({ "word.txt": "good\n" });
    other.commit({ "word.txt": "other\n" });
    const fields = (url: string) => ({ source: `("word::git+${url}")`, sha256sums: "(SKIP)" });
    const body = `package() { install -Dm644 word/word.txt "$pkgdir/usr/share/aur-shown/word"; }`;
    const SRCINFO = `pkgbase = aur-shown
	pkgver = 1.0
	pkgrel = 1
	arch = any
	source = word::git+${other.url}
	sha256sums = SKIP

pkgname = aur-shown
`;
    await accept("aur-shown", pkgbuild("aur-shown", fields(good.url), body), { ".SRCINFO": SRCINFO });
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toContain("and its PKGBUILD does not");
    expect(await lab.pacman.installed()).not.toHaveProperty("aur-shown");
  });

  it("ends after the time that the machine gives it, with all that it started", async () => {
    configure("build-limit = 2\n");
    await accept("aur-late", pkgbuild("aur-late", {}, "build() { sleep 54321 & sleep 54321; }\npackage() { :; }"));
    const { stderr } = await lab.expect(1, "apply", "--yes");
    expect(stderr).toContain("was not built within 2 seconds");
    await until(() => !isRunning("sleep 54321"));
    expect(await lab.pacman.installed()).not.toHaveProperty("aur-late");
    configure("");
  });
});
