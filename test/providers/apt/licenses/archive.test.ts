import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAptProvider } from "../../../../providers/apt/index.ts";
import type { Artifact } from "../../../../schema/model/artifact.ts";
import { artifactOf } from "../../../policy/samples.ts";
import { needs } from "../../../support/needs.ts";

const TEXT = "Format: x\n\nFiles: *\nCopyright: me\nLicense: Expat\n";
type Tree = (folder: string) => void;

/** Packages that are read out of their own bytes, as real dpkg-deb packs them. */
describe.runIf(needs("dpkg"))("licenses of packages that arrive", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-deb-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const apt = createAptProvider({ env: {}, node: process.execPath, hook: "/nowhere" });

  function pack(name: string, compression: string, tree: Tree): string {
    const work = join(folder, `${name}-${compression}`);
    mkdirSync(join(work, "DEBIAN"), { recursive: true });
    writeFileSync(
      join(work, "DEBIAN/control"),
      `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: me <a@b.c>\nDescription: x\n`,
    );
    tree(join(work, "usr/share/doc"));
    const path = `${work}.deb`;
    execFileSync("dpkg-deb", ["--root-owner-group", `-Z${compression}`, "-b", work, path]);
    return path;
  }
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const text =
    (name: string): Tree =>
    (doc) =>
      put(join(doc, name, "copyright"), TEXT);
  async function found(paths: Readonly<Record<string, string | undefined>>) {
    const artifacts: Artifact[] = Object.keys(paths).map((name) =>
      artifactOf(name, { sha256: createHash("sha256").update(name).digest("hex") }),
    );
    const pathOf = (sha256: string) => paths[artifacts.find((each) => each.sha256 === sha256)?.name ?? ""];
    return (await apt.licensesOf?.(artifacts, pathOf))?.map((each) => each?.expression ?? each?.detail);
  }

  it.each(["xz", "zstd", "gzip", "none"])("packed with %s", async (compression) => {
    expect(await found({ omgone: pack("omgone", compression, text("omgone")) })).toEqual(["MIT"]);
  });

  it("compressed copyright files, and ones behind large files", async () => {
    const path = pack("omgzip", "xz", (doc) => {
      put(join(doc, "aaa"), Buffer.alloc(20 << 20, "a"));
      put(join(doc, "omgzip/copyright.gz"), gzipSync(TEXT));
    });
    expect(await found({ omgzip: path })).toEqual(["MIT"]);
  });

  it("links to the package beside it, in the same transaction, through another; and to one whose bytes are not here", async () => {
    const to =
      (name: string, target: string): Tree =>
      (doc) => {
        mkdirSync(doc, { recursive: true });
        symlinkSync(target, join(doc, name));
      };
    const paths = {
      omga: pack("omga", "xz", to("omga", "omgb")),
      omgb: pack("omgb", "xz", to("omgb", "/usr/share/doc/omgc")),
      omgc: pack("omgc", "xz", text("omgc")),
    };
    expect(await found(paths)).toEqual(["MIT", "MIT", "MIT"]);
    expect(await found({ ...paths, omgc: undefined })).toEqual([undefined, undefined, undefined]);
    expect((await found({ omga: paths.omga, omgb: pack("omgb", "gzip", to("omgb", "omga")) }))?.[0]).toMatch(/circle/);
  });

  it("unknown, with the reason: no file, a link out of the documents, a second name, bytes that are no package", async () => {
    const none = pack("omgnone", "xz", (doc) => put(join(doc, "omgnone/README"), "x"));
    const out = pack("omgout", "xz", (doc) => {
      mkdirSync(join(doc, "omgout"), { recursive: true });
      symlinkSync("/etc/shadow", join(doc, "omgout/copyright"));
    });
    const twice = pack("omgtwice", "xz", (doc) => {
      put(join(doc, "a"), TEXT);
      mkdirSync(join(doc, "omgtwice"));
      linkSync(join(doc, "a"), join(doc, "omgtwice/copyright"));
    });
    const broken = join(folder, "broken.deb");
    const whole = readFileSync(pack("omgwhole", "xz", text("omgwhole")));
    writeFileSync(broken, whole.subarray(0, whole.length - 200));
    const details = await found({ omgnone: none, omgout: out, omgtwice: twice, omgbroken: broken });
    expect(details?.[0]).toBe("omgnone has no copyright file.");
    expect(details?.[1]).toContain("a link to /etc/shadow, which is not followed");
    expect(details?.[2]).toContain("a link to ./usr/share/doc/a");
    expect(details?.[3]).toMatch(/broken\.deb cannot be unpacked|cannot be read/);
  });
});
