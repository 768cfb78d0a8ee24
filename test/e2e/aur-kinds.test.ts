import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUR_NEEDS, pkgbuild } from "../support/aur-lab.ts";
import { type AurOmgLab, createAurOmgLab } from "../support/aur-omg-lab.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { SIGNED_AT } from "../support/pacman-repo.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

// Kinds of recipes as the AUR has them, with the real git, makepkg, bubblewrap and pacman.
describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS))("recipes of every kind", () => {
  let lab: AurOmgLab;
  beforeAll(async () => {
    lab = await createAurOmgLab();
  });
  afterAll(() => lab.dispose());

  const installedFile = (path: string) => readFileSync(join(lab.pacman.root, path), "utf8");

  it("splits one recipe into packages, in a version with an epoch, and takes those that are asked for", async () => {
    const PKGBUILD = `pkgbase=aur-split
pkgname=(aur-split-tool aur-split-data aur-split-docs)
epoch=2
pkgver=1.5
pkgrel=3
arch=(any)
package_aur-split-tool() { depends=("aur-split-data=2:1.5"); install -Dm644 /dev/stdin "$pkgdir/usr/share/aur-split/tool" <<< tool; }
package_aur-split-data() { install -Dm644 /dev/stdin "$pkgdir/usr/share/aur-split/data" <<< data; }
package_aur-split-docs() { install -Dm644 /dev/stdin "$pkgdir/usr/share/aur-split/docs" <<< docs; }
`;
    const commit = lab.aur.publish("aur-split", { PKGBUILD });
    lab.build({ "aur-split-tool": { commit }, "aur-split-data": { commit } });
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain(`aur-split-tool: { version: "2:1.5-3", base: aur-split, commit: ${commit} }`);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "aur-split-tool": "2:1.5-3", "aur-split-data": "2:1.5-3" });
    expect(await lab.plan()).toEqual([]);
    // What came out is written down where it is known; nothing else of the pins moves.
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(new RegExp(`aur-split-tool: .*commit: ${commit}, sha256: [0-9a-f]{64} }`));
  });

  it("pins git sources by their commits, and tells the version from them", async () => {
    const upstream = lab.aur.upstream("project");
    const one = upstream.commit({ "word.txt": "one\n" }, "v1");
    const PKGBUILD = pkgbuild(
      "aur-tool-git",
      { pkgver: "r0.0", source: `("project::git+${upstream.url}")`, sha256sums: "(SKIP)", makedepends: "(omg-base)" },
      `pkgver() { cd project; git describe --long --tags | sed 's/^v//;s/-/.r/;s/-/./'; }
package() { install -Dm644 project/word.txt "$pkgdir/usr/share/aur-tool/word"; }`,
    );
    const commit = lab.aur.publish("aur-tool-git", { PKGBUILD });
    lab.build({ "aur-tool-git": { commit } });
    await lab.expect(0, "lock");
    const version = `1.r0.g${one.slice(0, 7)}-1`;
    expect(lab.readLock()).toContain(`version: "${version}", commit: ${commit}, sources: { project: ${one} } }`);
    const two = upstream.commit({ "word.txt": "two\n" });
    // What is pinned is what is built, whatever the branch says by now.
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "aur-tool-git": version });
    expect(installedFile("usr/share/aur-tool/word")).toBe("one\n");
    await lab.expect(0, "update", "--yes", "--no-refresh");
    expect(lab.readLock()).toContain(`sources: { project: ${two} }`);
    expect(installedFile("usr/share/aur-tool/word")).toBe("two\n");
  });

  it("builds what others need first, and each with what it needs of the repositories", async () => {
    const lib = lab.aur.publish("aur-lib", { PKGBUILD: pkgbuild("aur-lib", { makedepends: "(omg-extra)" }) });
    const body = `build() { cat /dev/null; }
package() { install -Dm644 /dev/stdin "$pkgdir/usr/share/aur-app/version" <<< app; }`;
    const fields = { depends: "('aur-lib>=1.0' omg-lib)", checkdepends: "(omg-base)" };
    const app = lab.aur.publish("aur-app", { PKGBUILD: pkgbuild("aur-app", fields, body) });
    lab.build({ "aur-app": { commit: app }, "aur-lib": { commit: lib } });
    await lab.expect(0, "lock");
    lab.build({ "aur-app": { commit: app } });
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain(`aur-lib: { version: "1.0-1", commit: ${lib}, auto: true }`);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "aur-app": "1.0-1" });
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["aur-lib", "omg-base", "omg-extra", "omg-lib"]);
    expect(await lab.plan()).toEqual([]);
    lab.build({});
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({});
  });

  it("says what is in the way where a build needs what does not go with the version that is here, and how it goes on", async () => {
    const published = (version: string) => {
      const commitOf = (name: string, fields: Readonly<Record<string, string>>) =>
        lab.aur.publish(name, { PKGBUILD: pkgbuild(name, { pkgver: version, ...fields }) });
      const depends = `('aur-pair-lib=${version}')`;
      return {
        "aur-pair-app": { commit: commitOf("aur-pair-app", { depends }) },
        "aur-pair-lib": { commit: commitOf("aur-pair-lib", {}) },
      };
    };
    const pinned = async (packages: Parameters<AurOmgLab["build"]>[0]) => {
      lab.build(packages);
      await lab.expect(0, "lock");
    };
    await pinned(published("1.0"));
    await lab.expect(0, "apply", "--yes");
    const both = published("2.0");
    await pinned(both);
    const { stderr } = await lab.expect(1, "apply", "--yes");
    expect(stderr.replace(/\s+/g, " ")).toMatch(/aur-pair-app cannot be built: .*breaks dependency 'aur-pair-lib=1.0'/);
    expect(await lab.pacman.installed()).toEqual({ "aur-pair-app": "1.0-1", "aur-pair-lib": "1.0-1" });
    expect(stderr).toContain("Take aur-pair-app and aur-pair-lib out of the lock");
    for (const next of [{}, both, {}]) {
      await pinned(next);
      await lab.expect(0, "apply", "--yes");
      expect(Object.keys(await lab.pacman.installed())).toEqual(Object.keys(next));
    }
  });

  it("names recipes that need one another", async () => {
    const a = lab.aur.publish("aur-a", { PKGBUILD: pkgbuild("aur-a", { makedepends: "(aur-b)" }) });
    const b = lab.aur.publish("aur-b", { PKGBUILD: pkgbuild("aur-b", { depends: "(aur-a)" }) });
    lab.build({ "aur-a": { commit: a }, "aur-b": { commit: b } });
    const { stderr } = await lab.expect(1, "lock");
    expect(stderr).toContain("aur-a needs aur-b needs aur-a");
  });

  it("takes sources only with the checksums that the recipe names, and grades what has none as a risk", async () => {
    writeFileSync(join(lab.aur.files, "good.txt"), "good\n");
    writeFileSync(join(lab.aur.files, "loose.txt"), "loose\n");
    const url = `${lab.aur.url}/files`;
    const recipe = (name: string, file: string, sum: string) =>
      pkgbuild(
        name,
        { source: `(${url}/${file} local.txt)`, sha256sums: `(${sum} ${sha256("local\n")})` },
        `package() { cat ${file} local.txt | install -Dm644 /dev/stdin "$pkgdir/usr/share/${name}/text"; }`,
      );
    const publish = (name: string, file: string, sum: string) =>
      lab.aur.publish(name, { PKGBUILD: recipe(name, file, sum), "local.txt": "local\n" });
    lab.build({ "aur-good": { commit: publish("aur-good", "good.txt", sha256("good\n")) } });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(installedFile("usr/share/aur-good/text")).toBe("good\nlocal\n");
    lab.build({ "aur-bad": { commit: publish("aur-bad", "good.txt", sha256("other\n")) } });
    await lab.expect(0, "lock");
    expect((await lab.expect(4, "apply", "--yes")).stderr).toContain("does not have the sha256");
    const gpg = new GpgHome();
    const key = gpg.makeKey("publisher", { at: SIGNED_AT });
    const keyFile = {
      [`keys/pgp/${key}.asc`]: readFileSync(gpg.exportTo(join(gpg.folder, "key"), [key], "armour"), "utf8"),
    };
    gpg.detach(
      join(lab.aur.files, "good.txt"),
      join(lab.aur.files, "good.txt.sig"),
      { keys: [key], at: SIGNED_AT },
      "binary",
    );
    const signed = (name: string, signature: string) =>
      lab.aur.publish(name, {
        PKGBUILD: pkgbuild(name, {
          source: `(${url}/good.txt ${signature})`,
          sha256sums: `(${sha256("good\n")} SKIP)`,
          validpgpkeys: `(${key})`,
        }),
        ...keyFile,
      });
    lab.build({ "aur-signed": { commit: signed("aur-signed", `${url}/good.txt.sig`) } });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    const records = readFileSync(join(lab.env.OMG_DATA_DIR ?? "", "artifacts.json"), "utf8");
    expect(records).toContain(`Signed among its sources: good.txt by ${key}.`);
    gpg.detach(
      join(lab.aur.files, "loose.txt"),
      join(lab.aur.files, "good.txt.sig"),
      { keys: [key], at: SIGNED_AT },
      "binary",
    );
    lab.build({ "aur-forged": { commit: signed("aur-forged", `${url}/good.txt.sig`) } });
    await lab.expect(0, "lock");
    expect((await lab.expect(4, "apply", "--yes")).stderr).toContain("good.txt.sig does not fit good.txt");
    gpg.dispose();
    writeFileSync(join(lab.project, "policy.toml"), 'version = 1\n[grade]\nminimum = "community"\n');
    lab.build({ "aur-loose": { commit: publish("aur-loose", "loose.txt", "SKIP") } });
    await lab.expect(0, "lock");
    expect((await lab.expect(4, "plan")).stdout).toMatch(/graded risk[\s\S]*no checksum that counts for loose\.txt/);
    lab.build({ "aur-good": { commit: publish("aur-good", "good.txt", sha256("good\n")) } });
    await lab.expect(0, "lock");
    await lab.expect(0, "plan");
  });
});
