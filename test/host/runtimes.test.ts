import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  currentLink,
  currentVersion,
  installedVersions,
  RECEIPT,
  versionFolder,
  versionsFolder,
} from "../../host/runtimes.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "runtimes-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

function put(version: string, receipt?: unknown): void {
  const folder = versionFolder(data, "node", version);
  mkdirSync(join(folder, "bin"), { recursive: true });
  if (receipt !== undefined) writeFileSync(join(folder, RECEIPT), JSON.stringify(receipt));
}

describe("installed versions", () => {
  it("are none where nothing was ever installed", () => {
    expect(installedVersions(data, "node")).toEqual([]);
    expect(currentVersion(data, "node")).toBeUndefined();
  });

  it("are folders, the newest first, without what is still being unpacked", () => {
    put("9.0.0");
    put("20.19.5", { sha256: "a".repeat(64), lts: "iron" });
    put(".omg-0123.tmp");
    writeFileSync(join(versionsFolder(data, "node"), "8.0.0"), "no folder");
    symlinkSync("20.19.5", currentLink(data, "node"));
    expect(installedVersions(data, "node").map(({ version, current, lts }) => [version, current, lts])).toEqual([
      ["20.19.5", true, "iron"],
      ["9.0.0", false, undefined],
    ]);
  });

  it("believe no receipt that is none", () => {
    put("20.0.0", { sha256: "short" });
    put("21.0.0", "text");
    expect(installedVersions(data, "node").map(({ receipt }) => receipt)).toEqual([undefined, undefined]);
  });

  it.each(["../../etc", "/etc", "..", "a/b"])("follow no current that leads elsewhere: %s", (target) => {
    put("20.0.0");
    symlinkSync(target, currentLink(data, "node"));
    expect(currentVersion(data, "node")).toBeUndefined();
  });
});
