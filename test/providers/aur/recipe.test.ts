import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { descriptionOf } from "../../../providers/aur/recipe/description.ts";
import { recipeOf } from "../../../providers/aur/recipe/recipe.ts";
import { OmgError } from "../../../schema/error.ts";
import { needs } from "../../support/needs.ts";

const HASH = "ab".repeat(32);
const HEAD = "pkgbase = tool\n\tpkgver = 1.0\n\tpkgrel = 1\n\tarch = any\n";
const TAIL = "\npkgname = tool\n";

function refusal(text: string): string {
  try {
    recipeOf(text, "x86_64");
  } catch (error) {
    if (error instanceof OmgError && error.code === "recipe-invalid") return error.message;
    throw error;
  }
  return "accepted";
}

describe("a .SRCINFO", () => {
  it("says what each package is: its own words instead of the base's, and what is for this architecture besides", () => {
    const text = `# made by makepkg
pkgbase = tool
	pkgdesc = Common
	epoch = 2
	pkgver = 1.5.r3.gabc
	pkgrel = 4
	arch = x86_64
	arch = aarch64
	depends = glibc
	depends_x86_64 = lib32>=2:1.0
	depends_aarch64 = never
	makedepends = cmake
	checkdepends_x86_64 = check
	source = data.txt
	source = git+https://host.test/tool.git#tag=v1.5
	source_x86_64 = blob.bin::https://host.test/x/blob?download=1
	sha256sums = ${HASH}
	sha256sums = SKIP
	sha256sums_x86_64 = ${HASH}
	validpgpkeys = ABCD EF01

pkgname = tool
	depends = 
	provides = tool-api=1.5

pkgname = tool-docs
	pkgdesc = Documents
	arch = any
	install = docs.install
`;
    const recipe = recipeOf(text, "x86_64");
    expect(recipe).toMatchObject({
      base: "tool",
      version: "2:1.5.r3.gabc-4",
      signers: ["ABCDEF01"],
      buildNeeds: ["glibc", "lib32>=2:1.0", "cmake", "check"],
      sources: [
        { type: "companion", file: "data.txt", sums: [{ kind: "sha256", hex: HASH }] },
        { type: "git", file: "tool", address: "https://host.test/tool.git", fragment: { kind: "tag", name: "v1.5" } },
        { type: "download", file: "blob.bin", address: "https://host.test/x/blob?download=1" },
      ],
      packages: [
        { name: "tool", arch: "x86_64", summary: "Common", depends: ["lib32>=2:1.0"], provides: ["tool-api=1.5"] },
        { name: "tool-docs", arch: "any", summary: "Documents", install: "docs.install" },
      ],
    });
    const [tool] = recipe.packages;
    expect(tool && descriptionOf(recipe, tool, ["cmake"])).toContain("%DEPENDS%\nlib32>=2:1.0\ncmake\n\n");
  });

  it.runIf(needs("makepkg"))("is read as the real makepkg writes it", () => {
    const folder = mkdtempSync(join(tmpdir(), "omg-srcinfo-"));
    try {
      chmodSync(folder, 0o777);
      const PKGBUILD = `pkgbase=real
pkgname=(real real-extra)
pkgver=3
pkgrel=1.1
epoch=1
arch=(x86_64)
depends=(bash 'glibc>=2.36')
makedepends=(git)
source=('real::git+https://host.test/real#branch=stable' fix.patch)
b2sums=(SKIP ${"cd".repeat(64)})
package_real() { :; }
package_real-extra() { depends=(); optdepends=('bash: for scripts'); }
`;
      writeFileSync(join(folder, "PKGBUILD"), PKGBUILD);
      const as = { uid: 60_999, gid: 60_999 };
      const text = execFileSync("makepkg", ["--printsrcinfo"], { cwd: folder, encoding: "utf8", ...as });
      expect(recipeOf(text, "x86_64")).toMatchObject({
        version: "1:3-1.1",
        buildNeeds: ["bash", "glibc>=2.36", "git"],
        sources: [{ file: "real", fragment: { kind: "branch", name: "stable" } }, { sums: [{ kind: "b2" }] }],
        packages: [{ depends: ["bash", "glibc>=2.36"] }, { depends: [], optdepends: ["bash: for scripts"] }],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ["names a package that climbs", `${HEAD}\npkgname = ../tool\n`],
    ["names a package like an option", `${HEAD}\npkgname = -Rns\n`],
    ["has a base that climbs", HEAD.replace("tool", "../../etc") + TAIL],
    ["has a version that is a path", HEAD.replace("1.0", "../1") + TAIL],
    ["has a version with a space", HEAD.replace("1.0", "1 0") + TAIL],
    ["has a release that is none", HEAD.replace("pkgrel = 1", "pkgrel = x") + TAIL],
    ["is for another architecture", HEAD.replace("any", "armv7h") + TAIL],
    ["needs what is an option", `${HEAD}\tdepends = --root=/x\n${TAIL}`],
    ["needs several in one line", `${HEAD}\tdepends = a b\n${TAIL}`],
    ["calls a source by a path", `${HEAD}\tsource = ../x::https://h.test/x\n\tsha256sums = SKIP\n${TAIL}`],
    ["calls a source like an option", `${HEAD}\tsource = -x::https://h.test/x\n\tsha256sums = SKIP\n${TAIL}`],
    ["has a source of the machine", `${HEAD}\tsource = file:///etc/passwd\n${TAIL}`],
    ["fetches with a helper", `${HEAD}\tsource = git+ext://sh\n${TAIL}`],
    ["fetches over ssh", `${HEAD}\tsource = git+ssh://h.test/x\n${TAIL}`],
    ["has a branch like an option", `${HEAD}\tsource = git+https://h.test/x#branch=--upload-pack=id\n${TAIL}`],
    ["calls two sources the same", `${HEAD}\tsource = x\n\tsource = https://h.test/x\n${TAIL}`],
    ["has fewer checksums than sources", `${HEAD}\tsource = x\n\tsource = y\n\tsha256sums = ${HASH}\n${TAIL}`],
    ["has a checksum that is none", `${HEAD}\tsource = x\n\tsha256sums = 1234\n${TAIL}`],
    ["has escape sequences", `${HEAD}\tpkgdesc = \u001b[2J\n${TAIL}`],
    ["names a package twice", `${HEAD}${TAIL}${TAIL}`],
    ["names no package", HEAD],
    ["has a line without a key", `${HEAD}\tnonsense\n${TAIL}`],
    ["begins with a package", `pkgname = tool\n${HEAD}`],
    ["has a base twice", `${HEAD}${HEAD}${TAIL}`],
    ["is endless", `${HEAD}${"# x\n".repeat(300_000)}${TAIL}`],
  ])("is refused where it %s", (_, text) => {
    expect(refusal(text)).toContain("cannot be believed");
  });

  it("takes no longer for one that says a thing as often as it can, or has as many sources", () => {
    const often = recipeOf(`${HEAD}${"license = x\n".repeat(80_000)}${TAIL}`, "x86_64");
    expect(often.packages[0]?.licenses.length).toBeGreaterThanOrEqual(80_000);
    const sources = Array.from({ length: 60_000 }, (_, index) => `source = ${index}\n`).join("");
    expect(refusal(`${HEAD}${sources}source = 7\n${TAIL}`)).toContain("two of its sources are called 7");
  });

  it("is read or refused, whatever it is", () => {
    const words = fc.constantFrom(
      "pkgbase",
      "pkgname",
      "pkgver",
      "source",
      " = ",
      "\n",
      "::",
      "git+",
      "#",
      "x",
      "1",
      "__proto__",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }), (parts) => {
        refusal(parts.join(""));
        refusal(HEAD + parts.join("") + TAIL);
      }),
    );
  });
});
