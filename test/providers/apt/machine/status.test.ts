import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAptConfig } from "../../../../providers/apt/machine/config.ts";
import { observedFrom, readAptState } from "../../../../providers/apt/machine/observe.ts";
import { protectedReason } from "../../../../providers/apt/machine/protection.ts";
import { readStatus } from "../../../../providers/apt/machine/status.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-status-"));
  mkdirSync(join(folder, "updates"));
  put("status", "");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const config = () =>
  parseAptConfig(
    `APT::Architecture "amd64";\nDir "/";\nDir::State "";\nDir::State::status "${folder}/status";\nDir::State::extended_states "${folder}/extended_states";\n`,
    {},
  );

const stanza = (name: string, status: string, fields: Readonly<Record<string, string>> = {}) =>
  Object.entries({ Package: name, Status: status, Architecture: "amd64", Version: "1.0", ...fields })
    .map(([field, value]) => `${field}: ${value}\n`)
    .join("");
const OK = "install ok installed";
const versions = () =>
  [...readStatus(config()).packages.values()].map(({ key, version, state }) => `${key} ${version} ${state}`);

describe("dpkg's database", () => {
  test("the journal lies over it in numeric order", () => {
    put(
      "status",
      [stanza("a", OK), stanza("b", OK), stanza("c", OK), stanza("x", OK, { Architecture: "i386" })].join("\n"),
    );
    put("updates/0009", stanza("a", "install ok unpacked", { Version: "2.0" }));
    put("updates/0010", stanza("a", OK, { Version: "2.0" }));
    put("updates/0002", stanza("a", "install reinstreq half-installed"));
    put("updates/0011", stanza("new", OK));
    put("updates/0012", "Package: b\nStatus: purge ok not-installed\n");
    put("updates/0013", "Package: x\nStatus: purge ok not-installed\n");
    put("updates/0014", stanza("c", "deinstall ok config-files"));
    // What dpkg is still writing, padding included, is not part of it.
    put("updates/tmp.i", "Package: half\nStatus: inst#####");
    expect(readStatus(config()).journal).toEqual(["0002", "0009", "0010", "0011", "0012", "0013", "0014"]);
    expect(versions()).toEqual(["a 2.0 installed", "c 1.0 config-files", "new 1.0 installed"]);
  });

  test("a torn journal is an error, and no smaller machine", () => {
    put("status", stanza("a", OK));
    put("updates/0001", "Package: b\nSta");
    expect(() => readStatus(config())).toThrow(expect.objectContaining({ code: "dpkg-status-unreadable" }));
  });

  test.each([
    "Package: a\n",
    "Package: a\nStatus: install ok done\nVersion: 1\n",
    "Package: a\nStatus: install ok installed\n",
    `${stanza("a", OK)}junk\n`,
  ])("%j is no record", (text) => {
    put("status", text);
    expect(() => readStatus(config())).toThrow(
      expect.objectContaining({ code: "dpkg-status-unreadable", exit: "error" }),
    );
  });

  test("a missing status file is an error, not an empty machine", () => {
    rmSync(join(folder, "status"));
    expect(() => readStatus(config())).toThrow(expect.objectContaining({ code: "dpkg-status-missing" }));
  });

  test("keys by architecture, and everything that the rest builds on", () => {
    const fields = {
      Source: "src (2.0)",
      "Multi-Arch": "same",
      Essential: "yes",
      "Installed-Size": "12",
      Provides: "v (= 3)",
      "Pre-Depends": "p,\n q",
    };
    put(
      "status",
      [
        stanza("a", OK, fields),
        stanza("a", OK, { Architecture: "i386" }),
        stanza("d", OK, { Architecture: "all", Source: "other" }),
      ].join("\n"),
    );
    const { packages } = readStatus(config());
    expect([...packages.keys()]).toEqual(["a", "a:i386", "d"]);
    expect(packages.get("a")).toMatchObject({
      source: "src",
      sourceVersion: "2.0",
      multiArch: "same",
      essential: true,
      installedSize: 12,
      provides: "v (= 3)",
      preDepends: "p,\n q",
    });
    expect(packages.get("d")).toMatchObject({
      source: "other",
      sourceVersion: "1.0",
      essential: false,
      multiArch: "no",
      depends: "",
    });
  });
});

describe("the machine as resources", () => {
  const observe = () => observedFrom(readAptState(config()), { kernel: "6.1.0-1-amd64", node: "nodejs" });

  test("health, marks and numbers", () => {
    const states = ["half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"];
    const all = [
      stanza("ok", OK),
      stanza("held", "hold ok installed"),
      stanza("rc", "deinstall ok config-files"),
      stanza("broken", "install reinstreq installed"),
    ];
    put("status", [...all, ...states.map((state) => stanza(state, `install ok ${state}`))].join("\n"));
    put(
      "extended_states",
      "Package: ok\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: held\nArchitecture: amd64\nAuto-Installed: 0\n\nPackage: gone\nAuto-Installed: 1\n",
    );
    const { resources, counts, interrupted } = observe();
    expect(resources.get("ok")).toEqual({
      name: "ok",
      health: "installed",
      attributes: { version: "1.0", auto: true, hold: false },
      requested: false,
    });
    expect(resources.get("held")).toEqual({
      name: "held",
      health: "installed",
      attributes: { version: "1.0", auto: false, hold: true },
      requested: true,
    });
    expect(resources.get("rc")).toMatchObject({
      health: "residual",
      requested: false,
      reason: expect.stringContaining("configuration files"),
    });
    for (const name of ["broken", ...states])
      expect(resources.get(name), name).toMatchObject({ health: "needs-repair", reason: expect.any(String) });
    expect(counts).toEqual({ total: 8, explicit: 7 });
    expect(interrupted).toHaveLength(6);
  });

  test("a journal alone says that dpkg was interrupted", () => {
    put("status", stanza("a", OK));
    put("updates/0001", stanza("a", OK));
    expect(observe().interrupted).toEqual([expect.stringContaining("interrupted")]);
  });

  test("what is never to be removed", () => {
    const names = [
      "apt",
      "dpkg",
      "omg",
      "nodejs",
      "grub-efi-amd64",
      "grub2-common",
      "shim-signed",
      "systemd-boot",
      "linux-image-6.1.0-1-amd64",
      "linux-image-5.10.0-1-amd64",
      "linux-image-amd64",
      "grub-theme-x",
      "bash",
    ];
    const essential = [
      stanza("base", OK, { Essential: "yes" }),
      stanza("prot", OK, { Protected: "yes" }),
      stanza("imp", OK, { Important: "yes" }),
    ];
    put(
      "status",
      [
        ...names.map((name) => stanza(name, OK)),
        ...essential,
        stanza("gone", "deinstall ok config-files", { Essential: "yes" }),
      ].join("\n"),
    );
    const reasons = [...observe().resources.values()].map(({ name, protectedBy }) => [name, protectedBy]);
    expect(Object.fromEntries(reasons)).toEqual({
      apt: "the package manager",
      dpkg: "the package manager",
      omg: "omg itself",
      nodejs: "the Node that runs omg",
      "grub-efi-amd64": "a boot loader",
      "grub2-common": "a boot loader",
      "shim-signed": "a boot loader",
      "systemd-boot": "a boot loader",
      "linux-image-6.1.0-1-amd64": "the running kernel",
      "linux-image-5.10.0-1-amd64": undefined,
      "linux-image-amd64": undefined,
      "grub-theme-x": undefined,
      bash: undefined,
      base: "Essential",
      prot: "Protected",
      imp: "Protected",
      gone: undefined,
    });
    const found = readStatus(config()).packages.get("bash");
    expect(found && protectedReason(found, {})).toBeUndefined();
  });
});
