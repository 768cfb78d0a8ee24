import { describe, expect, test } from "vitest";
import { desiredOf } from "../../../providers/apt/desired.ts";
import type { PackageRequest, PackageSection, PinEntry, PlatformLock } from "../../../schema/model/lock.ts";

const present = (version: string, rest: Partial<PackageRequest> = {}): PackageRequest => ({
  presence: "present",
  version,
  ...rest,
});

function lockWith(
  packages: Readonly<Record<string, PackageRequest>>,
  pins: Readonly<Record<string, PinEntry>> = {},
  section: Partial<PackageSection> = {},
): PlatformLock {
  return {
    name: "team",
    path: "/x/omg.lock",
    digest: "0",
    platform: "debian-12-amd64",
    own: false,
    packages: { apt: { mode: "report", foreign: "report", ignore: ["linux-*"], packages, ...section } },
    runtimes: {},
    env: {},
    aliases: {},
    pinned: true,
    pins: { apt: pins },
    indexes: {},
  };
}

describe("the apt part of a lock", () => {
  test("requests come with their pins, and dependencies with theirs", () => {
    const lock = lockWith(
      { curl: present("7.88.*", { from: "debian", hold: true }), telnet: { presence: "purged", version: "*" } },
      {
        curl: { version: "7.88.1-10", sha256: "aa", from: "debian", auto: false },
        libcurl4: { version: "7.88.1-10", auto: true },
      },
    );
    expect(desiredOf(lock)).toEqual({
      provider: "apt",
      wanted: [
        {
          provider: "apt",
          name: "curl",
          presence: "present",
          request: "7.88.*",
          from: "debian",
          attributes: { hold: true },
          marks: { auto: false },
          pin: { version: "7.88.1-10", sha256: "aa", from: "debian" },
        },
        { provider: "apt", name: "telnet", presence: "purged", attributes: {} },
        {
          provider: "apt",
          name: "libcurl4",
          presence: "present",
          attributes: {},
          marks: { auto: true },
          pin: { version: "7.88.1-10" },
        },
      ],
      unmanaged: { mode: "report", foreign: "report", ignore: ["linux-*"] },
      notes: [],
    });
  });

  test("a pin that no longer answers its request, or belongs to none, does not count and is named", () => {
    const pins = {
      curl: { version: "7.88.1-10", auto: false },
      vim: { version: "9.0", from: "debian", auto: false },
      gone: { version: "1", auto: false },
    };
    const desired = desiredOf(lockWith({ curl: present("8.*"), vim: present("*", { from: "backports" }) }, pins));
    expect(desired.wanted.map(({ name, pin }) => [name, pin])).toEqual([
      ["curl", undefined],
      ["vim", undefined],
    ]);
    expect(desired.notes).toHaveLength(3);
  });

  test("the machine's own architecture may be written out, a foreign one stays in the name", () => {
    const desired = desiredOf(
      lockWith({ "curl:amd64": present("*"), "libc6:i386": present("*") }, { curl: { version: "1", auto: false } }),
    );
    expect(desired.wanted.map(({ name, pin }) => [name, pin?.version])).toEqual([
      ["curl", "1"],
      ["libc6:i386", undefined],
    ]);
  });

  test("a lock without the section wants nothing and minds nothing", () => {
    const { packages: _, ...rest } = lockWith({});
    expect(desiredOf({ ...rest, packages: {}, pins: {} })).toMatchObject({ wanted: [], unmanaged: { mode: "ignore" } });
  });

  test("a snapshot is a time, however it is written", () => {
    const at = (snapshot: string) => desiredOf(lockWith({}, {}, { snapshot })).settings;
    for (const day of ["2026-11-15", "2026/11/15", "20261115"])
      expect(at(day)).toEqual({ snapshot: "20261115T000000Z" });
    for (const time of ["20261115T060000Z", "2026-11-15T06:00:00Z"])
      expect(at(time)).toEqual({ snapshot: "20261115T060000Z" });
    for (const none of ["2026-13-01", "2026-02-30", "20261115T256000Z"])
      expect(() => at(none)).toThrow(expect.objectContaining({ code: "snapshot-invalid", exit: "invalid" }));
    expect(desiredOf(lockWith({}))).not.toHaveProperty("settings");
  });
});
