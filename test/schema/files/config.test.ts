import { expect, test } from "vitest";
import { parseConfig } from "../../../schema/files/config.ts";
import { problemsOf } from "./locks.ts";

const parse = (text: string) => parseConfig({ path: "/repo/omg.lock", text });

test("apt's configuration", () => {
  expect(parse('[apt]\nconfig = "/srv/apt.conf"\n')).toEqual({ apt: { config: "/srv/apt.conf" } });
  expect(parse("")).toEqual({});
});

test.each([
  ['[apt]\nconfig = "apt.conf"\n', '2:10 "apt.conf" is not an absolute path'],
  ['[apt]\nconfg = "/a"\n', "2:1 unknown key `confg` | did you mean `config`?"],
  ["[atp]\n", "1:1 unknown key `atp` | did you mean `apt`?"],
  ["[apt]\nconfig = 1\n", "2:10 expected text, found the number 1"],
])("%s", (text, problem) => {
  expect(problemsOf(() => parse(text))).toEqual([problem]);
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: "config-invalid", exit: "invalid" }));
});
