import { describe, expect, test } from "vitest";
import { parseDump } from "../../../../providers/apt/machine/configuration-tree.ts";
import {
  type Archived,
  type SnapshotAddresses,
  snapshotAddress,
} from "../../../../providers/apt/sources/snapshot-address.ts";

const ID = "20261115T000000Z";
const MIRROR = "http://mirror.example.org/debian/";

function addressOf(
  source: Partial<Archived>,
  conf: Readonly<Record<string, string>> = {},
  own: SnapshotAddresses = {},
) {
  const lines = Object.entries(conf).map(([name, value]) => `Acquire::Snapshots::URI::${name} "${value}";`);
  const whole = { uri: MIRROR, label: "", origin: "", snapshots: "", ...source };
  return snapshotAddress(whole, ID, { tree: parseDump(lines.join("\n")), own });
}

describe("where a source was at a time", () => {
  test("Debian's own archives are known by their labels, whatever the mirror", () => {
    for (const label of ["Debian", "Debian-Security", "Debian Backports"])
      expect(addressOf({ label })).toMatch(/\/archive\/debian(-security)?\/20261115T000000Z\/$/);
    expect(addressOf({ label: "Other" })).toBeUndefined();
    expect(addressOf({})).toBeUndefined();
  });

  test("who says so first: config.toml, apt's overrides, the Release file, apt's settings, omg", () => {
    const label = "Debian";
    const snapshots = "https://release.example.org/@SNAPSHOTID@/";
    const plain = { "Label::Debian": "https://label.example.org/@SNAPSHOTID@/" };
    const override = { ...plain, "Override::Label::Debian": "https://override.example.org/@SNAPSHOTID@/" };
    const own = { debian: "https://own.example.org/@SNAPSHOTID@/" };
    expect(addressOf({ label, snapshots }, override, own)).toBe(`https://own.example.org/${ID}/`);
    expect(addressOf({ label, snapshots }, override)).toBe(`https://override.example.org/${ID}/`);
    expect(addressOf({ label, snapshots }, plain)).toBe(`https://release.example.org/${ID}/`);
    expect(addressOf({ label, snapshots: "no" }, plain)).toBe(`https://label.example.org/${ID}/`);
  });

  test("apt's settings go by label, origin and host, a host's domain included, in any case", () => {
    const to = "https://archive.example.org/@PATH@/@SNAPSHOTID@/";
    const there = `https://archive.example.org/debian/${ID}/`;
    expect(addressOf({ origin: "Example" }, { "Origin::example": to })).toBe(there);
    expect(addressOf({}, { "Host::mirror.example.org": to })).toBe(there);
    expect(addressOf({}, { "Host::.example.org": to })).toBe(there);
    expect(addressOf({}, { "Host::example.org": to })).toBeUndefined();
    expect(addressOf({ uri: "http://name:word@mirror.example.org" }, { "Host::mirror.example.org": to })).toBe(
      `https://archive.example.org//${ID}/`,
    );
  });

  test("false keeps a source as it is now, and an address without the time is none", () => {
    expect(addressOf({ label: "Debian" }, {}, { debian: false })).toBe(false);
    expect(addressOf({ label: "Other" }, { "Label::Other": "no" })).toBeUndefined();
  });
});
