import { expect, it } from "vitest";
import { parseMembers } from "../../../schema/files/members.ts";

const KEY = "ed25519:m+eKqMGYyc1JQwWRzTnOlTE3jRTVcL9PGyPBQXCxsSs=";
const OTHER = "ed25519:AAAAqMGYyc1JQwWRzTnOlTE3jRTVcL9PGyPBQXCxsSs=";
const parsed = (text: string) => parseMembers({ path: "/repository/.omg/members.toml", text });

it("reads members with their keys, sorted by name, also none", () => {
  expect(parsed(`[members."build.7"]\nkey = "${OTHER}"\n[members.alice]\nkey = "${KEY}"\n`)).toEqual([
    { name: "alice", key: KEY },
    { name: "build.7", key: OTHER },
  ]);
  expect(parsed("")).toEqual([]);
});

it.each([
  ["one key twice", `[members.a]\nkey = "${KEY}"\n[members.b]\nkey = "${KEY}"\n`],
  ["no key", "[members.alice]\n"],
  ["another kind of key", '[members.alice]\nkey = "ssh-ed25519 AAAA"\n'],
  ["a key that is too short", '[members.alice]\nkey = "ed25519:AAAA"\n'],
  ["a name that could act on a terminal", `[members."a\\u001b[2J"]\nkey = "${KEY}"\n`],
  ["an unknown word", `[members.alice]\nkey = "${KEY}"\nroot = true\n`],
  ["no TOML", "members = [\n"],
])("refuses a list with %s", (_, text) => {
  expect(() => parsed(text)).toThrow(expect.objectContaining({ code: "members-invalid" }));
});
