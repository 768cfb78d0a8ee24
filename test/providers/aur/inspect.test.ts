import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inspectPackage } from "../../../providers/aur/build/inspect.ts";
import { needs } from "../../support/needs.ts";
import { type TarItem, tarGz } from "../../support/tar-writer.ts";

const unreadable = (why: string) => ({
  code: "package-unreadable",
  details: expect.arrayContaining([expect.stringContaining(why)]),
});
const INFO = { name: ".PKGINFO", content: "pkgname = one\npkgbase = base\npkgver = 2:1.0-1\narch = any\n" };

// A build can put any bytes where its package is looked for: archives that bsdtar would not write itself.
describe.runIf(needs("libarchive-tools"))("what a built package holds", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-inspect-"));
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const written = (content: string | Buffer) => {
    const path = join(folder, "one.pkg.tar.zst");
    writeFileSync(path, content, { mode: 0o644 });
    return path;
  };
  const powersOf = async (...items: readonly TarItem[]) => [
    ...(await inspectPackage(written(tarGz([INFO, ...items])))).powers,
  ];

  it("is what its description says, and nothing that acts with more rights", async () => {
    const plain = [
      { name: "usr/", type: "5", mode: 0o2755 },
      { name: "usr/bin/tool", mode: 0o755 },
      { name: "usr/bin/link", type: "2", target: "tool", mode: 0o777 },
      { name: "usr/share/doc/read .INSTALL.md" },
    ];
    expect(await inspectPackage(written(tarGz([INFO, ...plain])))).toEqual({
      name: "one",
      base: "base",
      version: "2:1.0-1",
      arch: "any",
      powers: new Map(),
    });
  });

  it("is found whatever it is called", async () => {
    for (const name of ["usr/bin/root", "/usr/bin/root", "usr/bin/a b\nmode=644", "mode=0644", "-rw-r--r--"])
      expect(
        (await powersOf({ name, mode: 0o4755 })).map(([power]) => power),
        name,
      ).toEqual(["setuid"]);
    expect(await powersOf({ name: "usr/bin/group", mode: 0o2755 })).toEqual([["setuid", "usr/bin/group"]]);
  });

  it("is found under an entry with the same path, which pacman may put beside it", async () => {
    const twice = [
      { name: "usr/bin/root", mode: 0o4755, content: "one" },
      { name: "usr/bin/root", mode: 0o755, content: "two" },
    ];
    expect(await powersOf(...twice)).toEqual([["setuid", "usr/bin/root"]]);
  });

  it("has a script, or a hook, which is a script for every package", async () => {
    expect(await powersOf({ name: ".INSTALL" })).toEqual([["install-script", ".INSTALL"]]);
    const hook = "usr/share/libalpm/hooks/zz-one.hook";
    expect(await powersOf({ name: hook })).toEqual([["install-script", hook]]);
  });

  it("is no package with a device in it, no archive of another kind, and no link to one", async () => {
    const device = written(tarGz([INFO, { name: "usr/lib/disk", type: "4", mode: 0o666 }]));
    await expect(inspectPackage(device)).rejects.toMatchObject(unreadable("usr/lib/disk"));
    const list = written("#mtree\n./usr/share/stolen type=file mode=0644 contents=/etc/hostname\n");
    await expect(inspectPackage(list)).rejects.toMatchObject(unreadable("mtree"));
    symlinkSync(written(tarGz([INFO])), join(folder, "link.pkg.tar.zst"));
    await expect(inspectPackage(join(folder, "link.pkg.tar.zst"))).rejects.toMatchObject(unreadable("no regular file"));
  });
});
